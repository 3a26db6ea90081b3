/** Rule R4, second half: most ports of a host going over from one kind of "not open" to another is a firewall, told once. */
import type { Filtering } from '../../core/asset.ts';
import type { PortWord } from '../../core/look.ts';
import type { Protocol } from '../../core/result.ts';
import { PortSpans } from '../port-spans.ts';
import type { Thresholds } from '../thresholds.ts';

export interface FilteringVerdict {
  kept: readonly Filtering[];
  change?: { before: string; after: string; count: number };
  held?: string;
}

/** @param shut the ports of each word that are not open, as ranges */
export function judgeFiltering(
  known: readonly Filtering[],
  place: { vantage: string; protocol: Protocol; at: number },
  shut: ReadonlyMap<PortWord, string>,
  limits: Thresholds,
): FilteringVerdict {
  const { vantage, protocol, at } = place;
  const before = known.find((one) => one.vantage === vantage && one.protocol === protocol);
  const total = [...shut.values()].reduce((sum, text) => sum + PortSpans.of(text).count, 0);
  if (total < limits.filteringPorts || (before && at <= before.at)) return { kept: known };
  const picture: Filtering = { vantage, protocol, ports: Object.fromEntries(shut), otherwise: 0, at };
  const others = known.filter((one) => one !== before);
  if (!before) return { kept: [...others, picture] };
  const { compared, moved, to } = movement(before, shut);
  if (compared < limits.filteringPorts) return { kept: known };
  if (moved / compared < limits.filteringShare)
    return before.otherwise === 0 ? { kept: known } : { kept: [...others, { ...before, otherwise: 0, at }] };
  if (before.otherwise + 1 < limits.filteringLooks)
    return {
      kept: [...others, { ...before, otherwise: before.otherwise + 1, at }],
      held: `${moved} of ${compared} ports are ${to} now, in one look`,
    };
  return { kept: [...others, picture], change: { before: mostOf(before.ports), after: to, count: moved } };
}

function movement(before: Filtering, shut: ReadonlyMap<PortWord, string>) {
  let compared = 0;
  let moved = 0;
  const towards = new Map<PortWord, number>();
  for (const [word, text] of shut)
    for (const [old, was] of Object.entries(before.ports)) {
      const shared = PortSpans.of(text).shared(PortSpans.of(was));
      compared += shared;
      if (old === word) continue;
      moved += shared;
      towards.set(word, (towards.get(word) ?? 0) + shared);
    }
  const to = [...towards].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'silent';
  return { compared, moved, to };
}

function mostOf(ports: Filtering['ports']): string {
  const counts = Object.entries(ports).map(([word, text]) => [word, PortSpans.of(text).count] as const);
  return counts.sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'silent';
}
