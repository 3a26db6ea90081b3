/** What never left this machine: targets that nmap skipped, and packets that the system refused to send. */
import { isIP } from 'node:net';
import { cleanField } from '../../core/clean.ts';
import type { ErrorValue } from '../../core/errors.ts';
import type { CoverageNote } from '../../core/result.ts';
import { hostsNote } from './hosts-note.ts';

const NO_ROUTE = /^setup_target: failed to determine route to ([0-9a-fA-F.:]{2,45})/;
const SEND = /^sendto in \w+: sendto\(\d+, packet, \d+, \d+, ([0-9a-fA-F.:]{2,45}), \d+\) => (.{1,80})$/;
const SEND_OMITTED = /^Omitting future Sendto error messages/;
const STRANGE = /^Strange (?:read |)error from (\S{1,45}) \(\d+ - '(.{1,80})'\)/;
/** nmap waits before it tries such a packet again: 15 seconds, then 60, then 240, then it leaves it and takes the next (netutil.cc). */
const SLEEPS = /^Sleeping (\d{1,4}) seconds then retrying/;
/** From this wait on the network was away for 15 seconds, and all further packets would take minutes each. */
const STUCK_SECONDS = 60;
const NEGATIVE_RTT = /packet supposedly had rtt of -\d+ microseconds/;

/** Addresses that are remembered at most; beyond, they are only counted as skipped by nmap. */
const MAX_ADDRESSES = 65_536;

interface Refusals {
  count: number;
  hosts: Set<string>;
}

export class Unsent {
  /** Addresses of which nothing was asked, with the cause. */
  readonly #causes = new Map<string, string>();
  /** Words that nmap skipped and that are no address. */
  readonly #skipped = new Set<string>();
  /** By the system's word for it. */
  readonly #refusals = new Map<string, Refusals>();
  #omitted = false;
  #badTimes = 0;
  #stuck = false;

  /** There is no network any more. */
  networkGone(): void {
    this.#stuck = true;
  }

  /** Whether nmap waits for a network that does not come back. */
  get isStuck(): boolean {
    return this.#stuck;
  }

  /** An address to which nothing was sent. */
  skip(address: string, cause: string): void {
    if (this.#causes.size < MAX_ADDRESSES) this.#causes.set(address, cause);
  }

  /** A target that nmap says it skipped; a cause that was told before stays. */
  skippedByNmap(specification: string, reason: string): void {
    if (this.#causes.has(specification)) return;
    if (isIP(specification) !== 0) this.skip(specification, `nmap skipped it (${reason})`);
    else this.#skipped.add(`${specification} (${reason})`);
  }

  /** A packet that the system did not take. */
  refuse(address: string, why: string): void {
    const refusals = this.#refusals.get(why) ?? { count: 0, hosts: new Set<string>() };
    refusals.count += 1;
    refusals.hosts.add(address);
    this.#refusals.set(why, refusals);
  }

  /** A line of nmap's standard error. */
  read(line: string): void {
    const route = NO_ROUTE.exec(line);
    if (route?.[1] !== undefined) this.skip(route[1], NO_ROUTE_CAUSE);
    const send = SEND.exec(line);
    if (send?.[1] !== undefined) this.refuse(send[1], cleanField(send[2] ?? '', 80));
    const strange = STRANGE.exec(line);
    if (strange?.[1] !== undefined) this.refuse(strange[1], cleanField(strange[2] ?? '', 80));
    if (SEND_OMITTED.test(line)) this.#omitted = true;
    if (Number(SLEEPS.exec(line)?.[1] ?? 0) >= STUCK_SECONDS) this.#stuck = true;
    if (NEGATIVE_RTT.test(line)) this.#badTimes += 1;
  }

  /** Takes over what another part of the scan told. */
  add(other: Unsent): void {
    for (const [address, cause] of other.#causes) this.skip(address, cause);
    for (const words of other.#skipped) this.#skipped.add(words);
    for (const [why, { count, hosts }] of other.#refusals) {
      const own = this.#refusals.get(why) ?? { count: 0, hosts: new Set<string>() };
      own.count += count;
      for (const host of hosts) own.hosts.add(host);
      this.#refusals.set(why, own);
    }
    this.#omitted ||= other.#omitted;
    this.#badTimes += other.#badTimes;
  }

  /** How many addresses nothing was sent to; {@link list} names them. */
  get addresses(): number {
    return this.#causes.size;
  }

  list(): string[] {
    return [...this.#causes.keys()];
  }

  /** Whether some packet to this address was refused: silence of it proves nothing. */
  isRefused(address: string): boolean {
    for (const { hosts } of this.#refusals.values()) if (hosts.has(address)) return true;
    return false;
  }

  /** Why an answer may be missing although there would have been one; undefined where there is no reason to think so. */
  get doubt(): string | undefined {
    if (this.#refusals.size > 0) return 'the machine that scanned did not send all packets';
    return this.#badTimes > 0 ? 'the clock of the machine that scanned jumped' : undefined;
  }

  /** @param local whether it was the machine of Portolan itself, and not a scanner elsewhere */
  notes(local: boolean): CoverageNote[] {
    const machine = local ? 'this machine' : 'the scanner';
    const notes: CoverageNote[] = [];
    for (const [cause, members] of Map.groupBy(this.#causes, ([, why]) => why)) {
      const addresses = members.map(([address]) => address);
      notes.push(
        ...hostsNote('not_scanned', addresses, (hosts) =>
          cause === NO_ROUTE_CAUSE
            ? `no route to ${hosts} from ${machine}: nothing was sent.`
            : `nothing was sent to ${hosts}: ${cause}.`,
        ),
      );
    }
    notes.push(...hostsNote('not_scanned', [...this.#skipped], (targets) => `nmap skipped ${targets}.`));
    for (const [why, { count, hosts }] of this.#refusals) {
      const packets = `${count}${this.#omitted ? ' or more' : ''} packet${count === 1 && !this.#omitted ? '' : 's'}`;
      notes.push(
        ...hostsNote(
          'not_scanned',
          [...hosts],
          (to) =>
            `${machine} itself did not send ${packets} to ${to} (${why}): ${causeOf(why)}. What is shown there without an answer may never have been asked.`,
        ),
      );
    }
    if (this.#badTimes > 0) {
      notes.push({
        kind: 'not_scanned',
        message: `The clock of ${machine} jumped: nmap measured ${this.#badTimes} round trips below zero, so its waiting times may have been too short for some answers.`,
      });
    }
    return notes;
  }
}

/** The error of a scan of which no address was sent anything. */
export function nothingSent(local: boolean): ErrorValue {
  return local
    ? {
        code: 'no_route',
        message: 'Nothing was sent: this machine has no way to any address of this scan.',
        next: 'Check the address and the routes (`ip route get ADDRESS`; a link-local address needs its interface, as fe80::1%eth0), or scan from a scanner that is nearer.',
      }
    : {
        code: 'no_route',
        message: 'Nothing was sent: the scanner has no way to any address of this scan.',
        next: 'Check the address and the routes of the scanner (`ip route get ADDRESS`), or scan from another one.',
      };
}

/** The error of a scan that was ended as the machine had no network any more. */
export const NETWORK_GONE: ErrorValue = {
  code: 'no_route',
  message: 'The network went away in the middle of the scan: nothing could be sent any more.',
  next: 'What was found until then is kept. Check the network of the machine that scans, then start the scan again for the rest.',
};

/** As the note says it with the addresses. */
export const NO_ROUTE_CAUSE = 'no route';

function causeOf(why: string): string {
  if (/not permitted|denied/i.test(why))
    return 'its own firewall, a sandbox or a full table of connections refuses them, not the target';
  if (/buffer|memory/i.test(why)) return 'its buffers for sending are full; a slower scan (--max-rate) helps';
  if (/network is down/i.test(why)) return 'its network interface is down';
  if (/unreachable|no route/i.test(why)) return 'it has no route there';
  return 'its system refuses them, not the target';
}
