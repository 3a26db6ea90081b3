/** One sentence about some addresses. */
import type { CoverageNote } from '../core/result.ts';

/** Addresses a note lists at most; its message says how many there are. */
const MAX_LISTED = 256;

/** A note about these addresses; none when there are none. */
export function hostsNote(
  kind: CoverageNote['kind'],
  hosts: readonly string[],
  say: (hosts: string) => string,
): CoverageNote[] {
  const [first = ''] = hosts;
  if (hosts.length === 0) return [];
  const listed = hosts.slice(0, MAX_LISTED);
  return [{ kind, hosts: listed, message: say(hosts.length === 1 ? first : `${hosts.length} hosts`) }];
}
