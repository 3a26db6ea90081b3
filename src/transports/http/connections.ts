/**
 * Places for connections, shared so that nobody shuts the others out. An address has a share; who takes a place and says
 * nothing, or stops in the middle of a request, gives it up when somebody needs it, the longest silent first. When all
 * places are in use, a few more are kept for probes and for a refusal in words.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface ConnectionLimits {
  most: number;
  /** Of these, as many from one address. */
  mostPerAddress: number;
  /** Speaks for many clients, and has no share: a trusted proxy. */
  isProxy: (address: string) => boolean;
  /** A connection that has said nothing at all for so long is closed. */
  firstByteMs: number;
  /** So is one whose peer takes nothing of an answer for so long. */
  stallMs: number;
}

/** Places beyond {@link ConnectionLimits.most}. */
const RESERVED = 16;
/** Silence is none before this: what the peer has sent may not have been read yet. */
const GRACE_MS = 250;
const SWEEP_MS = 1000;
/** Requests on one connection that wait for their answers; hardly a client sends a second one before the first is answered. */
const PIPELINED = 8;
/** Requests of one caller that are not sent whole yet, from wherever. */
const UNFINISHED = 16;

interface Held {
  /** As accepted; TLS is spoken above it. */
  socket: Socket;
  address: string;
  reserved: boolean;
  /** Since when the peer is waited for. */
  since: number;
  /** A request of it was answered once. */
  spoke: boolean;
  /** Requests that are not answered yet. */
  open: number;
  /** Who sent the request at hand. */
  caller: string | undefined;
  /** The request at hand, with the socket that its answer goes to. */
  current: IncomingMessage | undefined;
  /** Bytes of answers that the system has taken, and since when it has been so many. */
  sent: { bytes: number; at: number };
}

export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();

  constructor(limits: ConnectionLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Watches over a server from now on, until it is closed. */
  of(server: Server): void {
    server.on('connection', (socket: Socket) => this.#accept(socket));
    const sweep = setInterval(() => this.#sweep(), SWEEP_MS).unref();
    server.once('close', () => clearInterval(sweep));
  }

  /**
   * A request has begun. @returns whether it came on a reserved place, where only probes are answered ({@link place});
   * undefined when the connection is closed because of it.
   */
  began(incoming: IncomingMessage, outgoing: ServerResponse): boolean | undefined {
    const held = this.#held.get(keyOf(incoming.socket));
    if (!held || held.open >= PIPELINED) {
      incoming.socket.destroy();
      return undefined;
    }
    held.open += 1;
    held.current = incoming;
    held.since = this.#now();
    outgoing.once('close', () => {
      held.open -= 1;
      if (held.current !== incoming) return;
      held.current = undefined;
      held.caller = undefined;
      held.since = this.#now();
      held.spoke = true;
    });
    return held.reserved;
  }

  /**
   * Finds an ordinary place for a request on a reserved one: those that are silent only count as that after a moment, so
   * it is looked for twice. @returns whether there was one.
   */
  async place(incoming: IncomingMessage): Promise<boolean> {
    for (let look = 0; ; look += 1) {
      const held = this.#held.get(keyOf(incoming.socket));
      if (!held) return false;
      if (!held.reserved) return true;
      held.reserved = this.#noRoomFor(held.address);
      if (!held.reserved || look === 1) return !held.reserved;
      await delay(GRACE_MS);
    }
  }

  /** The request has been found to be this caller's. */
  belongs(incoming: IncomingMessage, caller: string): void {
    const held = this.#held.get(keyOf(incoming.socket));
    if (!held) return;
    held.caller = caller;
    if (incoming.complete) return;
    const unfinished = [...this.#held.values()].filter(
      (one) => one !== held && one.caller === caller && one.current && isSilent(one),
    );
    if (unfinished.length >= UNFINISHED) this.#giveUp(unfinished, GRACE_MS);
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const reserved = this.#noRoomFor(address);
    if (reserved) {
      const places = [...this.#held.values()].filter((one) => one.reserved);
      if (places.length >= RESERVED && !this.#giveUp(places, 0)) {
        socket.destroy();
        return;
      }
    }
    const now = this.#now();
    const sent = { bytes: 0, at: now };
    const held: Held = {
      socket,
      address,
      reserved,
      since: now,
      spoke: false,
      open: 0,
      caller: undefined,
      current: undefined,
      sent,
    };
    const key = keyOf(socket);
    this.#held.set(key, held);
    socket.once('close', () => this.#held.delete(key));
  }

  /** Whether there is no ordinary place, nor one that somebody silent can give up. */
  #noRoomFor(address: string): boolean {
    const { most, mostPerAddress, isProxy } = this.#limits;
    const places = [...this.#held.values()].filter((one) => !one.reserved);
    const own = places.filter((one) => one.address === address);
    if (own.length >= mostPerAddress && !isProxy(address)) return !this.#giveUp(own, GRACE_MS);
    if (places.length < most) return false;
    // Of whoever holds most.
    const shares = [...Map.groupBy(places, (one) => one.address).values()];
    return !shares.sort((a, b) => b.length - a.length).some((share) => this.#giveUp(share, GRACE_MS));
  }

  /** Closes the longest silent of these: first one that has never said anything whole. @returns whether there was one. */
  #giveUp(places: readonly Held[], graceMs: number): boolean {
    const before = this.#now() - graceMs;
    const [oldest] = places
      .filter((one) => isSilent(one) && one.since <= before)
      .sort((a, b) => Number(a.spoke) - Number(b.spoke) || a.since - b.since);
    if (!oldest) return false;
    this.#held.delete(keyOf(oldest.socket));
    oldest.socket.destroy();
    return true;
  }

  #sweep(): void {
    const { firstByteMs, stallMs } = this.#limits;
    const now = this.#now();
    for (const held of this.#held.values()) {
      const { socket, current, spoke, since, sent } = held;
      if (!spoke && !current && socket.bytesRead === 0 && now - since > firstByteMs) socket.destroy();
      const wire = current?.socket;
      // What the system has not taken yet is counted as written.
      const bytes = wire ? wire.bytesWritten - wire.writableLength : 0;
      if (!wire || wire.writableLength === 0 || bytes !== sent.bytes) held.sent = { bytes, at: now };
      else if (now - sent.at > stallMs) socket.destroy();
    }
  }
}

/** The peer is waited for: between requests, or within one that it has not sent whole. */
function isSilent({ current }: Held): boolean {
  return current === undefined || !current.complete;
}

/** The same for a socket and for the TLS above it. */
function keyOf({ remoteAddress, remotePort, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localPort}`;
}
