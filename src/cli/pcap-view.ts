/** A report on a capture for a person at a terminal. */
import type { CaptureReport, Suspect } from '../captures/findings.ts';
import { isoTime } from '../captures/iso-time.ts';
import { SUSPECT_COLUMNS, suspectRow } from '../captures/report-table.ts';
import { captureLine } from '../captures/report-text.ts';
import { notesOf, nothingFound, openPorts } from '../captures/report-view.ts';
import { sparkline } from './pcap-sparkline.ts';
import { paint, table } from './terminal.ts';

/** Suspects that are told in words below the table. */
const DETAILED = 10;

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

function details({ ip, technique, reasons, tool, packets, ...suspect }: Suspect): string[] {
  const open = openPorts({ ip, technique, reasons, tool, packets, ...suspect });
  return [
    `${paint('bold', ip)} ${technique}: ${reasons.join('; ')}`,
    `  tool: ${tool.name} (${tool.why})`,
    ...(open ? [`  answered as open: ${open}`] : []),
    `  look at packets ${packets.slice(0, 12).join(', ')}`,
    '',
  ];
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
