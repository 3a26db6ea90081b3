/** The answer of the capture tools in plain text: one line a suspect, then the details of as many as fit. */
import { cleanField } from '../core/clean.ts';
import type { BackgroundNoise, CaptureReport, Suspect } from './findings.ts';
import { isoTime } from './iso-time.ts';
import { plainTable, SUSPECT_COLUMNS, suspectRow } from './report-table.ts';
import { cutRanges, duration, openPorts } from './report-view.ts';

/** About 2,000 tokens: tables of numbers come to some three characters a token. */
export const TEXT_BUDGET = 6000;
/** Characters of one list in the details. */
const LINE = 240;

/** `office.pcap: 12345 packets over 61.2 s, from 2026-11-20T07:00:01.000Z` */
export function captureLine(file: string, report: CaptureReport): string {
  const start = isoTime(report.first_ts);
  const span = start ? ` over ${duration(report).toFixed(1)} s, from ${start}` : '';
  return `${cleanField(file, 200)}: ${report.packets} packets${span}`;
}

/**
 * The table, and below it what each suspect learned and why it is one, within `budget` characters; `none` when there is
 * no suspect.
 */
export function suspectsText(suspects: readonly Suspect[], budget: number, none = 'No suspects.'): string {
  if (suspects.length === 0) return none;
  const table = fittingTable(suspects, budget);
  const details: string[] = [];
  const groups = new Set<string>();
  let room = budget - table.length;
  for (const suspect of suspects) {
    // Members of a group did the same: one of them speaks for all, the others tell what they learned.
    const told = suspect.group !== undefined && groups.has(suspect.group.id);
    if (told && suspect.answers.open.count === 0) continue;
    if (suspect.group) groups.add(suspect.group.id);
    const text = told ? `${suspect.ip} open: ${shorten(openPorts(suspect))}` : suspectDetails(suspect);
    if (text.length + 1 > room) break;
    room -= text.length + 1;
    details.push(text);
  }
  return [table, ...details].join('\n');
}

/** One line on the noise, and the addresses that sent most of it. */
export function backgroundText({ sources, probes, tools, listed }: BackgroundNoise): string {
  if (sources === 0) return 'Background: no probe of a known tool besides.';
  const by = Object.entries(tools).map(([tool, count]) => `${count} ${tool}`);
  const most = listed.slice(0, 5).map(({ ip, tool, ports }) => `${ip} (${tool}, ports ${ports})`);
  return `Background: ${sources} sources sent ${probes} probes that are no scan by themselves (${by.join(', ')}); most: ${most.join(', ')}.`;
}

function fittingTable(suspects: readonly Suspect[], budget: number): string {
  const lines = plainTable(SUSPECT_COLUMNS, suspects.map(suspectRow)).split('\n');
  const room = budget - '\n… and 100000 more, in the structured answer.'.length;
  let length = 0;
  const fitting = lines.filter((line) => {
    length += line.length + 1;
    return length <= room;
  });
  if (fitting.length === lines.length) return lines.join('\n');
  return [...fitting, `… and ${lines.length - fitting.length} more, in the structured answer.`].join('\n');
}

function suspectDetails(suspect: Suspect): string {
  const { ip, answers, reasons, packets, tool, same_on_the_wire: same, group, zombie, activities } = suspect;
  const alive = answers.alive.length;
  return [
    `${ip} ${suspect.technique}: ${reasons.join('; ')}`,
    ...(answers.open.count > 0 ? [`  open: ${shorten(openPorts(suspect))}`] : []),
    ...(suspect.kind === 'sweep' && alive > 0
      ? [`  hosts that answered (${alive}): ${shorten(answers.alive.join(', '))}`]
      : []),
    ...(suspect.ports ? [`  probed ports: ${cutRanges(suspect.ports, LINE)}`] : []),
    `  tool: ${tool.name} (${tool.why})`,
    ...(activities?.length ? [`  also: ${activities.join(', ')}`] : []),
    ...(same?.length ? [`  the same on the wire: ${same.join(', ')}`] : []),
    ...(group
      ? [`  ${group.id}, ${group.sources.length} sources: ${shorten(group.sources.join(', '))}`]
      : []),
    ...(zombie ? [`  probes carry the address of ${zombie}`] : []),
    ...(suspect.campaigns
      ? [
          `  campaigns: ${shorten(suspect.campaigns.map(({ first_seen, last_seen }) => `${isoTime(first_seen)} to ${isoTime(last_seen)}`).join('; '))}`,
        ]
      : []),
    `  packets: ${packets.slice(0, 8).join(', ')}`,
  ].join('\n');
}

function shorten(text: string): string {
  return text.length <= LINE ? text : `${text.slice(0, LINE)}…`;
}
