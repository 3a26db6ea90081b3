/** The whole report of a capture as a document: JSON, Markdown to read, CSV for a spreadsheet. */

import { cleanField } from '../core/clean.ts';
import { csvRows } from '../core/csv.ts';
import type { CaptureReport, Suspect } from './findings.ts';
import { isoTime } from './iso-time.ts';
import { SUSPECT_COLUMNS, suspectRow } from './report-table.ts';
import { captureLine } from './report-text.ts';
import { timedReport } from './report-times.ts';
import { notesOf, nothingFound, openPorts } from './report-view.ts';

export interface ReportDocument {
  mimeType: string;
  title: string;
  write: (file: string, report: CaptureReport, generatedAt: string) => string | Promise<string>;
}

export const CAPTURE_DOCUMENTS = {
  md: { mimeType: 'text/markdown', title: 'Report to read', write: markdownReport },
  json: { mimeType: 'application/json', title: 'Report as JSON', write: jsonReport },
  csv: { mimeType: 'text/csv', title: 'Suspects as a table', write: csvReport },
} as const satisfies Record<string, ReportDocument>;

/** Everything the analysis gave, each time in words as well. A damaged file says `truncated: true` and the `offset` of the damage in bytes. */
export function jsonReport(file: string, report: CaptureReport, generatedAt: string): string {
  // What is below the thresholds is shown where it is asked for, among the suspects.
  const { truncated, faint: _, ...rest } = timedReport(report);
  const document = {
    ok: true,
    generated_at: generatedAt,
    file: cleanField(file),
    ...(truncated ? { truncated: true, offset: truncated.offset, damage: truncated.reason } : {}),
    ...rest,
  };
  return `{\n${Object.entries(document).map(jsonMember).join(',\n')}\n}\n`;
}

// One line a member and one a suspect: readable, and a third of the size that indenting gives.
function jsonMember([name, value]: [string, unknown]): string {
  const items = Array.isArray(value) ? value.map((item) => `\n    ${JSON.stringify(item)}`) : undefined;
  return `  ${JSON.stringify(name)}: ${items?.length ? `[${items.join(',')}\n  ]` : JSON.stringify(value)}`;
}

export function markdownReport(file: string, report: CaptureReport, generatedAt: string): string {
  const { scanners, port_distribution, suspected_patterns } = report.overview;
  return [
    `# Who scanned: ${inline(cleanField(file, 200))}`,
    '',
    `- ${inline(captureLine(file, report))}`,
    `- Suspects: ${report.suspects.length}, patterns: ${inline(suspected_patterns.join(', ') || 'none')}`,
    `- Written: ${generatedAt}`,
    ...notesOf(report).map((note) => `- ${inline(note)}`),
    '',
    ...(report.suspects.length > 0
      ? table(SUSPECT_COLUMNS, report.suspects.map(suspectRow))
      : [nothingFound(report)]),
    '',
    ...report.suspects.flatMap(suspectSection),
    ...(scanners.length > 0 ? ['## Ports probed most', ''] : []),
    ...(scanners.length > 0
      ? table(
          ['port', 'hits'],
          port_distribution.slice(0, 20).map(({ port, hits }) => [String(port), String(hits)]),
        )
      : []),
    '',
  ].join('\n');
}

function suspectSection(suspect: Suspect): string[] {
  const open = openPorts(suspect);
  return [
    `## ${inline(`${suspect.ip}: ${suspect.technique}, ${suspect.kind}`)}`,
    '',
    ...suspect.reasons.map((reason) => `- ${inline(reason)}`),
    `- Tool: ${inline(`${suspect.tool.name} (${suspect.tool.why})`)}`,
    `- Seen: ${isoTime(suspect.first_seen) ?? 'no time'} to ${isoTime(suspect.last_seen) ?? 'no time'}`,
    ...(suspect.ports ? [`- Probed ports: ${inline(suspect.ports)}`] : []),
    ...(open ? [`- Answered as open: ${inline(open)}`] : []),
    `- Packets: ${suspect.packets.join(', ')}`,
    '',
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(inline).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)];
}

/** CommonMark: every ASCII punctuation may be written behind a backslash, and then means itself. */
function inline(text: string): string {
  return cleanField(text, Number.POSITIVE_INFINITY).replace(/[\\`*_{}[\]<>()#+!|~&]/g, '\\$&');
}

/** One row a suspect. */
export async function csvReport(_file: string, report: CaptureReport): Promise<string> {
  const head = [...SUSPECT_COLUMNS, 'last seen (UTC)', 'probed ports', 'open ports', 'reasons', 'packets'];
  const rows = report.suspects.map((suspect) => [
    ...suspectRow(suspect),
    isoTime(suspect.last_seen)?.slice(0, 19).replace('T', ' ') ?? '-',
    suspect.ports,
    openPorts(suspect),
    suspect.reasons.join('; '),
    suspect.packets.join(' '),
  ]);
  return await csvRows([head, ...rows]);
}
