/** Which messages are listed, as the address says it. */
import * as z from 'zod/mini';

export const DELIVERY_STATES = ['waiting', 'sending', 'sent', 'dead'] as const;

const View = z.object({ deliveries: z.catch(z.optional(z.enum(DELIVERY_STATES)), undefined) });
export type AlertsView = z.infer<typeof View>;

export function alertsView(search: Record<string, unknown>): AlertsView {
  return View.parse(search);
}
