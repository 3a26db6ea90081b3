/** What the search for open ports needs of the scan that it is part of. */
import type { Phase } from '../command/phase.ts';
import type { HostSeen } from './findings.ts';

/** What asks the ports; a campaign, or a network that somebody made up. */
export interface Sweeper {
  /** Packets a second for a sweep. */
  rateOf(fragile: boolean): number;
  /** Whether a host is near, and its way may be left to nmap's own congestion control. */
  isNear(host: string): boolean;
  /** Asks ports at a rate, or without one at nmap's own pace. `retries` are further tries of a silent port. */
  sweep(label: string, hosts: readonly string[], ports: Phase['ports'], pace: SweepPace): Promise<HostSeen[]>;
  /**
   * Asks ports as a plain scan does, at nmap's own pace and without a ceiling.
   * @returns undefined when that turned out to be slow: it was given up
   */
  sweepAsPlain(
    label: string,
    hosts: readonly string[],
    ports: Phase['ports'],
  ): Promise<HostSeen[] | undefined>;
  /** Remembers a sentence about hosts for the answer. */
  say(sentence: string, hosts: Iterable<string>): void;
  /** Takes back what was said of hosts: they turned out to work against the scan. */
  withdraw(hosts: Iterable<string>): void;
  /** How many connections a host was measured to take of us at a time, on a port that is open. */
  heldConnections(host: string, port: number): Promise<number | undefined>;
  /** Milliseconds since 1970, and a wait. */
  now(): number;
  pause(milliseconds: number): Promise<void>;
}

/**
 * Packets a second; `floor`: no fewer, where `rate` is the most. `atOnce`: so many probes
 * without an answer at most.
 */
export interface SweepPace {
  rate?: number;
  floor?: number;
  retries?: number;
  atOnce?: number;
}
