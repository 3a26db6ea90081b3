/** Suspects as rows of a table, for the text of an answer, the terminal, Markdown and CSV alike. */
import type { Suspect } from './findings.ts';
import { isoTime } from './iso-time.ts';

export const SUSPECT_COLUMNS = [
  'ip',
  'technique',
  'kind',
  'tool',
  'hosts',
  'ports',
  'probes',
  'rate/s',
  'first seen (UTC)',
  'open',
  'confidence',
] as const;

export function suspectRow(suspect: Suspect): string[] {
  const { ip, technique, kind, tool, distinct_hosts, distinct_ports, probes, rate_pps, answers, confidence } =
    suspect;
  return [
    suspect.role === 'scanner' ? ip : `${ip} (${suspect.role})`,
    technique,
    suspect.slow ? `${kind}, slow` : kind,
    tool.name,
    String(distinct_hosts),
    String(distinct_ports),
    String(probes),
    rate_pps < 10 ? rate_pps.toFixed(1) : rate_pps.toFixed(0),
    isoTime(suspect.first_seen)?.slice(0, 19).replace('T', ' ') ?? '-',
    String(answers.open.count),
    confidence.toFixed(2),
  ];
}

/** Columns padded to their widest cell, two spaces between. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
