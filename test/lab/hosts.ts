/** Hosts as data: what a lab is made of, and the one most tests use. */
import type { Guard } from './guards.ts';

/** `ssh`, `http`, `smtp` and `ftp` greet as the real ones do, `silent` says nothing. Of the others see below. */
export type Service = 'ssh' | 'http' | 'smtp' | 'ftp' | 'silent' | OddService;

export type OddService =
  /** Greets with these words, and says nothing more. */
  | { banner: string; afterMs?: number }
  /** Answers whatever comes first with these words, and closes. */
  | { answer: string; afterMs?: number }
  /** Says nothing and closes. */
  | { closesAfterMs: number }
  /** Two protocols on one port: greets as SSH when nobody speaks until then; who speaks before meets a web server. */
  | { greetsLaterMs: number }
  /** Closes on everything that does not begin so; else it answers. */
  | { begins: string; answer: string }
  /** The same inside TLS, with a certificate made for the lab. */
  | { tls: Service };

export interface LabHost {
  /** Inside 10.9.0.0/16 or fd00:9::/64; the scanner is 10.9.255.1 and fd00:9::ffff:1. */
  address: string;
  /** Open TCP ports. All others answer with a reset, unless `firewall` says otherwise. */
  tcp?: Record<number, Service>;
  /** UDP ports that answer with what they got. */
  udp?: readonly number[];
  /** What meets probes to all ports that are not open: silence, or "administratively prohibited". */
  firewall?: 'drop' | 'reject';
  /** Resets a second the host sends at most. */
  resetsPerSecond?: number;
  /** SYNs a second the host takes at most, as a policing firewall does. */
  synsPerSecond?: number;
  /** What the host does against those who scan it. */
  guard?: Guard;
  /** Every TCP port accepts connections and says nothing. */
  tarpit?: boolean;
  /** Nobody is at this address. */
  down?: boolean;
  /** Added to every answer. */
  delayMs?: number;
  /** Share of answers that is lost. */
  lossPercent?: number;
}

export const SCANNER = { ipv4: '10.9.255.1', ipv6: 'fd00:9::ffff:1' } as const;

export const LAB_HOSTS = {
  open: { address: '10.9.0.10', tcp: { 22: 'ssh', 25: 'smtp', 80: 'http' }, udp: [5353] },
  closed: { address: '10.9.0.11' },
  dropping: { address: '10.9.0.12', tcp: { 443: 'silent' }, firewall: 'drop' },
  limited: { address: '10.9.0.13', tcp: { 21: 'ftp' }, resetsPerSecond: 20 },
  down: { address: '10.9.0.14', down: true },
  tarpit: { address: '10.9.0.15', tarpit: true },
  ipv6: { address: 'fd00:9::10', tcp: { 22: 'ssh', 80: 'http' } },
} as const satisfies Record<string, LabHost>;
