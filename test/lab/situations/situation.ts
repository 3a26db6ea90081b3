/** What a situation is, as data. */
import type { Office, OfficeHost } from './office.ts';

export interface Step {
  happens?: (office: Office) => void;
  /** When it happens, if not before the look: once the scanner has asked this host, or once it has found an open port. */
  meanwhile?: { asked: string } | 'open port';
  /** What is asked of nmap, where it is not what the situation says. */
  look?: string;
  /** Who looks: root, somebody without raw sockets, or root with a clock that can be set. */
  by?: 'user' | 'clock';
  /** Days since the first look, by that clock. */
  day?: number;
  /** What is said of a host before: a tool and its arguments. */
  says?: readonly [string, Readonly<Record<string, unknown>>];
  /** Everything that is told after it, and nothing else. */
  news: readonly string[];
  /** Rules that held differences back, where that is the point of it. */
  held?: readonly string[];
}

export interface Situation {
  /** By whom it is looked at where a step does not say. */
  by?: 'clock';
  hosts: Readonly<Record<string, OfficeHost>>;
  look: string;
  steps: Readonly<Record<string, Step>>;
  /** How many hosts the inventory has of it in the end. */
  assets: number;
  /** What is said of an asset in the end, by address. */
  known?: Readonly<Record<string, RegExp>>;
}
