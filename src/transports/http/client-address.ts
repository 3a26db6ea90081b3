/** The address a request comes from, through proxies the operator trusts. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { parseAddress, parseNetwork, type Span } from '../../core/address.ts';

/**
 * @param trustedProxies networks; the last address in `X-Forwarded-For` that is not in them is the client. What stands
 *   before that one was written by the client itself and counts for nothing.
 */
export function clientAddress(
  trustedProxies: readonly string[],
): (incoming: Pick<IncomingMessage, 'socket' | 'headers'>) => string {
  const spans = trustedProxies.flatMap((network) => parseNetwork(network) ?? []);
  return ({ socket, headers }) => {
    let address = plain(socket.remoteAddress ?? '');
    if (spans.length === 0) return address;
    const forwarded = headers['x-forwarded-for'];
    const hops = (Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? '')).split(',');
    while (isTrusted(address, spans)) {
      const before = plain(hops.pop()?.trim() ?? '');
      if (isIP(before) === 0) break;
      address = before;
    }
    return address;
  };
}

/** Whether an address is one of these networks. */
export function inNetworks(networks: readonly string[]): (address: string) => boolean {
  const spans = networks.flatMap((network) => parseNetwork(network) ?? []);
  return (address) => isTrusted(plain(address), spans);
}

/** An IPv4 client of a socket that takes both families. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/i, '');
}

function isTrusted(text: string, spans: readonly Span[]): boolean {
  const address = parseAddress(text);
  return (
    address !== undefined &&
    spans.some(
      ({ family, first, last }) =>
        family === address.family && first <= address.value && address.value <= last,
    )
  );
}
