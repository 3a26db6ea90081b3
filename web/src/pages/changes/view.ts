/** What the page of changes shows, as its address says it. */
import * as z from 'zod/mini';

export const SEVERITIES = ['info', 'low', 'medium', 'high'] as const;
/** `baseline`: all that nobody has decided about, the inbox. */
export const SPANS = ['baseline', '24h', '7d', '30d'] as const;

const View = z.object({
  since: z.catch(z.optional(z.enum(SPANS)), undefined),
  query: z.catch(z.optional(z.string().check(z.maxLength(2000))), undefined),
  severity: z.catch(z.optional(z.enum(SEVERITIES)), undefined),
  unconfirmed: z.catch(z.optional(z.boolean()), undefined),
  /** The change that is to be shown first: a permanent link. */
  change: z.catch(z.optional(z.string().check(z.maxLength(80))), undefined),
});
export type ChangesView = z.infer<typeof View>;

export function changesView(search: Record<string, unknown>): ChangesView {
  return View.parse(search);
}
