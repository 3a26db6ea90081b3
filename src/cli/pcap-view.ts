/** A report on a capture for a person at a terminal. */
import type { Campaign, CaptureReport, Suspect } from '../captures/findings.ts';
import { isoTime } from '../captures/iso-time.ts';
import { SUSPECT_COLUMNS, suspectRow } from '../captures/report-table.ts';
import { captureLine } from '../captures/report-text.ts';
import { notesOf, nothingFound, openPorts } from '../captures/report-view.ts';
import { sparkline } from './pcap-sparkline.ts';
import { paint, table } from './terminal.ts';

/** Suspects that are told in words below the table. */
const DETAILED = 10;
const MAX_SOURCES = 8;
const MAX_CAMPAIGNS = 8;

export async function captureView(
  file: string,
  report: CaptureReport,
  suspects: readonly Suspect[],
): Promise<string> {
  const lines = [
    `${captureLine(file, report)}.`,
    ...notesOf(report).map((note) => paint('yellow', note)),
    '',
  ];
  if (suspects.length === 0) return [...lines, nothingFound(report)].join('\n');
  return [
    ...lines,
    await table(SUSPECT_COLUMNS, suspects.map(suspectRow)),
    '',
    ...suspects.slice(0, DETAILED).flatMap(details),
    ...(suspects.length > DETAILED ? [`${suspects.length - DETAILED} more; --json has them all.`, ''] : []),
    ...timeline(report),
  ].join('\n');
}

function details(suspect: Suspect): string[] {
  const { ip, technique, reasons, tool, packets, group, zombie, activities, campaigns } = suspect;
  const open = openPorts(suspect);
  return [
    `${paint('bold', ip)} ${technique}: ${reasons.join('; ')}`,
    `  tool: ${tool.name} (${tool.why})`,
    ...(open ? [`  answered as open: ${open}`] : []),
    ...(activities?.length ? [`  also: ${activities.join(', ')}`] : []),
    ...(group ? [`  ${group.sources.length} sources: ${listed(group.sources)}`] : []),
    ...(zombie ? [`  its probes carry the address of ${zombie}`] : []),
    ...(campaigns
      ? [`  ${campaigns.length} campaigns:`, ...campaigns.slice(0, MAX_CAMPAIGNS).map(campaignLine)]
      : []),
    `  look at packets ${packets.slice(0, 12).join(', ')}`,
    '',
  ];
}

function listed(sources: readonly string[]): string {
  const more = sources.length - MAX_SOURCES;
  return `${sources.slice(0, MAX_SOURCES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function campaignLine({ first_seen, last_seen, endpoints }: Campaign): string {
  return `    ${isoTime(first_seen)} to ${isoTime(last_seen)}: ${endpoints} endpoints`;
}

function timeline({ overview: { timeline } }: CaptureReport): string[] {
  if (timeline.probes.length === 0) return [];
  const width = Math.max(20, Math.min(100, (process.stdout.columns ?? 80) - 4));
  const end = timeline.start === null ? null : timeline.start + timeline.probes.length * timeline.bin_seconds;
  return [
    `Probes over time, ${isoTime(timeline.start) ?? '-'} to ${isoTime(end) ?? '-'}:`,
    `  ${sparkline(timeline.probes, width)}`,
  ];
}
