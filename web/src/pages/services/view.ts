/** Which services are shown, and by what, as the address of the page says it. */
import * as z from 'zod/mini';
import { wordsInAddress } from '../../parts/words-in-address.ts';

const View = z.object({
  by: z.catch(z.optional(z.enum(['port', 'product', 'service'])), undefined),
  /** `443/tcp` */
  port: z.catch(z.optional(z.string().check(z.regex(/^\d{1,5}\/(tcp|udp|sctp|ip)$/))), undefined),
  product: wordsInAddress(256),
  /** Of these hosts alone. */
  query: wordsInAddress(1024),
});
export type ServicesView = z.infer<typeof View>;

export function servicesView(search: Record<string, unknown>): ServicesView {
  return View.parse(search);
}
