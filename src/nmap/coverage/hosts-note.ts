/** One sentence about some addresses. */
import { describeAddresses, parseAddress } from '../../core/address.ts';
import type { CoverageNote } from '../../core/result.ts';

/** Up to so many are named one by one. */
const FEW = 8;
/** Addresses and runs of them that a note lists at most; it says how many it leaves out. */
const MAX_LISTED = 256;

/** A note about these addresses; none when there are none. */
export function hostsNote(
  kind: CoverageNote['kind'],
  hosts: readonly string[],
  say: (hosts: string) => string,
): CoverageNote[] {
  const [first = ''] = hosts;
  if (hosts.length === 0) return [];
  const message = say(hosts.length === 1 ? first : `${hosts.length} hosts`);
  return [{ kind, hosts: listed(hosts), message }];
}

/** All of them, many as runs: a note that names some of its hosts alone would say something else of the others. */
export function listed(hosts: readonly string[]): string[] {
  const asRuns = hosts.length > FEW && hosts.every((host) => parseAddress(host) !== undefined);
  const runs = asRuns ? describeAddresses(hosts) : hosts;
  return runs.length <= MAX_LISTED
    ? [...runs]
    : [...runs.slice(0, MAX_LISTED), `and ${runs.length - MAX_LISTED} more`];
}
