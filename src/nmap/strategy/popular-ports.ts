/** The ports that are most often open: the first to ask where somebody may stop us. */
import { type PortSet, sorted } from '../../core/port-set.ts';

/** The ports that nmap asks first, whatever their number (nmap.cc, random_port_cheat). */
export const POPULAR_PORTS: PortSet = sorted([
  21, 22, 23, 25, 53, 80, 110, 111, 113, 135, 139, 143, 199, 256, 443, 445, 554, 587, 993, 995, 1025, 1720,
  1723, 3306, 3389, 5900, 8080, 8888,
]);

export const isPopular = (port: number): boolean => POPULAR.has(port);

const POPULAR: ReadonlySet<number> = new Set(POPULAR_PORTS);

/** What nmap would ask first comes first, then by number. */
export function popularFirst(ports: Iterable<number>): number[] {
  return [...sorted(ports)].sort((a, b) => Number(isPopular(b)) - Number(isPopular(a)));
}
