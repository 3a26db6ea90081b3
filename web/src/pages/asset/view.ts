/** Which part of a host is shown, and as of when. */
import * as z from 'zod/mini';

export const TABS = ['now', 'timeline', 'identity', 'addresses', 'captures', 'raw'] as const;

const View = z.object({
  tab: z.catch(z.optional(z.enum(TABS)), undefined),
  /** A moment with its time zone; now when absent. */
  at: z.catch(z.optional(z.iso.datetime({ offset: true })), undefined),
});
export type AssetView = z.infer<typeof View>;

export function assetView(search: Record<string, unknown>): AssetView {
  return View.parse(search);
}
