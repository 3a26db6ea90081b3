/** Whether all that was asked is told: ports told one by one and ports counted by state make up the ports asked. */
import type { RunFacts } from './details.ts';
import { portSet } from './port-set.ts';
import type { HostResult } from './result.ts';

/** How many ports of a host are told in some state, each once. */
export function countTold({ ports, other_ports = [] }: Pick<HostResult, 'ports' | 'other_ports'>): number {
  const listed = new Set(ports.map(({ protocol, port }) => `${protocol} ${port}`));
  return listed.size + other_ports.reduce((sum, { count }) => sum + count, 0);
}

/** How many ports of a host the runs of a scan asked; 0 where they asked none or did not say. */
export function countAsked(asked: RunFacts['asked']): number {
  let sum = 0;
  for (const same of Map.groupBy(asked, ({ protocol }) => protocol).values()) {
    const most = Math.max(...same.map(({ count }) => count));
    // Several runs ask parts of one list; one alone is believed as it counts itself.
    sum +=
      same.length === 1 ? most : Math.max(most, new Set(same.flatMap(({ ports }) => portSet(ports))).size);
  }
  return sum;
}
