/** Which addresses this machine has no way to, asked of its own routing table: nothing is sent. */
import { createSocket, type Socket } from 'node:dgram';
import type { AllowedScan } from '../../policy/authorize.ts';
import { NO_ROUTE_CAUSE } from './unsent.ts';

/** Beyond so many addresses it is left to nmap to say. */
const MOST = 4096;
/** Any port will do; RFC 863. */
const DISCARD = 9;

/**
 * The addresses of a scan to which this machine has no route, with the cause. A UDP socket is connected to each, which
 * looks the route up and sends no packet (connect(2), RFC 1122 4.1.3.5). Other errors than a missing route say nothing:
 * broadcast addresses and sandboxes refuse such sockets as well.
 */
export async function withoutRoute(scan: AllowedScan): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  // With -e or a zone the routing table has no say: nmap and the kernel ask on that link, whether it leads there or not.
  // An interface that is down is none to the policy (policy/judge-options.ts), and with raw sockets nmap says it as well.
  const isChosen =
    scan.options.some(({ flag }) => flag === '-e') || scan.targets.some((one) => one.includes('%'));
  if (scan.addressCount > MOST || isChosen) return found;
  for (const address of scan.addresses()) {
    const cause = await routeFault(address, scan.family);
    if (cause !== undefined) found.set(address, cause);
  }
  return found;
}

/** nmap says every second how far it is; when it says nothing for so long, the way is looked at. */
const QUIET_MS = 8000;
const LOOK_MS = 4000;

/** Calls `gone` once when nothing has been heard of a scan for a while and no way leads to any of its addresses. */
export function watchNetwork(scan: AllowedScan, gone: () => void): { heard(): void; end(): void } {
  let heardAt = performance.now();
  let looking = false;
  const look = async () => {
    if (looking || performance.now() - heardAt < QUIET_MS) return;
    looking = true;
    const lost = await withoutRoute(scan);
    looking = false;
    if (lost.size < scan.addressCount) return;
    clearInterval(timer);
    gone();
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  return {
    heard: () => {
      heardAt = performance.now();
    },
    end: () => clearInterval(timer),
  };
}

function routeFault(address: string, family: 4 | 6): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // Addresses are numeric here: nobody need be asked.
      lookup: (host, _, callback) => callback(null, host, family),
    });
    const end = (code: string | undefined) => {
      closeQuietly(socket);
      resolve(meaning(code, address));
    };
    socket.once('error', (error) => end('code' in error ? String(error.code) : undefined));
    // Given no callback, the connection reports its failure as an event as well.
    socket.once('connect', () => end(undefined));
    socket.connect(DISCARD, address);
  });
}

function closeQuietly(socket: Socket): void {
  socket.on('error', () => {});
  socket.close();
}

function meaning(code: string | undefined, address: string): string | undefined {
  switch (code) {
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ENETDOWN':
    case 'EAFNOSUPPORT':
    case 'EADDRNOTAVAIL':
      return NO_ROUTE_CAUSE;
    case 'EINVAL':
      return /^fe[89ab]/i.test(address)
        ? 'a link-local address needs the interface it is reached by, as fe80::1%eth0'
        : NO_ROUTE_CAUSE;
    default:
      return undefined;
  }
}
