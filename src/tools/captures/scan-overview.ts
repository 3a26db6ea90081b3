import { z } from 'zod';
import type { OverviewNumbers } from '../../captures/findings.ts';
import { plainTable } from '../../captures/report-table.ts';
import { captureLine, suspectsText, TEXT_BUDGET } from '../../captures/report-text.ts';
import { withStart } from '../../captures/report-times.ts';
import { duration, nothingFound } from '../../captures/report-view.ts';
import { defineTool } from '../call/define-tool.ts';
import { ANSWER_HEAD, captureFailure, IsoTime, READING } from './output.ts';
import {
  analyzeFor,
  CAPTURE_ARGUMENTS,
  READS_A_FILE,
  readingOf,
  reportLink,
  whereTheRestIs,
} from './read-capture.ts';

/** Longest timeline in an answer; the JSON report has it in full. */
const MAX_BINS = 200;

export const scanOverview = defineTool({
  name: 'scan_overview',
  title: 'Who scanned in a capture, in numbers',
  description:
    'For a packet capture (pcap, pcapng): reads the file and tells in numbers who scanned, whom, which ports and with ' +
    'which techniques. Start here with a capture; list_suspects then gives the evidence. Only detected scans count: busy ' +
    'clients and floods do not. Sends nothing. For scans that were run here use list_tasks and get_task_result.',
  annotations: READS_A_FILE,
  toolset: 'captures',
  scope: 'capture:read',
  input: z.strictObject({
    ...CAPTURE_ARGUMENTS,
    time_window_s: z
      .number()
      .min(0.1)
      .max(86_400)
      .default(60)
      .describe('Length in seconds of the slices in which probes are counted over time.'),
    top_k: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(20)
      .describe('Longest list of scanners, targets and ports.'),
  }),
  output: z.strictObject({
    ...ANSWER_HEAD,
    overview: z.strictObject({
      file: z.string(),
      total_pkts: z.number().int(),
      /** Seconds from the first packet to the last. */
      interval_s: z.number(),
      scanners: z.array(
        z.strictObject({
          ip: z.string(),
          pkts: z.number().int(),
          probes: z.number().int(),
          distinct_ports: z.number().int(),
          distinct_hosts: z.number().int(),
          flag_stats: z.record(z.string(), z.number().int()),
        }),
      ),
      targets: z.array(
        z.strictObject({ ip: z.string(), pkts: z.number().int(), ports_hit: z.number().int() }),
      ),
      port_distribution: z.array(z.strictObject({ port: z.number().int(), hits: z.number().int() })),
      suspected_patterns: z.array(z.string()),
      /** Lengths of the three lists before top_k. */
      totals: z.strictObject({
        scanners: z.number().int(),
        targets: z.number().int(),
        ports: z.number().int(),
      }),
      /** New endpoints probed in each slice; `window_s` is longer than asked where a slice cannot be shorter. */
      timeline: z.strictObject({
        start: z.number().nullable(),
        start_iso: IsoTime,
        window_s: z.number(),
        probes: z.array(z.number()),
      }),
    }),
    ...READING,
  }),
  failure: captureFailure,
  async handle({ time_window_s, top_k, ...asked }, context) {
    const kept = await analyzeFor(asked, context);
    const { file, report } = kept;
    const { scanners, targets, port_distribution, suspected_patterns, timeline } = report.overview;
    const overview = {
      file,
      total_pkts: report.packets,
      interval_s: Number(duration(report).toFixed(6)),
      scanners: scanners.slice(0, top_k).map(({ flag_stats, ...scanner }) => ({
        ...scanner,
        flag_stats: { SYN: 0, FIN: 0, NULL: 0, XMAS: 0, ...flag_stats },
      })),
      targets: targets.slice(0, top_k),
      port_distribution: port_distribution.slice(0, top_k),
      suspected_patterns,
      totals: { scanners: scanners.length, targets: targets.length, ports: port_distribution.length },
      timeline: withStart(slices(timeline, time_window_s)),
    };
    const reading = readingOf(kept);
    const lines = [
      `${captureLine(file, report)}; ${scanners.length === 1 ? '1 scanning address' : `${scanners.length} scanning addresses`}${suspected_patterns.length > 0 ? `: ${suspected_patterns.join(', ')}` : ''}.`,
      ...reading.notes,
      ...(targets.length > 0
        ? ['', 'Targets:', plainTable(['ip', 'packets', 'ports hit'], targetRows(targets))]
        : []),
      ...(port_distribution.length > 0
        ? [
            '',
            `Ports probed most: ${port_distribution
              .slice(0, 15)
              .map(({ port, hits }) => `${port} (${hits})`)
              .join(', ')}`,
          ]
        : []),
      '',
    ].join('\n');
    const rest = `\n${whereTheRestIs(kept)}`;
    const table = suspectsText(
      report.suspects.slice(0, 15),
      TEXT_BUDGET - lines.length - rest.length,
      nothingFound(report, 'No suspects.'),
    );
    return {
      structured: { ok: true as const, generated_at: new Date().toISOString(), overview, ...reading },
      text: `${lines}${table}${rest}`,
      links: [reportLink(kept)],
    };
  },
});

function targetRows(targets: OverviewNumbers['targets']): string[][] {
  return targets.slice(0, 10).map(({ ip, pkts, ports_hit }) => [ip, String(pkts), String(ports_hit)]);
}

/** The engine's bins put together to slices of at least `seconds`, and no more than {@link MAX_BINS}. */
function slices({ start, bin_seconds, probes }: OverviewNumbers['timeline'], seconds: number) {
  if (!(bin_seconds > 0)) return { start, window_s: seconds, probes };
  const perSlice = Math.max(1, Math.round(seconds / bin_seconds), Math.ceil(probes.length / MAX_BINS));
  const sums: number[] = [];
  for (let at = 0; at < probes.length; at += perSlice) {
    sums.push(probes.slice(at, at + perSlice).reduce((sum, count) => sum + count, 0));
  }
  return { start, window_s: bin_seconds * perSlice, probes: sums };
}
