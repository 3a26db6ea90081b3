/**
 * How much an authorised scan sends and how long it may take. A range on purpose: what decides the time (how many
 * hosts are up, how many ports a firewall drops) is what the scan is there to find out.
 */
import { countPorts, parsePorts } from '../../core/ports.ts';
import { scannedProtocols } from '../../policy/asked-options.ts';
import type { AllowedScan } from '../../policy/authorize.ts';
import { seconds } from '../../policy/values.ts';

export interface Estimate {
  /** First probes when every host is up: no retries, no version probes, no scripts. */
  probes: number;
  seconds: { low: number; high: number };
}

/** Probes nmap has under way when nothing answers: its congestion window does not grow (nmap book, "Scan Code and Algorithms"). */
const WINDOW = 10;

/**
 * Per timing template (nmap manual, TIMING AND PERFORMANCE): tries of a probe that nobody answers; the pause between
 * probes; and how long nmap waits for an answer, from a host that never answered anything (-Pn) and from one whose ping
 * told the round trip. All in seconds. Measured with nmap 7.93 and -Pn: 1,000 dropped ports of one silent host take 101 s
 * at -T4, 100 ports of each of 16 such hosts 81 s at -T5.
 */
const TEMPLATES = [
  { tries: 2, pause: 300, silent: 300, answering: 300 },
  { tries: 2, pause: 15, silent: 15, answering: 15 },
  { tries: 2, pause: 0.4, silent: 1, answering: 0.4 },
  { tries: 2, pause: 0, silent: 1, answering: 0.1 },
  { tries: 2, pause: 0, silent: 0.5, answering: 0.1 },
  { tries: 2, pause: 0, silent: 0.25, answering: 0.05 },
] as const;

/** Answers a second when everything is answered at once, as on loopback or a quiet LAN. */
const FAST = 20_000;
/** Hosts whose ports nmap scans at a time (--min-hostgroup and its growth), roughly. */
const GROUP = 32;
/** Seconds that version detection takes at most for a group, when a service says nothing: plain, and dealt over processes. */
const VERSIONS = { plain: 160, dealt: 60 };
/** An adaptive scan: tries at its rate, then as many slow ones of what stayed silent, and seconds to start all that. */
const SWEEPS = { tries: 2, slowTries: 2, starts: 2 };

/**
 * Low: all hosts down (unless -Pn), or all ports answered at once, whichever is shorter. High: every host up and every
 * probe dropped and tried again; UDP at one answer a second a host (RFC 1812 4.3.2.8 and Linux limit ICMP errors);
 * version detection, scripts and OS detection at some seconds a host each. --max-rate, --scan-delay, --host-timeout and
 * the template bound both. Ports named by service count one each, so there it is rougher still.
 * @param sweeps of an adaptive scan that need not fall back: packets a second, to a group of hosts that said nothing, and
 *   hosts in a group
 */
export function estimate(
  scan: AllowedScan,
  sweeps?: { rate: number; slowRate: number; group: number },
): Estimate {
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

  const maxRate = sweeps?.rate ?? Number(value('--max-rate') ?? Number.POSITIVE_INFINITY);
  const pause = Math.max(template.pause, seconds(value('--scan-delay') ?? '0') ?? 0);
  const groups = Math.ceil(hosts / (sweeps?.group ?? Number(value('--min-hostgroup') ?? GROUP)));
  const alone = pause >= 0.4 ? hosts : groups;
  const spent = (count: number, rate: number) => count / Math.min(rate, maxRate);

  const answered =
    spent(probes, FAST) + perHost * pause * alone + (has('-sV') || scan.scriptCount > 0 ? 0.5 : 0);
  const allDown = has('-Pn') ? Number.POSITIVE_INFINITY : spent(hosts * pings, FAST) + 2 + pause * pings;
  const low = Math.min(answered, allDown);

  const tries = Math.min(Number(value('--max-retries') ?? template.tries) + 1, template.tries);
  const wait = has('-Pn') ? template.silent : template.answering;
  const dropRate = Math.max(
    pause > 0 ? 1 / Math.max(pause, wait) : WINDOW / wait,
    Number(value('--min-rate') ?? 0),
  );
  const udp = ports.filter(({ protocol }) => protocol === 'udp').reduce((sum, { count }) => sum + count, 0);
  const silent = sweeps
    ? spent(hosts * perHost * SWEEPS.tries, sweeps.rate) +
      spent(hosts * perHost * SWEEPS.slowTries, sweeps.slowRate) +
      groups * SWEEPS.starts
    : spent(hosts * perHost * tries, dropRate);
  const dropped = silent + udp * groups + spent(hosts * pings * 2, 1000);
  const extras =
    groups *
    ((has('-sV') ? VERSIONS[sweeps ? 'dealt' : 'plain'] : 0) +
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
