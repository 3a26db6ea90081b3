/** A text in the address of a page: one that looks like a number stands there without quotes. */
import * as z from 'zod/mini';

/** @param longest in characters */
export function wordsInAddress(longest: number) {
  const words = z.pipe(
    z.union([z.string(), z.number(), z.boolean()]),
    z.transform((value) => String(value)),
  );
  return z.catch(z.optional(words.check(z.maxLength(longest))), undefined);
}
