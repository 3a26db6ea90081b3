/** Which ports are open and which hosts drop everything, for every address there is, without a table. */
import type { Address } from './addresses.ts';

export type PortState = 'open' | 'closed' | 'silent';

/** One of 97 ports is open, of those that most hosts serve one of eight. */
export function portOf(host: Address, port: number): PortState {
  const lot = mix(numberOf(host) ^ Math.imul(port, 0x9e3779b1));
  return lot % (WELL_SERVED.has(port) ? 8 : 97) === 0 ? 'open' : 'closed';
}

/** As {@link portOf}, where a quarter of the hosts drop everything. */
export const portAmongMany = (host: Address, port: number): PortState =>
  mix(numberOf(host) ^ 0x5bd1e995) % 4 === 0 ? 'silent' : portOf(host, port);

const WELL_SERVED = new Set([22, 23, 80, 443]);

/** The finaliser of MurmurHash3: every bit of the input moves every bit of the output. */
function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function numberOf(host: Address): number {
  let value = 0;
  for (const byte of host) value = Math.imul(value, 257) + byte;
  return value | 0;
}
