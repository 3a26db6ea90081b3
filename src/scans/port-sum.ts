/** Checks, when a scan has ended, that every port asked of every host is told in some state, and says where it is not. */
import { countAsked } from '../core/port-sum.ts';
import type { CoverageNote } from '../core/result.ts';
import type { Task } from '../core/task.ts';
import { hostsNote } from '../nmap/coverage/hosts-note.ts';
import type { Store } from '../store/open.ts';

/**
 * @param task with what its runs said of themselves
 * @param hostsUp how many hosts nmap counted as up, where it says so
 */
export async function portSumNotes(
  task: Pick<Task, 'id' | 'run' | 'request' | 'hostsUp'>,
  store: Pick<Store, 'hosts'>,
  hostsUp = 0,
): Promise<CoverageNote[]> {
  const asked = countAsked(task.run?.asked ?? []);
  if (asked === 0) return [];
  const others = await store.hosts.toldOtherThan(task.id, asked);
  const fewer = others.filter(({ told }) => told < asked);
  const more = others.filter(({ told }) => told > asked);
  const sum = (hosts: typeof others) => hosts.reduce((total, { told }) => total + Math.abs(asked - told), 0);
  const hidden = isOpenOnly(task) ? hostsUp - task.hostsUp : 0;
  return [
    ...hostsNote(
      'unaccounted',
      addressesOf(fewer),
      (hosts) =>
        `Of the ${asked * fewer.length} ports asked on ${hosts}, ${sum(fewer)} are told in no state: nothing is known of them.`,
    ),
    ...hostsNote(
      'unaccounted',
      addressesOf(more),
      (hosts) => `nmap told ${sum(more)} ports more of ${hosts} than the ${asked} asked of each.`,
    ),
    ...(hidden > 0
      ? [
          {
            kind: 'unaccounted' as const,
            message: `${hidden} hosts that are up are not told, as --open leaves out those without an open port: which of their ${asked * hidden} ports are closed and which filtered is not known.`,
          },
        ]
      : []),
  ];
}

export const isOpenOnly = ({ request }: Pick<Task, 'request'>): boolean =>
  request.options.some(({ flag }) => flag === '--open');

const addressesOf = (hosts: readonly { address: string }[]) => hosts.map(({ address }) => address);
