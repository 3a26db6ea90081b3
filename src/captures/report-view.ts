/** A report cut to what fits an answer: lists short, counts whole, times in words. */
import type { AnswerGroup, BackgroundNoise, CaptureReport, Suspect } from './findings.ts';
import { timedBackground, timedSuspect } from './report-times.ts';

/** Longest lists of one suspect in an answer; the JSON document of the report has them all. */
const TARGETS = 10;
const ALIVE = 32;
const SOURCES = 20;
/** Characters of a list of ports; of open ones more, as they are what matters. */
const PORTS = 600;
const OPEN_PORTS = 6000;
/** Known scanners named in the notes, and reasons why packets were not opened. */
const KNOWN = 10;
const REASONS = 5;

/** As the engine gives it, with long lists cut and the lengths they had. */
export function shortSuspect(suspect: Suspect) {
  const { answers, group, targets, ports, ...rest } = timedSuspect(suspect);
  return {
    ...rest,
    ports: cutRanges(ports, PORTS),
    targets: targets.slice(0, TARGETS),
    answers: {
      open: shortGroup(answers.open, OPEN_PORTS),
      closed: shortGroup(answers.closed, PORTS),
      filtered: shortGroup(answers.filtered, PORTS),
      unfiltered: shortGroup(answers.unfiltered, PORTS),
      silent: shortGroup(answers.silent, PORTS),
      alive: answers.alive.slice(0, ALIVE),
      alive_count: answers.alive.length,
    },
    ...(group
      ? { group: { ...group, sources: group.sources.slice(0, SOURCES), source_count: group.sources.length } }
      : {}),
  };
}

/** The noise with as many of its sources as an answer holds. */
export function backgroundView({ listed, ...rest }: BackgroundNoise) {
  return timedBackground({ ...rest, listed: listed.slice(0, SOURCES) });
}

function shortGroup({ count, targets }: AnswerGroup, ports: number): AnswerGroup {
  return {
    count,
    targets: targets
      .slice(0, TARGETS)
      .map((target) => ({ ip: target.ip, ports: cutRanges(target.ports, ports) })),
  };
}

/** At most `max` characters of `1-1024,3306,…`, cut between two ranges. */
export function cutRanges(ranges: string, max: number): string {
  return ranges.length <= max ? ranges : `${ranges.slice(0, ranges.lastIndexOf(',', max - 1) + 1)}…`;
}

/** What a reader must know before trusting the numbers. */
export function notesOf(report: CaptureReport): string[] {
  const { truncated, parts, captured_twice, clock = [], approximated = [], known_scanners } = report;
  return [
    ...(truncated
      ? [
          `The file is cut or damaged at byte ${truncated.offset} (${truncated.reason}): only what comes before was read.`,
        ]
      : []),
    ...(parts
      ? [`The file is ${parts} captures put together; packet numbers count on from one to the next.`]
      : []),
    ...clock,
    ...(captured_twice
      ? [`${captured_twice} probes were captured twice (the same frame within 20 ms) and are counted once.`]
      : []),
    ...approximated.map((what) => `Approximated: ${what}`),
    ...unreadNote(report),
    ...known_scanners
      .slice(0, KNOWN)
      .map(
        ({ ip, technique, probes }) =>
          `${ip} is on the list of known scanners: ${technique}, ${probes} probes.`,
      ),
    ...(known_scanners.length > KNOWN
      ? [`${known_scanners.length - KNOWN} more known scanners scanned.`]
      : []),
  ];
}

/** `1,290 of 2,431 packets are in EtherType 0x8137 (IPX): they were not opened.` */
function unreadNote({ unread_packets, packets, unread = [] }: CaptureReport): string[] {
  if (unread_packets === 0) return [];
  const share = `${grouped(unread_packets)} of ${grouped(packets)} packets`;
  const [only, ...more] = unread;
  if (only === undefined) return [`${share} were not opened.`];
  if (more.length === 0) return [`${share} are ${only.what}: they were not opened.`];
  const named = unread.slice(0, REASONS).map((one) => `${grouped(one.packets)} are ${one.what}`);
  const rest = unread.slice(REASONS).reduce((sum, one) => sum + one.packets, 0);
  const list = [...named, ...(rest > 0 ? [`${grouped(rest)} for other reasons`] : [])];
  return [`${share} were not opened: ${list.join(', ')}.`];
}

/**
 * What to say when no scan was found: `plain`, unless most of the capture was not opened, for then a scan may be in it.
 */
export function nothingFound(
  { unread_packets, packets }: CaptureReport,
  plain = 'No scan was found.',
): string {
  if (packets === 0 || unread_packets * 2 <= packets) return plain;
  if (unread_packets === packets)
    return `Whether anybody scanned cannot be told: none of the ${grouped(packets)} packets could be opened.`;
  return (
    `No scan was found in the ${grouped(packets - unread_packets)} packets that were opened, but most of this ` +
    `capture was not: ${grouped(unread_packets)} of ${grouped(packets)} packets.`
  );
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** Seconds from the first packet to the last; 0 when the capture has no times. */
export function duration({ first_ts, last_ts }: CaptureReport): number {
  return first_ts === null || last_ts === null ? 0 : Math.max(0, last_ts - first_ts);
}

/** The ports that answered as open, over all targets: `10.0.0.1: 22,80; 10.0.0.2: 443`. */
export function openPorts(suspect: Suspect): string {
  return suspect.answers.open.targets.map(({ ip, ports }) => (ports ? `${ip}: ${ports}` : ip)).join('; ');
}
