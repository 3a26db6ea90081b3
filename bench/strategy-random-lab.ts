/** A lab made by chance, the same for the same seed. */
import type { LabHost, Service } from '../test/lab/hosts.ts';
import { numbers } from './strategy-cases.ts';

const SERVICES: readonly Service[] = ['ssh', 'http', 'smtp', 'ftp', 'silent'];

/** One to three hosts that answer, drop, limit or police, on a link with up to 150 ms and 3 % loss. */
export function randomLab(seed: number, mostPorts: number): { hosts: LabHost[]; ports: number } {
  const random = numbers(seed * 7919);
  for (let warm = 0; warm < 10; warm += 1) random();
  const below = (most: number) => Math.floor(random() * most);
  const pick = <T>(list: readonly T[]): T | undefined => list[below(list.length)];
  const ports = 500 + below(mostPorts - 500);
  const hosts = Array.from({ length: 1 + below(3) }, (_, index): LabHost => {
    const count = pick([0, 1, 3, 10, 40, 120]) ?? 0;
    const tcp: Record<number, Service> = {};
    for (let made = 0; made < count; made += 1) tcp[1 + below(ports)] = pick(SERVICES) ?? 'ssh';
    const kind = pick(['answers', 'drops', 'rejects', 'limited', 'policed']);
    return {
      address: `10.9.2.${10 + index}`,
      tcp,
      ...(kind === 'drops' ? { firewall: 'drop' as const } : {}),
      ...(kind === 'rejects' ? { firewall: 'reject' as const } : {}),
      ...(kind === 'limited' ? { resetsPerSecond: 50 + below(2000) } : {}),
      ...(kind === 'policed' ? { synsPerSecond: 500 + below(4000) } : {}),
      delayMs: pick([0, 0, below(150)]) ?? 0,
      lossPercent: pick([0, 1, 2, 3]) ?? 0,
    };
  });
  return { hosts, ports };
}
