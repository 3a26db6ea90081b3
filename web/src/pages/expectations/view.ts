/** Which hosts the page of expectations is about. */
import * as z from 'zod/mini';

const View = z.object({ query: z.catch(z.optional(z.string().check(z.maxLength(2000))), undefined) });

export function expectationsView(search: Record<string, unknown>): z.infer<typeof View> {
  return View.parse(search);
}
