/**
 * A connect() sweep of our own, for where nmap has no raw sockets. It is a scanner like nmap, so it takes an
 * AllowedScan and nothing else to aim at, and leaves the same log in the folder of its run: lines in nmap's words, which
 * a recovery reads.
 */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { connect, isIPv6 } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PortolanError } from '../../core/errors.ts';
import type { PortSet } from '../../core/port-set.ts';
import { AllowedScan } from '../../policy/authorize.ts';
import { fileShares } from '../machine/open-files.ts';
import { OUTPUT_FILE } from '../run/files.ts';
import type { OpenPort } from '../run/output.ts';
import type { Answer, HostSeen } from './findings.ts';
import { isPopular } from './popular-ports.ts';

/** Connections that wait for an answer at a time; fewer when the system says it has no more to give. */
const MOST_WAITING = 4000;
const TICK_MS = 5;
/** How long silence is waited for: several round trips of what answered before, and never long. */
const FIRST_WAIT_MS = 500;
const SHORTEST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 1200;

export interface ConnectSweep {
  /** Connections begun a second. */
  rate: number;
  /** Connections under way at a time at most. */
  atOnce?: number;
  /** How often a silent port is asked. */
  tries: number;
  /** Private folder, made when it is missing. */
  directory: string;
  signal: AbortSignal;
  /** How long the way to a host and back takes, where that is known; else 0. */
  roundTripMs(address: string): number;
  openPort(found: OpenPort): void;
  /** This machine did not let a connection begin, for this reason (an error code). */
  refused(address: string, why: string): void;
  progress(percent: number): void;
}

/** Asks every port of every address of the scan. @throws PortolanError for anything that no policy allowed */
export async function connectSweep(
  scan: AllowedScan,
  ports: PortSet,
  sweep: ConnectSweep,
): Promise<HostSeen[]> {
  if (!AllowedScan.isAllowed(scan)) {
    throw new PortolanError(
      'internal',
      'A sweep was started that no policy had allowed.',
      'Report this as a defect.',
    );
  }
  await mkdir(sweep.directory, { recursive: true, mode: 0o700 });
  const log = await open(join(sweep.directory, OUTPUT_FILE), 'ax', 0o600);
  try {
    return await new Sweep(scan, ports, sweep, log).run();
  } finally {
    await log.close();
  }
}

interface Probe {
  address: string;
  port: number;
}

class Sweep {
  readonly #seen = new Map<string, Map<number, Answer>>();
  readonly #options: ConnectSweep;
  readonly #log: FileHandle;
  readonly #probes: Probe[];
  #waiting = 0;
  #most: number;
  readonly #least: number;
  #roundTripMs: number | undefined;
  #written: Promise<unknown> = Promise.resolve();

  constructor(scan: AllowedScan, ports: PortSet, options: ConnectSweep, log: FileHandle) {
    this.#options = options;
    this.#log = log;
    this.#most = Math.min(options.atOnce ?? MOST_WAITING, fileShares().sockets);
    this.#least = Math.min(64, this.#most);
    const addresses = [...scan.addresses()];
    for (const address of addresses) this.#seen.set(address, new Map());
    const zone = /%(.+)$/.exec(scan.targets[0] ?? '')?.[0] ?? '';
    this.#probes = addresses.flatMap((address) => ports.map((port) => ({ address: address + zone, port })));
    shuffle(this.#probes);
    // As nmap does: a host that blocks us after some probes has been asked the likely ones by then.
    this.#probes.sort((a, b) => Number(isPopular(b.port)) - Number(isPopular(a.port)));
  }

  async run(): Promise<HostSeen[]> {
    let left = this.#probes;
    const { tries, signal } = this.#options;
    for (let round = 0; round < tries && left.length > 0; round += 1) {
      const again: Probe[] = [];
      await this.#round(left, again, (done) => (round + done) / tries);
      left = again;
    }
    signal.throwIfAborted();
    await this.#written;
    for (const { address, port } of left) {
      this.#answersOf(address).set(port, { state: 'filtered', reason: 'no-response' });
    }
    return [...this.#seen].map(([address, answers]) => ({
      host: {
        address,
        status: 'up',
        ports: [...answers].flatMap(([port, { state, reason }]) =>
          state === 'open' ? [{ port, protocol: 'tcp' as const, state, reason }] : [],
        ),
      },
      answers,
    }));
  }

  async #round(probes: readonly Probe[], again: Probe[], share: (done: number) => number): Promise<void> {
    const { rate, signal, progress } = this.#options;
    let next = 0;
    let toldAt = performance.now();
    let earned = 0;
    let last = performance.now();
    while (next < probes.length || this.#waiting > 0) {
      signal.throwIfAborted();
      const now = performance.now();
      earned = Math.min(earned + ((now - last) * rate) / 1000, Math.max(1, rate / 50));
      last = now;
      while (earned >= 1 && this.#waiting < this.#most && next < probes.length) {
        const probe = probes[next];
        next += 1;
        earned -= 1;
        if (probe) this.#ask(probe, again);
      }
      if (now - toldAt > 500) {
        toldAt = now;
        progress(Math.floor(100 * share(next / probes.length)));
      }
      await delay(TICK_MS);
    }
  }

  #ask(probe: Probe, again: Probe[]): void {
    const startedAt = performance.now();
    this.#waiting += 1;
    const socket = connect({ host: probe.address, port: probe.port });
    let ended = false;
    const end = (answer: Answer | 'silence' | 'no room' | 'refused here') => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      this.#waiting -= 1;
      if (answer === 'no room') this.#most = Math.max(this.#least, Math.floor(this.#most * 0.8));
      if (typeof answer === 'string') again.push(probe);
      else this.#keep(probe, answer, performance.now() - startedAt);
      if (answer === 'silence' || (typeof answer !== 'string' && answer.state === 'open')) socket.destroy();
    };
    const timer = setTimeout(() => end('silence'), this.#patience(probe.address.replace(/%.*$/, '')));
    socket.once('connect', () => {
      socket.resetAndDestroy();
      end({ state: 'open', reason: 'syn-ack' });
    });
    // A reset after the answer is one more error; it must have a listener.
    socket.on('error', (error) => {
      const what = meaning(error, probe.address);
      if (what === 'refused here' && !ended)
        this.#options.refused(probe.address.replace(/%.*$/, ''), OWN_RULES);
      end(what);
    });
  }

  #keep(probe: Probe, answer: Answer, tookMs: number): void {
    if (answer.reason !== 'host-unreach') {
      this.#roundTripMs = this.#roundTripMs === undefined ? tookMs : this.#roundTripMs * 0.9 + tookMs * 0.1;
    }
    const address = probe.address.replace(/%.*$/, '');
    this.#answersOf(address).set(probe.port, answer);
    if (answer.state !== 'open') return;
    this.#options.openPort({ address, port: probe.port, protocol: 'tcp' });
    this.#written = this.#written.then(() =>
      this.#log.appendFile(`Discovered open port ${probe.port}/tcp on ${address}\n`),
    );
  }

  #answersOf(address: string): Map<number, Answer> {
    return this.#seen.get(address.replace(/%.*$/, '')) ?? new Map();
  }

  #patience(address: string): number {
    const own = this.#options.roundTripMs(address);
    if (this.#roundTripMs === undefined) return Math.max(FIRST_WAIT_MS, Math.min(LONGEST_WAIT_MS, own * 4));
    const roundTrip = Math.max(this.#roundTripMs, own);
    return Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, roundTrip * 4));
  }
}

/** As nmap says it of packets. */
const OWN_RULES = 'Operation not permitted';

function meaning(error: Error, address: string): Answer | 'silence' | 'no room' | 'refused here' {
  switch ('code' in error ? error.code : undefined) {
    case 'ECONNREFUSED':
      return { state: 'closed', reason: 'conn-refused' };
    // Linux says so of a connection that stood already when it was reset (tcp_reset): before, it is refused.
    case 'ECONNRESET':
    case 'EPIPE':
      return { state: 'open', reason: 'syn-ack' };
    case 'EHOSTUNREACH':
      return { state: 'filtered', reason: 'host-unreach' };
    case 'ENETUNREACH':
      return { state: 'filtered', reason: 'net-unreach' };
    // ICMPv6 "prohibited" and "policy" (icmpv6_err_convert in Linux); of IPv4 only a route of our own that prohibits.
    case 'EACCES':
      return isIPv6(address.replace(/%.*$/, ''))
        ? { state: 'filtered', reason: 'admin-prohibited' }
        : 'refused here';
    // "Protocol unreachable" (RFC 792).
    case 'ENOPROTOOPT':
      return { state: 'filtered', reason: 'proto-unreach' };
    case 'EPERM':
      return 'refused here';
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOBUFS':
    case 'ENOMEM':
    case 'EAGAIN':
    case 'EADDRNOTAVAIL':
      return 'no room';
    default:
      return 'silence';
  }
}

/** Fisher and Yates: neighbours must not be asked in a row, as filters look for that. */
function shuffle(probes: Probe[]): void {
  for (let last = probes.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    const [a, b] = [probes[last], probes[other]];
    if (a && b) [probes[last], probes[other]] = [b, a];
  }
}
