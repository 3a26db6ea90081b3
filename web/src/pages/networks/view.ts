/** Which network is shown, as the address of the page says it. */
import * as z from 'zod/mini';
import { wordsInAddress } from '../../parts/words-in-address.ts';

const View = z.object({
  /** `10.0.0.0/24`, or the name of a network that is described. */
  network: wordsInAddress(90),
});

export function networksView(search: Record<string, unknown>): z.infer<typeof View> {
  return View.parse(search);
}
