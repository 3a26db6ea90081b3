/**
 * Every nmap option that can be said, as data. An option without a row cannot be said: what reads or writes files,
 * proxies, forges a source address or chooses targets by itself has none (see refused-options.ts for the reasons given).
 * Sources: the nmap 7.93 manual page, and nmap.cc of the same version for what it refuses together.
 */
import type { Protocol } from '../core/result.ts';
import { SCRIPT_ARGS } from './script-arguments.ts';
import {
  ADDRESS_LIST,
  ADDRESSES,
  DECOYS,
  type Grammar,
  INTERFACE,
  IP_PROTOCOLS,
  MAC,
  PING_PORTS,
  PORTS,
  RATE,
  RATIO,
  SCAN_FLAGS,
  SCRIPTS,
  stdoutOf,
  TEMPLATE,
  TIME,
  whole,
} from './values.ts';

export interface FlagRow {
  /** The canonical spelling, the one in options and in argv. */
  flag: string;
  /** Other exact spellings that nmap documents for the same thing. */
  also?: readonly string[];
  /** Absent: the option takes no value. */
  value?: Grammar;
  /** The value may be left out (`-PS`, `-v`). */
  optional?: true;
  /** How argv writes the value: as the next word, or in the same word (`-T4`, `-PS22`). Absent: the next word. */
  joined?: true;
  /** evasion needs a setting. */
  risk: 'plain' | 'evasion';
  /** nmap needs raw sockets for it, so root or capabilities. */
  raw?: true;
  /** At most one option of a group. */
  group?: 'technique' | 'sctp technique' | 'ports' | 'dns' | 'version effort' | 'fragments';
  /** A port scan of this protocol. */
  scans?: Protocol;
  /** nmap takes it only together with this one. */
  needs?: string;
  /** There is no such thing in IPv6. */
  ipv4?: true;
  /** It is taken and not passed on: what answers in its place. */
  instead?: string;
  /** Pings that choose which hosts are up; of no use with -Pn. */
  ping?: true;
}

const plain = 'plain';
const evasion = 'evasion';
const technique = { risk: plain, raw: true, group: 'technique', scans: 'tcp' } as const;
const ping = { risk: plain, raw: true, ping: true } as const;
const time = { value: TIME, risk: plain } as const;

export const FLAGS: readonly FlagRow[] = [
  // Scan techniques
  { flag: '-sS', ...technique },
  { flag: '-sT', risk: plain, group: 'technique', scans: 'tcp' },
  { flag: '-sA', ...technique },
  { flag: '-sW', ...technique },
  { flag: '-sM', ...technique },
  { flag: '-sN', ...technique },
  { flag: '-sF', ...technique },
  { flag: '-sX', ...technique },
  { flag: '-sU', risk: plain, raw: true, scans: 'udp' },
  { flag: '-sY', risk: plain, raw: true, group: 'sctp technique', scans: 'sctp' },
  { flag: '-sZ', risk: plain, raw: true, group: 'sctp technique', scans: 'sctp' },
  { flag: '-sO', risk: plain, raw: true, scans: 'ip' },
  { flag: '-sn', also: ['-sP'], risk: plain },
  { flag: '-sL', risk: plain },
  { flag: '--scanflags', value: SCAN_FLAGS, risk: plain, raw: true },
  // Ports
  { flag: '-p', value: PORTS, risk: plain, group: 'ports' },
  { flag: '-F', risk: plain, group: 'ports' },
  { flag: '--top-ports', value: whole(1, 65_535), risk: plain, group: 'ports' },
  { flag: '--port-ratio', value: RATIO, risk: plain, group: 'ports' },
  { flag: '--exclude-ports', value: PORTS, risk: plain },
  { flag: '-r', risk: plain },
  // Services and versions
  { flag: '-sV', risk: plain },
  { flag: '--version-intensity', value: whole(0, 9), risk: plain, group: 'version effort' },
  { flag: '--version-light', risk: plain, group: 'version effort' },
  { flag: '--version-all', risk: plain, group: 'version effort' },
  // Scripts: scripts.ts decides which
  { flag: '-sC', risk: plain },
  { flag: '--script', value: SCRIPTS, risk: plain },
  { flag: '--script-args', value: SCRIPT_ARGS, risk: plain },
  { flag: '--script-timeout', ...time },
  // Operating systems and routes
  { flag: '-O', risk: plain, raw: true },
  { flag: '--osscan-limit', risk: plain },
  { flag: '--osscan-guess', also: ['--fuzzy'], risk: plain },
  { flag: '--max-os-tries', value: whole(1, 50), risk: plain },
  { flag: '--traceroute', risk: plain, raw: true },
  { flag: '-A', risk: plain },
  // Timing
  { flag: '-T', value: TEMPLATE, joined: true, risk: plain },
  { flag: '--min-rate', value: RATE, risk: plain },
  { flag: '--max-rate', value: RATE, risk: plain },
  { flag: '--min-parallelism', value: whole(1, 300), risk: plain },
  { flag: '--max-parallelism', value: whole(1, 1000), risk: plain },
  { flag: '--min-hostgroup', value: whole(1, 1024), risk: plain },
  { flag: '--max-hostgroup', value: whole(1, 4096), risk: plain },
  { flag: '--min-rtt-timeout', ...time },
  { flag: '--max-rtt-timeout', ...time },
  { flag: '--initial-rtt-timeout', ...time },
  { flag: '--max-retries', value: whole(0, 50), risk: plain },
  { flag: '--host-timeout', ...time },
  { flag: '--scan-delay', ...time },
  { flag: '--max-scan-delay', ...time },
  { flag: '--defeat-rst-ratelimit', risk: plain, raw: true, needs: '-sS' },
  { flag: '--defeat-icmp-ratelimit', risk: plain, raw: true, needs: '-sU' },
  { flag: '--randomize-hosts', risk: plain },
  // Host discovery
  { flag: '-Pn', also: ['-PN', '-P0'], risk: plain },
  { flag: '-PS', value: PING_PORTS, optional: true, joined: true, risk: plain, ping: true },
  { flag: '-PA', value: PING_PORTS, optional: true, joined: true, ...ping },
  { flag: '-PU', value: PING_PORTS, optional: true, joined: true, ...ping },
  { flag: '-PY', value: PING_PORTS, optional: true, joined: true, ...ping },
  { flag: '-PO', value: IP_PROTOCOLS, optional: true, joined: true, ...ping },
  { flag: '-PE', ...ping },
  { flag: '-PP', ...ping, ipv4: true },
  { flag: '-PM', ...ping, ipv4: true },
  { flag: '-PR', ...ping },
  { flag: '--disable-arp-ping', risk: plain },
  { flag: '--discovery-ignore-rst', risk: plain },
  { flag: '-n', risk: plain, group: 'dns' },
  { flag: '-R', risk: plain, group: 'dns' },
  { flag: '--system-dns', risk: plain },
  { flag: '--dns-servers', value: ADDRESSES, risk: plain },
  // What is reported
  { flag: '--open', risk: plain },
  { flag: '--reason', risk: plain },
  { flag: '-v', value: whole(1, 9), optional: true, joined: true, risk: plain },
  { flag: '-d', value: whole(1, 9), optional: true, joined: true, risk: plain },
  {
    flag: '-oX',
    value: stdoutOf('-oX'),
    risk: plain,
    instead: 'What a scan tool found has a report in the XML of nmap, report.xml.',
  },
  { flag: '-oN', value: stdoutOf('-oN'), risk: plain, instead: 'The answer says what nmap would print.' },
  {
    flag: '-oG',
    value: stdoutOf('-oG'),
    risk: plain,
    instead: 'What a scan tool found has a report as nmap -oG writes it, report.greppable.',
  },
  {
    flag: '--packet-trace',
    risk: plain,
    instead:
      'Answers hold no single packets: the reason of each port says what came back, and a capture has it all.',
  },
  // Targets and the way to them
  { flag: '-6', risk: plain },
  { flag: '-e', value: INTERFACE, risk: plain },
  { flag: '--exclude', value: ADDRESS_LIST, risk: plain },
  // Evasion
  { flag: '-f', risk: evasion, raw: true, group: 'fragments' },
  { flag: '--mtu', value: multipleOf8(), risk: evasion, raw: true, group: 'fragments' },
  { flag: '-D', value: DECOYS, risk: evasion, raw: true },
  { flag: '--source-port', also: ['-g'], value: whole(0, 65_535), risk: evasion, raw: true },
  { flag: '--data-length', value: whole(0, 1400), risk: evasion, raw: true },
  { flag: '--ttl', value: whole(1, 255), risk: evasion, raw: true },
  { flag: '--spoof-mac', value: MAC, risk: evasion, raw: true },
  { flag: '--badsum', risk: evasion, raw: true },
];

function multipleOf8(): Grammar {
  const { parse } = whole(8, 1480);
  return {
    parse: (text) => (Number(text) % 8 === 0 ? parse(text) : undefined),
    accepts: 'a multiple of 8 from 8 to 1480',
  };
}

const BY_SPELLING: ReadonlyMap<string, FlagRow> = new Map(
  FLAGS.flatMap((row) => [row.flag, ...(row.also ?? [])].map((spelling) => [spelling, row] as const)),
);

/** The row of an exact spelling. nmap also takes abbreviations and single-hyphen long names; the table does not. */
export const flagRow = (spelling: string): FlagRow | undefined => BY_SPELLING.get(spelling);

/** The argv words of a checked option. */
export function writeOption({ flag, value }: { flag: string; value?: string | undefined }): string[] {
  if (value === undefined) return [flag];
  return flagRow(flag)?.joined ? [flag + value] : [flag, value];
}
