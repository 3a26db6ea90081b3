/**
 * How much an authorised scan sends and how long it may take. A range on purpose: what decides the time (how many
 * hosts are up, how many ports a firewall drops) is what the scan is there to find out.
 */
import { countPorts, parsePorts } from '../core/ports.ts';
import type { AllowedScan } from '../policy/authorize.ts';
import { scannedProtocols } from '../policy/options.ts';
import { seconds } from '../policy/values.ts';

export interface Estimate {
  /** First probes when every host is up: no retries, no version probes, no scripts. */
  probes: number;
  seconds: { low: number; high: number };
}

/**
 * Per timing template (nmap manual, TIMING AND PERFORMANCE): tries of a probe that nobody answers, the pause between
 * probes in seconds where the template sets one, and probes a second against a firewall that drops everything. The
 * latter are of the order measured with nmap 7.93: about 1,000 dropped ports a host in 20 s at -T3.
 */
const TEMPLATES = [
  { tries: 11, pause: 300, dropped: 1 / 300 },
  { tries: 11, pause: 15, dropped: 1 / 15 },
  { tries: 11, pause: 0.4, dropped: 2.5 },
  { tries: 2, pause: 0, dropped: 100 },
  { tries: 2, pause: 0, dropped: 180 },
  { tries: 2, pause: 0, dropped: 300 },
] as const;

/** Answers a second when everything is answered at once, as on loopback or a quiet LAN. */
const FAST = 20_000;
/** Hosts whose ports nmap scans at a time (--min-hostgroup and its growth), roughly. */
const GROUP = 32;

/**
 * Low: all hosts down (unless -Pn), or all ports answered at once, whichever is shorter. High: every host up and every
 * probe dropped and tried again; UDP at one answer a second a host (RFC 1812 4.3.2.8 and Linux limit ICMP errors);
 * version detection, scripts and OS detection at some seconds a host each. --max-rate, --scan-delay, --host-timeout and
 * the template bound both. Ports named by service count one each, so there it is rougher still.
 */
export function estimate(scan: AllowedScan): Estimate {
  const value = (flag: string) => scan.options.find((option) => option.flag === flag)?.value;
  const has = (flag: string) => scan.options.some((option) => option.flag === flag);
  const hosts = scan.addressCount;
  if (has('-sL')) return { probes: 0, seconds: { low: 0, high: round(1 + (has('-n') ? 0 : hosts * 0.05)) } };

  const template = TEMPLATES[Number(value('-T') ?? 3)] ?? TEMPLATES[3];
  const ports = scannedProtocols(scan.options).map((protocol) => ({
    protocol,
    count: portCount(scan, protocol, value),
  }));
  const perHost = ports.reduce((sum, { count }) => sum + count, 0);
  const pings = has('-Pn') ? 0 : pingCount(scan);
  const probes = hosts * (pings + perHost);

  const maxRate = Number(value('--max-rate') ?? Number.POSITIVE_INFINITY);
  const pause = Math.max(template.pause, seconds(value('--scan-delay') ?? '0') ?? 0);
  const groups = Math.ceil(hosts / Number(value('--min-hostgroup') ?? GROUP));
  const alone = pause >= 0.4 ? hosts : groups;
  const spent = (count: number, rate: number) => count / Math.min(rate, maxRate);

  const answered =
    spent(probes, FAST) + perHost * pause * alone + (has('-sV') || scan.scriptCount > 0 ? 0.5 : 0);
  const allDown = has('-Pn') ? Number.POSITIVE_INFINITY : spent(hosts * pings, FAST) + 2 + pause * pings;
  const low = Math.min(answered, allDown);

  const tries = Math.min(Number(value('--max-retries') ?? template.tries) + 1, template.tries);
  const minRate = Number(value('--min-rate') ?? 0);
  const dropRate = Math.max(pause > 0 ? Math.min(template.dropped, 1 / pause) : template.dropped, minRate);
  const udp = ports.filter(({ protocol }) => protocol === 'udp').reduce((sum, { count }) => sum + count, 0);
  const inGroups = groups * (1 + Math.log2(Math.min(hosts, GROUP)));
  const dropped =
    spent(perHost * tries, dropRate) * (pause > 0 ? hosts : inGroups) +
    udp * groups +
    spent(hosts * pings * 2, 1000);
  const extras =
    groups *
    ((has('-sV') ? 160 : 0) +
      (has('-O') ? 30 : 0) +
      (has('--traceroute') ? 15 : 0) +
      Math.min(scan.scriptCount, 30) * 4);
  const hostTimeout = seconds(value('--host-timeout') ?? '') ?? Number.POSITIVE_INFINITY;
  const high = Math.min(dropped + extras, hostTimeout * alone + hosts * 0.01) + 5;
  return { probes, seconds: { low: round(Math.min(low, high)), high: round(high) } };
}

type Value = (flag: string) => string | undefined;

/** Of one protocol and host. nmap's defaults: 1,000 common ports, 100 with -F, all 256 IP protocols (nmap manual, -p). */
function portCount(scan: AllowedScan, protocol: 'tcp' | 'udp' | 'sctp' | 'ip', value: Value): number {
  const list = value('-p');
  const ip = scan.options.some(({ flag }) => flag === '-sO');
  if (list !== undefined) {
    return countPorts(parsePorts(list, Number.POSITIVE_INFINITY, ip ? 'ip' : undefined), protocol);
  }
  if (protocol === 'ip') return 256;
  const top = value('--top-ports');
  if (top !== undefined) return Number(top);
  if (protocol === 'sctp') return 52; // what nmap-services lists for SCTP
  if (scan.options.some(({ flag }) => flag === '-F')) return 100;
  // nmap-services lists some 8,300 TCP ports with a frequency; few of them over a ratio of 0.01.
  const ratio = value('--port-ratio');
  return ratio === undefined ? 1000 : Number(ratio) >= 0.01 ? 100 : 8300;
}

/** Pings a host: those asked for, else nmap's four (two connects when unprivileged; nmap manual, HOST DISCOVERY). */
function pingCount(scan: AllowedScan): number {
  const asked = scan.options.filter(({ flag }) => /^-P[SAUYOEPMR]$/.test(flag));
  if (asked.length === 0) return scan.privileges.raw ? 4 : 2;
  return asked.reduce(
    (sum, { flag, value }) =>
      sum + (value === undefined ? (flag === '-PO' ? 3 : 1) : countPorts(parsePorts(value), 'tcp')),
    0,
  );
}

const round = (time: number): number => (time < 10 ? Math.ceil(time * 10) / 10 : Math.ceil(time));
