/** Whether a host accepts everything it is asked, so that its open ports tell nothing. */
import type { HostResult } from '../result.ts';

/** From this many probed ports on, a host that has nearly all of them open is rather a tarpit than a server. */
const TARPIT_PROBED = 100;
const TARPIT_SHARE = 0.9;
/** This many open ports, of which none says a word: something accepts connections for everyone. */
const TARPIT_SILENT = 20;

export function looksLikeTarpit({ ports, other_ports: others = [] }: HostResult): boolean {
  const open = ports.filter(({ state, protocol }) => state === 'open' && protocol === 'tcp');
  const probed = ports.length + others.reduce((sum, { count }) => sum + count, 0);
  if (probed >= TARPIT_PROBED && open.length > probed * TARPIT_SHARE) return true;
  return open.length >= TARPIT_SILENT && open.every(({ service }) => service === 'tcpwrapped');
}
