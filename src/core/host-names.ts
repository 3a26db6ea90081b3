/** What a host is called. Apart from its schema, as the first answer of a server needs no schemas of results. */
import type { HostResult } from './result.ts';

/** The names of a host, each once: a name that was asked for is often its own as well. */
export function namesOf({ hostnames = [] }: Pick<HostResult, 'hostnames'>): string[] {
  return [...new Set(hostnames.map(({ name }) => name))];
}
