/** One look at one host, as the cases write it: `U 22+ 80-=nginx/1.24 53/udp? | mac:aa t:+6h`. */
import type { CountedPorts, Mark, PortSighting, PortWord, Sighting } from '../../../src/core/look.ts';
import type { CertWord } from './evidence.ts';
import { certWord, hostKeys } from './evidence.ts';
import { CaseError, macOf } from './lines.ts';

export interface HostLook {
  /** `U` it answers, `X` covered and silent, `.` not covered. */
  host: 'U' | 'X' | '.';
  ports: PortSighting[];
  counted: CountedPorts[];
  words: Words;
}

/** Ports as ranges, `1..1000-`: what is not open is counted, as nmap counts it; what is open is listed. */
export function portRange(text: string): { ports: PortSighting[]; counted: CountedPorts[] } | undefined {
  const [, first, last, protocol = 'tcp', symbol = ''] =
    /^(\d+)\.\.(\d+)(?:\/(tcp|udp))?([-+?!])$/.exec(text) ?? [];
  const word = SYMBOLS[symbol];
  if (first === undefined || last === undefined || word === undefined) return undefined;
  const of = protocol === 'udp' ? 'udp' : 'tcp';
  if (word !== 'open') return { ports: [], counted: [{ word, protocol: of, ports: `${first}-${last}` }] };
  const length = Number(last) - Number(first) + 1;
  return {
    ports: Array.from({ length }, (_, index) => ({ port: Number(first) + index, protocol: of, word })),
    counted: [],
  };
}

/** What stands after the bar. */
export interface Words {
  marks: Mark[];
  facts: Sighting['facts'];
  ip?: string;
  os?: NonNullable<Sighting['os']>;
  cert?: CertWord;
  vantage?: string;
  way?: 'arp' | 'ip' | 'connect';
  /** Time since the look before, in ms. */
  after?: number;
  recheck: PortSighting[];
  flags: Set<Flag>;
}

const FLAGS = ['partial', 'passive', 'nocov', 'degraded', 'late', 'tarpit', 'import'] as const;
export type Flag = (typeof FLAGS)[number];
const SYMBOLS: Readonly<Record<string, PortWord>> = {
  '+': 'open',
  '-': 'closed',
  '?': 'silent',
  '!': 'blocked',
};
const UNITS: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 };
const WAYS = { arp: 'arp', ip: 'ip', conn: 'connect', connect: 'connect' } as const;

export function hostLook(text: string): HostLook {
  const [before = '', ...after] = text.split('|');
  const [host, ...ports] = before.trim().split(/\s+/);
  if (host !== 'U' && host !== 'X' && host !== '.') throw new CaseError(`"${host}" is neither U, X nor .`);
  const ranges = ports.map((one) => portRange(one) ?? { ports: [portWord(one)], counted: [] });
  return {
    host,
    ports: ranges.flatMap((one) => one.ports),
    counted: ranges.flatMap((one) => one.counted),
    words: words(after.join(' ').trim().split(/\s+/).filter(Boolean)),
  };
}

/** `80+`, `53/udp?`, `80+=nginx/1.24` (probed), `80+=~http` (guessed from the number). */
export function portWord(text: string): PortSighting {
  const [, number, protocol = 'tcp', symbol = '', , guessed, service] =
    /^(\d+)(?:\/(tcp|udp|sctp))?([-+?!])(=(~)?(.+))?$/.exec(text) ?? [];
  const word = SYMBOLS[symbol];
  if (number === undefined || word === undefined)
    throw new CaseError(`"${text}" is no port: 80+ 80- 80? 80! 53/udp+ 80+=nginx/1.24 80+=~http`);
  const port = {
    port: Number(number),
    protocol: protocol === 'udp' ? 'udp' : protocol === 'sctp' ? 'sctp' : 'tcp',
    word,
  } as const;
  if (service === undefined) return port;
  if (guessed) return { ...port, service: { name: service, method: 'table', confidence: 3 } };
  const slash = service.indexOf('/');
  const product = slash < 0 ? service : service.slice(0, slash);
  if (product === 'tcpwrapped')
    return { ...port, service: { name: 'tcpwrapped', method: 'probed', confidence: 8 } };
  return {
    ...port,
    service: {
      product,
      ...(slash < 0 ? {} : { version: service.slice(slash + 1) }),
      method: 'probed',
      confidence: 10,
    },
  };
}

function words(list: readonly string[]): Words {
  const read: Words = { marks: [], facts: [], recheck: [], flags: new Set() };
  for (const text of list) {
    const flag = FLAGS.find((one) => one === text);
    if (flag) {
      read.flags.add(flag);
      continue;
    }
    const colon = text.indexOf(':');
    const [name, value] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
    if (value === '') throw new CaseError(`"${text}" is no word after the bar`);
    word(read, name, value);
  }
  return read;
}

function word(read: Words, name: string, value: string): void {
  const mark = (type: Mark['type'], text: string) => read.marks.push({ type, value: text });
  switch (name) {
    case 'mac':
      return void value.split(',').map((one) => mark('mac', macOf(one, 'card')));
    case 'rmac':
      return void value.split(',').map((one) => mark('mac', macOf(one, 'random')));
    case 'ssh': {
      const { marks, facts } = hostKeys(value);
      read.marks.push(...marks);
      read.facts = [...read.facts, ...facts];
      return;
    }
    case 'ptr':
      return void value.split(',').map((one) => mark('ptr', one));
    case 'name':
    case 'n':
      return void mark('name', value);
    case 'serial':
      return void mark('serial', value);
    case 'snmp':
      return void mark('snmp_engine', value);
    case 'ip':
      read.ip = value;
      return;
    case 'vant':
      read.vantage = value;
      return;
    case 'cert':
      read.cert = certWord(value);
      return;
    case 're':
      read.recheck.push(...value.split(',').map(portWord));
      return;
    case 'os': {
      const [, family, accuracy] = /^([^@]+)@(\d+)$/.exec(value) ?? [];
      if (family === undefined) throw new CaseError(`"os:${value}" is not os:FAMILY@ACCURACY`);
      read.os = { family, name: family, accuracy: Number(accuracy) };
      return;
    }
    case 'tech': {
      const way = Object.entries(WAYS).find(([key]) => key === value)?.[1];
      if (way === undefined) throw new CaseError(`"tech:${value}" is none of arp, ip, conn`);
      read.way = way;
      return;
    }
    case 't': {
      const [, sign = '', count, unit = 'h'] = /^([+-]?)(\d+(?:\.\d+)?)([smhd])?$/.exec(value) ?? [];
      if (count === undefined) throw new CaseError(`"t:${value}" is no time such as t:+6h`);
      read.after = (sign === '-' ? -1 : 1) * Number(count) * (UNITS[unit] ?? 0);
      return;
    }
    default:
      throw new CaseError(`nobody knows the word "${name}:"`);
  }
}
