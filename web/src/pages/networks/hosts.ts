/** The hosts of networks, and the cells that they make. */
import { useQuery } from '@tanstack/react-query';
import { call, useTool } from '../../api/call.ts';
import type { AssetRow } from '../assets/rows.ts';
import { cellsOf } from './cells.ts';

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
