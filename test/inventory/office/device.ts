/** What stands in a simulated office: its devices, what they offer, and what truly happens to them. */
import type { Protocol } from '../../../src/core/result.ts';

export interface Offer {
  protocol: Protocol;
  port: number;
  name: string;
  product?: string;
  version?: string;
  /** Of several machines behind one address: each look meets one of these versions. */
  oneOf?: readonly string[];
  /** Share of looks in which it does not answer although it is there: UDP. */
  shy?: number;
  cert?: { issuer: string; serial: number; from: number; days: number };
}

export type Kind = 'server' | 'laptop' | 'printer' | 'camera' | 'phone' | 'visitor' | 'gateway';

export interface Device {
  name: string;
  kind: Kind;
  net: number;
  mac: string;
  /** Of its SSH host key, where it has one; another number is another key. */
  key?: number;
  /** Where it is, or was last. */
  address: string;
  /** What it says at ports on which nothing runs. */
  rest: 'closed' | 'filtered';
  offers: Offer[];
  /** Of laptops: share of the working days on which it is in the office at the time of the scan. */
  diligence: number;
  /** Days off, first and last. */
  holidays: { first: number; last: number }[];
  /** It is no more. */
  gone?: true;
}

/**
 * What truly happens. Neither is a sleeping laptop, a lease, a lost packet, a service that restarts, nor another question
 * of the scanner.
 */
export interface True {
  day: number;
  device: string;
  what:
    | 'appeared'
    | 'left'
    | 'opened'
    | 'closed'
    | 'service'
    | 'key'
    | 'card'
    | 'moved'
    | 'cert'
    | 'variants'
    | 'middlebox'
    | 'blind';
  /** `tcp/443` */
  port?: string;
  /** True, and may be told, but nobody needs to hear of it: a lease that ended. */
  minor?: true;
}

/** What one look of a day met. */
export interface Day {
  day: number;
  /** Milliseconds since the epoch. */
  at: number;
  asked: { tcp: string; udp: string };
  /** Devices that could be met, each with what it showed. */
  met: Met[];
  /** The network in which a firewall answers at every address. */
  middlebox?: number;
  /** The report breaks off after this share of it. */
  cut?: number;
  /** Which device has an address, or had it last. */
  holders: ReadonlyMap<string, string>;
}

export interface Met {
  device: string;
  address: string;
  mac: string;
  /** The name that DNS has for the address. */
  ptr?: string;
  key?: number;
  rest: 'closed' | 'filtered';
  ports: (Offer & { state: 'open' | 'closed' | 'silent'; unread?: true })[];
}
