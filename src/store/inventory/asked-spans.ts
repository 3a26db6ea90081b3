/** What a look asked in fact: its coverage without the addresses that it left out. */
import { formatAddress, parseAddress, type Span } from '../../core/address.ts';
import type { Coverage, Look } from '../../core/look.ts';

/** Nothing of a look that was cut off or blind: from it only what it found counts. */
export function askedSpans(look: Pick<Look, 'completeness' | 'degraded' | 'coverage' | 'gaps'>): Coverage[] {
  if (look.completeness !== 'full' || look.degraded !== undefined) return [];
  const holes = Map.groupBy(look.gaps, ({ aspect }) => aspect);
  // A host that was not asked for was not asked for its ports either.
  const hostHoles = holes.get('host') ?? [];
  const merged = new Map<string, Span[]>();
  return look.coverage.flatMap((one) => {
    const span = spanOf(one);
    if (!span) return [];
    const left = merged.get(one.aspect) ?? spansOf([...hostHoles, ...(holes.get(one.aspect) ?? [])]);
    merged.set(one.aspect, left);
    return without(span, left).map(({ family, first, last }) => ({
      ...one,
      first: formatAddress({ family, value: first }),
      last: formatAddress({ family, value: last }),
    }));
  });
}

export function spanOf({ first, last }: { first: string; last: string }): Span | undefined {
  const [from, to] = [parseAddress(first), parseAddress(last)];
  if (!from || !to || from.family !== to.family) return undefined;
  return { family: from.family, first: from.value, last: to.value };
}

/** Addresses, and runs of them, as the fewest spans, in order. */
function spansOf(runs: readonly { address: string; last?: string }[]): Span[] {
  const read = runs.flatMap(({ address, last = address }) => spanOf({ first: address, last }) ?? []);
  read.sort((a, b) => a.family - b.family || (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const spans: Span[] = [];
  for (const { family, first, last } of read) {
    const before = spans.at(-1);
    if (before?.family !== family || first > before.last + 1n) spans.push({ family, first, last });
    else if (last > before.last) before.last = last;
  }
  return spans;
}

/** @param holes in order and apart: one pass, however many there are. */
function without(span: Span, holes: readonly Span[]): Span[] {
  const left: Span[] = [];
  let from = span.first;
  for (const hole of holes) {
    if (hole.family !== span.family || hole.last < from || hole.first > span.last) continue;
    if (hole.first > from) left.push({ family: span.family, first: from, last: hole.first - 1n });
    from = hole.last + 1n;
  }
  if (from <= span.last) left.push({ family: span.family, first: from, last: span.last });
  return left;
}
