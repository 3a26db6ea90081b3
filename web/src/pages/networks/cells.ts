/** What is known of each address of a grid. */
import { useQuery } from '@tanstack/react-query';
import { call, useTool } from '../../api/call.ts';
import type { AssetRow } from '../assets/rows.ts';
import { CELLS, lastLooks, numberOf, spanOf } from './grid.ts';

/** `empty`: looked at, nobody there. */
export type CellState = 'present' | 'absent' | 'archived' | 'empty' | 'never';

export interface Cell {
  state: CellState;
  host?: AssetRow;
  /** Milliseconds since the epoch. */
  looked: number | undefined;
  /** Met first within a week. */
  fresh: boolean;
}

const WEEK_MS = 7 * 86_400_000;
/** A grid has 256 addresses; of each, hosts of several sites and of the past. */
const MOST_PAGES = 6;

/** All hosts of a network, page after page. */
export function useHostsOf(network: string, most = MOST_PAGES) {
  return useQuery({
    queryKey: ['find_assets', { network, most }, 'all'],
    queryFn: async ({ signal }) => {
      const hosts: AssetRow[] = [];
      let cursor: string | undefined;
      let total = 0;
      for (let page = 0; page < most; page += 1) {
        const answer = await call(
          'find_assets',
          {
            query: `net:${network}`,
            sort: 'address',
            limit: 200,
            ...(cursor === undefined ? {} : { cursor }),
          },
          { signal },
        );
        hosts.push(...answer.assets);
        total = answer.total;
        cursor = answer.next_cursor;
        if (cursor === undefined) break;
      }
      return { hosts, total };
    },
  });
}

/** The cells of a /24. */
export function useCells(grid: string) {
  const hosts = useHostsOf(grid);
  const coverage = useTool('show_coverage', { network: grid });
  const error = hosts.error ?? coverage.error;
  const cells =
    hosts.data && coverage.data
      ? cellsOf(grid, hosts.data.hosts, coverage.data.looks ?? [], Date.now())
      : undefined;
  return { cells, error, refetch: () => void Promise.all([hosts.refetch(), coverage.refetch()]) };
}

export function cellsOf(
  grid: string,
  hosts: readonly AssetRow[],
  looks: readonly { first: string; last: string; at: string; aspect: string }[],
  now: number,
): Cell[] {
  const start = spanOf(grid)?.first ?? 0;
  const looked = lastLooks(grid, looks);
  const cells = Array.from({ length: CELLS }, (_, place): Cell => {
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
