/** What the capture tests share: reading cases and labels, and comparing a report with what is expected. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import path from 'node:path';
import { type CaptureReport, type Suspect, selectSuspects } from '../../src/captures/analysis.ts';

export const CASES = path.join(import.meta.dirname, 'cases');
/** Development captures that are not part of the repository; tests use them when they are there. */
export const SHARED = path.join(import.meta.dirname, '..', '..', '..', 'shared', 'captures');
export const haveShared = existsSync(path.join(SHARED, 'lab', 'labels.json'));

/** A scan that must be found. What is absent is not looked at; what is named must be met exactly. */
export interface Wanted {
  /** An address, or the network of the sources where several share one scan. */
  ip: string;
  /** Names joined by `|` where several are right, in the pattern too. */
  technique: string;
  pattern: string;
  /** `address:ports` that answered as open. */
  open?: string[] | undefined;
  targets?: string[] | undefined;
  /** Packets that are probes of this source and technique; where a frame is captured twice, one of both. */
  probes?: number;
  /** Distinct addresses and ports asked. */
  hosts?: number;
  ports?: string;
  closed?: number;
  unfiltered?: number;
  /** Hosts that answered a sweep. */
  alive?: number;
  /** Sources of one finding. */
  sources?: number;
  /** Campaigns of the source, as one finding that tells them apart or as one finding each. */
  campaigns?: number;
  /** Seconds since 1970 of the first and last probe, to a tenth. */
  first_seen?: number;
  last_seen?: number;
  /** The address that the same scan bears on the other side of a translation. */
  translated?: string;
}

export interface LabelledCapture {
  name: string;
  file: string;
  wanted: Wanted[];
  /** Addresses that may be named besides: zombies and decoys. */
  allowed: ReadonlySet<string>;
  /** `address technique` that may be found besides what is wanted; nothing else when present. */
  may?: string[] | undefined;
  /** Threshold of the caller for whom this is expected. */
  minPorts?: number | undefined;
}

interface ExpectedFile {
  suspects: Wanted[];
  may?: string[];
  min_ports?: number;
  /** True when all findings are named, not only all addresses. */
  complete?: boolean;
}

export function labelled(name: string, file: string, expectedFile: string): LabelledCapture {
  const expected = JSON.parse(readFileSync(expectedFile, 'utf8')) as ExpectedFile;
  return {
    name,
    file,
    wanted: expected.suspects,
    allowed: new Set(expected.suspects.map((one) => one.ip)),
    may: expected.complete === true ? (expected.may ?? []) : undefined,
    minPorts: expected.min_ports,
  };
}

export function ownCases(): LabelledCapture[] {
  return readdirSync(CASES)
    .sort()
    .map((name) => {
      const folder = path.join(CASES, name);
      return labelled(name, path.join(folder, 'capture.pcap'), path.join(folder, 'expected.json'));
    });
}

interface LabelEvent {
  technique: string;
  pattern: string;
  scanner: string;
  targets: string[];
  zombie?: string;
  decoys?: string[];
  tool_view?: { hosts?: Record<string, { open?: number[] }> };
  observed?: { synack?: [string, number][]; answered?: unknown };
}

/** The lab of the shared captures, in the words of the product. */
export function sharedLab(): LabelledCapture[] {
  const labels = JSON.parse(readFileSync(path.join(SHARED, 'lab', 'labels.json'), 'utf8')) as {
    captures: Record<string, { events: LabelEvent[] }>;
  };
  return Object.entries(labels.captures).map(([name, capture]) => {
    const events = capture.events.filter((event) => !event.technique.startsWith('none:'));
    return {
      name,
      file: path.join(SHARED, 'lab', name),
      wanted: events.map((event) => ({
        ip: event.scanner,
        technique: techniqueOf(event.technique),
        pattern: event.pattern,
        open: openOf(event),
        targets: event.targets.every((target) => !/[/-]/.test(target)) ? event.targets : undefined,
      })),
      allowed: new Set(
        events.flatMap((event) => [event.scanner, event.zombie ?? [], event.decoys ?? []].flat()),
      ),
    };
  });
}

/** Labels also say how: in fragments, with version detection; and an ACK scan sends what a Window scan sends. */
function techniqueOf(label: string): string {
  const word = label.replace(/-fragmented$/, '').replace(/\+.*$/, '');
  return word === 'window' ? 'ack' : word;
}

/** Open endpoints by the packets where the label counted them, else by the tool's own report. */
function openOf(event: LabelEvent): string[] | undefined {
  const seen = event.observed?.synack ?? event.observed?.answered;
  const byHost = new Map<string, Set<number>>();
  if (Array.isArray(seen)) {
    for (const [host, port] of seen as [string, number][])
      byHost.set(host, (byHost.get(host) ?? new Set()).add(port));
  } else if (event.tool_view?.hosts !== undefined && typeof seen !== 'number') {
    for (const [host, { open = [] }] of Object.entries(event.tool_view.hosts))
      if (open.length > 0) byHost.set(host, new Set(open));
  } else return undefined;
  return [...byHost].map(([host, ports]) => `${host}:${ranges([...ports])}`).sort();
}

function ranges(ports: number[]): string {
  const sorted = ports.toSorted((a, b) => a - b);
  const parts: string[] = [];
  let start = sorted[0];
  sorted.forEach((port, i) => {
    if (sorted[i + 1] === port + 1) return;
    parts.push(start === port ? `${port}` : `${start}-${port}`);
    start = sorted[i + 1];
  });
  return parts.join(',');
}

export function openSeen(suspect: Suspect): string[] {
  return suspect.answers.open.targets.map((target) => `${target.ip}:${target.ports}`).sort();
}

/** True when `ip` is the address, or lies in the network, that `wanted` names. */
export function within(ip: string, wanted: string): boolean {
  const [network = '', length] = wanted.split('/');
  if (length === undefined || ip === wanted) return ip === wanted;
  const family = network.includes(':') ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, Number(length), family);
  return list.check(ip.split('/')[0] ?? '', family);
}

export function matches(suspect: Suspect, wanted: Wanted): boolean {
  return (
    within(suspect.ip, wanted.ip) &&
    wanted.technique.split('|').includes(suspect.technique) &&
    wanted.pattern.split('|').includes(suspect.pattern) &&
    (wanted.targets === undefined || suspect.targets.some((target) => wanted.targets?.includes(target.ip)))
  );
}

/** The suspects a case is about: those of a caller who asks for as few ports as the case does. */
export function suspectsOf(report: CaptureReport, { minPorts }: LabelledCapture): readonly Suspect[] {
  return minPorts === undefined ? report.suspects : seenWith(report, minPorts);
}

/** What a caller sees who asks for so many ports, whatever the rate. */
function seenWith(report: CaptureReport, minPorts: number): Suspect[] {
  return selectSuspects(report, { minPorts, minRatePps: 1 });
}

/** What is wrong with a report, one line each; empty when nothing is. */
export function faults(report: CaptureReport, capture: LabelledCapture, select = seenWith): string[] {
  const lines: string[] = [];
  const { minPorts } = capture;
  const suspects = minPorts === undefined ? report.suspects : select(report, minPorts);
  for (const wanted of capture.wanted) {
    const found = suspects.filter((suspect) => matches(suspect, wanted));
    const [suspect] = found;
    if (suspect === undefined) lines.push(`missed ${wanted.ip} ${wanted.technique} ${wanted.pattern}`);
    else
      lines.push(
        ...differences(suspect, found, wanted).map((line) => `${wanted.ip} ${wanted.technique}: ${line}`),
      );
  }
  for (const suspect of suspects) {
    const said = `${suspect.ip} ${suspect.technique} ${suspect.pattern}: ${suspect.reasons.join('; ')}`;
    if (![...capture.allowed].some((ip) => within(suspect.ip, ip))) {
      if (capture.may?.includes(`${suspect.ip} ${suspect.technique}`) !== true) lines.push(`false: ${said}`);
    } else if (
      capture.may !== undefined &&
      !capture.may.includes(`${suspect.ip} ${suspect.technique}`) &&
      !capture.wanted.some((wanted) => matches(suspect, wanted))
    )
      lines.push(`not expected: ${said}`);
  }
  return lines;
}

/** What newer reports say besides; each may be said in one finding or by several. */
type Campaigns = { campaigns?: readonly unknown[] };

function differences(suspect: Suspect, found: readonly Suspect[], wanted: Wanted): string[] {
  const { answers } = suspect;
  const campaigns = found.reduce((sum, one: Suspect & Campaigns) => sum + (one.campaigns?.length || 1), 0);
  const tenths = (time: unknown) => (typeof time === 'number' ? Math.round(time * 10) : time);
  const seen: [keyof Wanted, unknown, unknown?][] = [
    ['open', openSeen(suspect).join(' '), wanted.open?.join(' ')],
    ['probes', suspect.probes],
    ['hosts', suspect.distinct_hosts],
    ['ports', suspect.ports],
    ['closed', answers.closed.count],
    ['unfiltered', answers.unfiltered.count],
    ['alive', answers.alive.length],
    ['sources', suspect.group?.sources.length],
    ['campaigns', campaigns],
    ['first_seen', tenths(suspect.first_seen), tenths(wanted.first_seen)],
    ['last_seen', tenths(suspect.last_seen), tenths(wanted.last_seen)],
  ];
  const lines = seen.flatMap(([name, is, expected = wanted[name]]) =>
    wanted[name] === undefined || is === expected
      ? []
      : [`${name} ${String(is)}, expected ${String(expected)}`],
  );
  if (wanted.sources !== undefined && found.length > 1) lines.push(`${found.length} findings for one scan`);
  // Quoted or in a sentence, but not as the beginning of a longer address.
  const { translated } = wanted;
  if (
    translated !== undefined &&
    !JSON.stringify(suspect)
      .split(/[^\w.:]|\.(?!\d)/)
      .includes(translated)
  )
    lines.push(`does not say that ${translated} is the same`);
  return lines;
}
