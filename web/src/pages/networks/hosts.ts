/** The hosts of networks, and the cells that they make. */
import { useQuery } from '@tanstack/react-query';
import { useTool } from '../../api/call.ts';
import { everyRow } from '../assets/rows.ts';
import { cellsOf } from './cells.ts';

/** A grid has 256 addresses; of each, hosts of several sites and of the past. */
const MOST = 1200;

/** All hosts of a network. */
export function useHostsOf(network: string) {
  return useQuery({
    queryKey: ['find_assets', { network }, 'all'],
    queryFn: ({ signal }) => everyRow({ query: `net:${network}` }, MOST, signal),
  });
}

/** The cells of a /24. */
export function useCells(grid: string) {
  const hosts = useHostsOf(grid);
  const coverage = useTool('show_coverage', { network: grid });
  const error = hosts.error ?? coverage.error;
  const cells =
    hosts.data && coverage.data
      ? cellsOf(grid, hosts.data, coverage.data.looks ?? [], Date.now())
      : undefined;
  return { cells, error, refetch: () => void Promise.all([hosts.refetch(), coverage.refetch()]) };
}
