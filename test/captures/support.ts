/** What the capture tests share: reading cases and labels, and comparing a report with what is expected. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { CaptureReport, Suspect } from '../../src/captures/analysis.ts';

export const CASES = path.join(import.meta.dirname, 'cases');
/** Development captures that are not part of the repository; tests use them when they are there. */
export const SHARED = path.join(import.meta.dirname, '..', '..', '..', 'shared', 'captures');
export const haveShared = existsSync(path.join(SHARED, 'lab', 'labels.json'));

/** A scan that must be found. */
export interface Wanted {
  ip: string;
  technique: string;
  pattern: string;
  /** `address:ports` that answered as open; not looked at when absent. */
  open?: string[] | undefined;
  targets?: string[] | undefined;
}

export interface LabelledCapture {
  name: string;
  file: string;
  wanted: Wanted[];
  /** Addresses that may be named besides: zombies and decoys. */
  allowed: ReadonlySet<string>;
}

export function ownCases(): LabelledCapture[] {
  return readdirSync(CASES)
    .sort()
    .map((name) => {
      const folder = path.join(CASES, name);
      const expected = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as {
        suspects: Wanted[];
      };
      return {
        name,
        file: path.join(folder, 'capture.pcap'),
        wanted: expected.suspects,
        allowed: new Set(expected.suspects.map((one) => one.ip)),
      };
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

export function findWanted(report: CaptureReport, wanted: Wanted): Suspect | undefined {
  return report.suspects.find(
    (suspect) =>
      suspect.ip === wanted.ip &&
      suspect.technique === wanted.technique &&
      suspect.pattern === wanted.pattern &&
      (wanted.targets === undefined || suspect.targets.some((target) => wanted.targets?.includes(target.ip))),
  );
}

/** What is wrong with a report, one line each; empty when nothing is. */
export function faults(report: CaptureReport, capture: LabelledCapture): string[] {
  const lines: string[] = [];
  for (const wanted of capture.wanted) {
    const suspect = findWanted(report, wanted);
    if (suspect === undefined) lines.push(`missed ${wanted.ip} ${wanted.technique} ${wanted.pattern}`);
    else if (wanted.open !== undefined && openSeen(suspect).join(' ') !== wanted.open.join(' '))
      lines.push(
        `${wanted.ip} ${wanted.technique}: open ${openSeen(suspect).join(' ')}, expected ${wanted.open.join(' ')}`,
      );
  }
  for (const suspect of report.suspects)
    if (!capture.allowed.has(suspect.ip))
      lines.push(
        `false: ${suspect.ip} ${suspect.technique} ${suspect.pattern}: ${suspect.reasons.join('; ')}`,
      );
  return lines;
}
