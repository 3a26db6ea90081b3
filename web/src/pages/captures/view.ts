/** What the page of captures shows, as its address says it. */
import * as z from 'zod/mini';

const View = z.object({
  /** The capture that is read, as the tools take it. */
  path: z.catch(z.optional(z.string().check(z.maxLength(1024))), undefined),
  /** The noise of the internet, too. */
  background: z.catch(z.optional(z.boolean()), undefined),
});
export type CapturesView = z.infer<typeof View>;
export const capturesView = (search: Record<string, unknown>): CapturesView => View.parse(search);
