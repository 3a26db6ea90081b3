import fc from 'fast-check';
import { expect, test } from 'vitest';
import { difference, enumerate, joinSpans, type Span } from '../../../src/core/address.ts';

const spans = fc.array(
  fc
    .tuple(fc.constantFrom(4 as const, 6 as const), fc.nat(60), fc.nat(6))
    .map(([family, first, more]): Span => ({ family, first: BigInt(first), last: BigInt(first + more) })),
  { maxLength: 8 },
);
const all = (list: readonly Span[]) => list.flatMap((span) => [...enumerate(span)]).sort();

test('spans joined hold each address once, and their difference what the others do not hold', () => {
  fc.assert(
    fc.property(spans, spans, (a, b) => {
      const joined = joinSpans(a);
      expect(all(joined)).toEqual([...new Set(all(a))].sort());
      const without = new Set(all(b));
      expect(all(difference(joined, joinSpans(b)))).toEqual(
        [...new Set(all(a))].filter((one) => !without.has(one)).sort(),
      );
    }),
  );
});
