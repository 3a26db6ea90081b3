/** What is known of each address of a grid. */
import { CELLS, lastLooks, numberOf, spanOf } from './grid.ts';

/** `empty`: looked at, nobody there. */
export type CellState = 'present' | 'absent' | 'archived' | 'empty' | 'never';

/** What a cell needs of a host. */
interface Held {
  state: 'present' | 'absent' | 'archived';
  address?: string;
  other_addresses?: string[];
  first_seen: string;
  last_seen: string;
}

export interface Cell<Host = unknown> {
  state: CellState;
  host?: Host;
  /** Milliseconds since the epoch. */
  looked: number | undefined;
  /** Met first within a week. */
  fresh: boolean;
}

const WEEK_MS = 7 * 86_400_000;

/** @param now milliseconds since the epoch */
export function cellsOf<Host extends Held>(
  grid: string,
  hosts: readonly Host[],
  looks: readonly { first: string; last: string; at: string; aspect: string }[],
  now: number,
): Cell<Host>[] {
  const start = spanOf(grid)?.first ?? 0;
  const looked = lastLooks(grid, looks);
  const cells = Array.from({ length: CELLS }, (_, place): Cell<Host> => {
    const at = looked[place];
    return { state: at === undefined ? 'never' : 'empty', looked: at, fresh: false };
  });
  // One that is there wins over one that was.
  const order = ['archived', 'absent', 'present'];
  for (const host of hosts.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))) {
    for (const address of [host.address ?? '', ...(host.other_addresses ?? [])]) {
      const place = (numberOf(address) ?? -1) - start;
      const cell = cells[place];
      if (cell)
        cells[place] = {
          state: host.state,
          host,
          looked: Math.max(cell.looked ?? 0, Date.parse(host.last_seen)),
          fresh: now - Date.parse(host.first_seen) < WEEK_MS,
        };
    }
  }
  return cells;
}
