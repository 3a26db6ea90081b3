/**
 * When a service was last confirmed, without a write for each look that confirms it: the last time its port was asked
 * (`tested`), unless the row says that it lags behind that.
 */

import type { Service } from '../../core/asset.ts';
import type { Tested } from '../../core/fold.ts';
import { portSet } from '../../core/port-set.ts';

/** The last time that a port of an asset was asked, 0 when never. */
export type LastAsked = (of: Pick<Service, 'vantage' | 'protocol' | 'port'>) => number;

export function lastAsked(
  tested: readonly Pick<Tested, 'vantage' | 'aspect' | 'protocol' | 'ports' | 'lastAt'>[],
): LastAsked {
  const rows = tested.flatMap(({ aspect, vantage, protocol, ports, lastAt }) =>
    aspect === 'port' && ports !== undefined ? [{ vantage, protocol, ports: setOf(ports), lastAt }] : [],
  );
  return ({ vantage, protocol, port }) => {
    let last = 0;
    for (const row of rows)
      if (row.lastAt > last && row.vantage === vantage && row.protocol === protocol && row.ports.has(port))
        last = row.lastAt;
    return last;
  };
}

/** What is kept of `confirmedAt`, when the asset has been tested as `asked` says. */
export function keptConfirmation(confirmedAt: number, asked: number): { confirmedAt: number; lags: boolean } {
  return { confirmedAt, lags: asked > confirmedAt };
}

export function readConfirmation(kept: { confirmedAt: number; lags: boolean }, asked: number): number {
  return kept.lags ? kept.confirmedAt : Math.max(kept.confirmedAt, asked);
}

/** A network has a handful of sets, asked for again and again. */
const MOST_SETS = 500;
const sets = new Map<string, ReadonlySet<number>>();

function setOf(ports: string): ReadonlySet<number> {
  const known = sets.get(ports);
  if (known) return known;
  const made = new Set(portSet(ports));
  const [oldest] = sets.keys();
  if (sets.size >= MOST_SETS && oldest !== undefined) sets.delete(oldest);
  sets.set(ports, made);
  return made;
}
