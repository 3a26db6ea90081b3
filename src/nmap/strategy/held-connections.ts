/**
 * How many connections a host takes of this address at a time, by holding them: as connect.ts, it takes an AllowedScan
 * and nothing else to aim at. Asked only of hosts that answered one by one and not in haste.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { PortolanError } from '../../core/errors.ts';
import { AllowedScan } from '../../policy/authorize.ts';

/** More than this is no limit that a slow scan would meet. */
const MOST = 8;
/** Milliseconds between them, so that a limit of the rate is not taken for one of the number; and for an answer. */
const STEP_MS = 60;
const PATIENCE_MS = 1000;

/** Milliseconds for a service that closes at once to do so, on a near network. */
const AT_ONCE_MS = 150;

/**
 * Whether each of these ports takes a connection and closes it at once, without a word: asking many such services is soon
 * done, and every further nmap only costs its start. @throws PortolanError for anything that no policy allowed
 */
export async function closeAtOnce(scan: AllowedScan, ports: readonly number[]): Promise<boolean> {
  const target = onlyTarget(scan);
  const closed = await Promise.all(ports.map((port) => closesAtOnce(target, port)));
  return closed.length > 0 && closed.every(Boolean);
}

function closesAtOnce(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const give = (closed: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(closed);
    };
    const timer = setTimeout(() => give(false), AT_ONCE_MS);
    // It greets: there is something to be asked.
    socket.once('data', () => give(false));
    socket.once('end', () => give(true));
    socket.on('error', () => give(true));
  });
}

/** Undefined when it took as many as were tried, or none. @throws PortolanError for anything that no policy allowed */
export async function heldConnections(
  scan: AllowedScan,
  port: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const target = onlyTarget(scan);
  const sockets: Socket[] = [];
  try {
    while (sockets.length <= MOST) {
      const socket = await open(target, port);
      if (!socket) break;
      sockets.push(socket);
      await delay(STEP_MS, undefined, { signal });
    }
    return sockets.length > 0 && sockets.length <= MOST ? sockets.length : undefined;
  } finally {
    for (const socket of sockets) socket.resetAndDestroy();
  }
}

function open(host: string, port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const give = (value: Socket | undefined) => {
      clearTimeout(timer);
      if (!value) socket.destroy();
      resolve(value);
    };
    const timer = setTimeout(() => give(undefined), PATIENCE_MS);
    socket.once('connect', () => give(socket));
    // What comes after the answer must have a listener too.
    socket.on('error', () => give(undefined));
    // What it greets with is let go.
    socket.resume();
  });
}

/** The one address of the scan, with its zone. */
function onlyTarget(scan: AllowedScan): string {
  if (!AllowedScan.isAllowed(scan) || scan.addressCount !== 1) {
    throw new PortolanError(
      'internal',
      'Connections were asked for that no policy had allowed.',
      'Report this as a defect.',
    );
  }
  const [address = ''] = scan.addresses();
  return address + (/%(.+)$/.exec(scan.targets[0] ?? '')?.[0] ?? '');
}
