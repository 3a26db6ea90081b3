/** Hosts that work against the scan: they block this address, or take few connections at a time. How that is told. */
import { formatPorts, sorted } from '../../core/port-set.ts';
import type { CoverageNote } from '../../core/result.ts';
import { listed } from './hosts-note.ts';

/** A host whose ports answered at first, and then no longer, or otherwise. */
export interface Turned {
  /** Milliseconds: when it last answered as before at the earliest, and when it was found not to. */
  from: number;
  noticed: number;
  how: 'silent' | 'refused';
  /** Ports that had answered before. */
  before: readonly number[];
  /** The ports that were asked again, and found so. */
  sentinels: readonly number[];
  /** Of the ports that were asked, how many were asked in vain. */
  untested: number;
  /** It answers again, and the rest was asked slowly. */
  back: boolean;
  /** It happened while services were asked: the ports were done. */
  services: boolean;
}

/** A host that takes few connections of an address at a time and refuses, or drops, the others. */
export interface ConnectionLimit {
  /** How many it was measured to take; undefined where that could not be measured. */
  most: number | undefined;
  /** Absent where nothing was asked again: how many more open ports that found, and how many ports there was no time for. */
  again?: { gained: number; untested: number };
}

/** Characters of a list of ports that a sentence has room for. */
const MOST_PORTS = 160;

interface Against {
  address: string;
  turned: Turned | undefined;
  limit: ConnectionLimit | undefined;
}

/** From this many hosts on that turned they are told together: what blocks us is before all of them. */
const TOGETHER = 4;

/** What hosts did against a scan, as coverage. */
export function notesAgainst(hosts: readonly Against[]): CoverageNote[] {
  const turned = hosts.flatMap((host) => (host.turned ? [{ address: host.address, ...host.turned }] : []));
  const limited = hosts.flatMap(({ address, limit }) => (limit ? [limitNote(address, limit)] : []));
  return [...(turned.length < TOGETHER ? turned.map(turnedNote) : [manyTurned(turned)]), ...limited];
}

type TurnedHost = Turned & { address: string };

function turnedNote(host: TurnedHost): CoverageNote {
  const { address, how, before, sentinels, back, services } = host;
  const asked = `${count(sentinels.length, 'port')} that had answered (${list(sentinels)}) ${
    how === 'silent' ? 'gave no answer any more' : 'refused what was sent'
  }`;
  const parts = [
    `${address} turned against this scan ${when([host])}: ${asked}, so it, or a firewall before it, blocks this address (blocked_us).`,
    services
      ? 'Its ports had been asked by then; services without a product may not have been asked.'
      : `Before that ${count(before.length, 'port')} had answered (${list(before)}).`,
    back && !services ? 'It took that back and was asked on slowly.' : '',
    worthOf([host]),
  ];
  return {
    kind: losesBy(host) ? 'blocked_us' : 'strategy',
    hosts: [address],
    message: parts.filter((part) => part !== '').join(' '),
  };
}

function manyTurned(hosts: readonly TurnedHost[]): CoverageNote {
  const before = hosts.reduce((sum, host) => sum + host.before.length, 0);
  const parts = [
    `${hosts.length} hosts turned against this scan ${when(hosts)}: ports that had answered gave no answer any more, or refused what was sent, so they, or a firewall before them, block this address (blocked_us).`,
    `Before that ${count(before, 'port')} of them had answered.`,
    worthOf(hosts),
  ];
  return {
    kind: hosts.some(losesBy) ? 'blocked_us' : 'strategy',
    hosts: listed(hosts.map(({ address }) => address)),
    message: parts.filter((part) => part !== '').join(' '),
  };
}

/** What the rest is worth, and what to do about it. */
function worthOf(hosts: readonly TurnedHost[]): string {
  const untested = hosts.reduce((sum, host) => sum + host.untested, 0);
  const rest =
    untested > 0 ? `Not tested: ${count(untested, 'port')}, shown as unknown, which may be open. ` : '';
  return hosts.some(losesBy)
    ? `${rest}Scan again later, from another address, or with politeness gentle and fewer ports.`
    : '';
}

const losesBy = ({ untested, services }: Turned): boolean => untested > 0 || services;

function when(hosts: readonly Turned[]): string {
  const from = Math.min(...hosts.map((host) => host.from));
  const noticed = Math.max(...hosts.map((host) => host.noticed));
  return `between ${clock(from)} and ${clock(noticed)}`;
}

function limitNote(address: string, { most, again }: ConnectionLimit): CoverageNote {
  const limit =
    most === undefined
      ? 'refuses connections that come fast'
      : `takes ${count(most, 'connection')} of this address at a time (measured) and refuses more`;
  const message = `${address} ${limit}: open ports that it refused look closed or filtered. ${
    again ? askedAgain(most ?? 1, again) : howToAsk(most ?? 1)
  }`;
  return { kind: 'connection_limit', hosts: [address], message };
}

function askedAgain(most: number, { gained, untested }: NonNullable<ConnectionLimit['again']>): string {
  const found =
    gained === 0 ? 'no other was' : `${count(gained, 'port')} more ${gained === 1 ? 'was' : 'were'}`;
  const rest =
    untested === 0
      ? ''
      : ` Not asked again in the time for it: ${count(untested, 'port')}, shown as unknown, which may be open.`;
  return `Its ports were asked again slowly, ${most} at a time, and ${found} found open.${rest}`;
}

const howToAsk = (most: number): string =>
  `Nothing was asked again: the strategy adaptive does that, or --max-parallelism ${most} with a low --max-rate.`;

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;

function list(ports: readonly number[]): string {
  const text = formatPorts(sorted(ports));
  return text.length <= MOST_PORTS ? text : `${text.slice(0, text.lastIndexOf(',', MOST_PORTS))},…`;
}

/** `2026-11-29 01:02:03 UTC` */
const clock = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
