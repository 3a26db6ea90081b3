import { z } from 'zod';
import type { Suspect } from '../../captures/findings.ts';
import { backgroundText, captureLine, suspectsText, TEXT_BUDGET } from '../../captures/report-text.ts';
import { backgroundView, nothingFound, shortSuspect } from '../../captures/report-view.ts';
import type { CaptureService } from '../../captures/service.ts';
import { PortolanError } from '../../core/errors.ts';
import { defineTool, type ToolContext } from '../call/define-tool.ts';
import { raisedOf } from './empty-addresses.ts';
import { type KnownOfSuspect, knownOf } from './known-hosts.ts';
import { ANSWER_HEAD, BackgroundOutput, captureFailure, READING, SuspectOutput } from './output.ts';
import {
  analyzeFor,
  CAPTURE_ARGUMENTS,
  READS_A_FILE,
  readingOf,
  reportLink,
  whereTheRestIs,
} from './read-capture.ts';

export const listSuspects = defineTool({
  name: 'list_suspects',
  title: 'Scanners in a capture, with evidence',
  description:
    'For a packet capture: reads the file and lists each scan seen in it: who, technique, pattern, tool, what was answered (open, closed, filtered ports), ' +
    'confidence with reasons, and packet numbers to check. Slow scans are found too. Sends nothing.',
  annotations: READS_A_FILE,
  toolset: 'captures',
  scope: 'capture:read',
  input: z.strictObject({
    ...CAPTURE_ARGUMENTS,
    min_ports: z
      .number()
      .int()
      .min(1)
      .max(65_536)
      .default(10)
      .describe(
        'Fewest distinct ports (of a host) or hosts (of a port). Below 10, weaker evidence is shown too.',
      ),
    min_rate_pps: z
      .number()
      .min(0)
      .max(10_000_000)
      .optional()
      .describe(
        'Least rate within the best window, new endpoints a second. Left out, slow scans are listed as well.',
      ),
    include_background: z
      .boolean()
      .default(false)
      .describe(
        'Also sources below min_ports whose probes bear the mark of a scanner: the noise of the internet.',
      ),
    limit: z.number().int().min(1).max(100).default(20).describe('Suspects a page.'),
    cursor: z.string().max(32).optional().describe('next_cursor of the page before.'),
  }),
  output: z.strictObject({
    ...ANSWER_HEAD,
    suspects: z.array(SuspectOutput),
    background: BackgroundOutput.optional(),
    /** Suspects on all pages. */
    total: z.number().int(),
    next_cursor: z.string().optional(),
    ...READING,
  }),
  failure: captureFailure,
  async handle({ min_ports, min_rate_pps, include_background, limit, cursor, ...asked }, context) {
    const start = parseCursor(cursor);
    const kept = await analyzeFor(asked, context);
    // Behind an import: the engine comes with it, and most sessions never read a capture.
    const { selectSuspects } = await import('../../captures/analysis.ts');
    const all = selectSuspects(kept.report, { minPorts: min_ports, minRatePps: min_rate_pps });
    const page = all.slice(start, start + limit);
    const ours = await ownTasks(context.services.captures, page);
    const reading = readingOf(kept);
    const strangers = ours ? page.filter((suspect) => !ours.has(suspect)) : [];
    const [known, raised] = (await knownHosts(page, strangers, context)) ?? [];
    const shown = (suspect: Suspect) => raised?.get(suspect) ?? suspect;
    if (!known) reading.notes.push('The inventory could not be asked what was known of these hosts.');
    if (!ours) reading.notes.push('Whether one of them is a scan of our own could not be looked up.');
    const background = include_background ? backgroundView(kept.report.background) : undefined;
    const next = start + limit < all.length ? `s${start + limit}` : undefined;
    const head = [
      `${captureLine(kept.file, kept.report)}; ${all.length === 1 ? '1 suspect' : `${all.length} suspects`} (min_ports ${min_ports}${min_rate_pps === undefined ? '' : `, min_rate_pps ${min_rate_pps}`}).`,
      ...reading.notes,
      ...page.flatMap((suspect) => {
        const task = ours?.get(suspect);
        return task
          ? [`${suspect.ip} ${suspect.technique} is our own scan, task ${task}.`]
          : linesOf(known?.get(suspect));
      }),
      '',
    ].join('\n');
    const tail = [
      '',
      ...(background ? [backgroundText(background)] : []),
      ...(next
        ? [`Suspects ${start + 1} to ${start + page.length} of ${all.length}; next page: cursor "${next}".`]
        : []),
      whereTheRestIs(kept),
    ].join('\n');
    return {
      structured: {
        ok: true as const,
        generated_at: new Date().toISOString(),
        suspects: page.map((suspect) => output(shown(suspect), ours?.get(suspect), known?.get(suspect))),
        total: all.length,
        ...(background ? { background } : {}),
        ...(next ? { next_cursor: next } : {}),
        ...reading,
      },
      text: `${head}${suspectsText(page.map(shown), TEXT_BUDGET - head.length - tail.length, nothingFound(kept.report, 'No suspects.'))}${tail}`,
      links: [reportLink(kept)],
    };
  },
});

// A database that cannot be opened is no reason to say nothing about a capture.
async function ownTasks(captures: CaptureService, page: readonly Suspect[]) {
  try {
    return await captures.ownTasks(page);
  } catch (error) {
    if (error instanceof PortolanError) return undefined;
    throw error;
  }
}

/** What is known of hosts that suspects asked. Whoever may not read the inventory is not told of it here. */
async function knownHosts(
  page: readonly Suspect[],
  strangers: readonly Suspect[],
  { services, caller }: ToolContext,
): Promise<readonly [ReadonlyMap<Suspect, KnownOfSuspect>, ReadonlyMap<Suspect, Suspect>] | undefined> {
  if (!caller.scopes.has('inventory:read')) return [new Map(), new Map()];
  try {
    return [await knownOf(page, services), await raisedOf(strangers, services)];
  } catch (error) {
    if (error instanceof PortolanError) return undefined;
    throw error;
  }
}

function linesOf(known: KnownOfSuspect | undefined): string[] {
  if (!known) return [];
  const { lines, rescan } = known;
  const again = rescan && `  To verify exactly these: custom_scan with "${rescan.options} ${rescan.hosts}".`;
  return again === undefined ? lines : [...lines, again];
}

function output(
  suspect: Suspect,
  task: string | undefined,
  known: KnownOfSuspect | undefined,
): SuspectOutput {
  return {
    ...shortSuspect(suspect),
    ...(task ? { our_task: task } : {}),
    ...(known?.asset ? { our_asset: known.asset } : {}),
    ...(known && known.learntCount > 0 ? { learnt: known.learnt, learnt_count: known.learntCount } : {}),
    ...(known && known.neverAsked.length > 0 ? { never_asked: known.neverAsked } : {}),
  };
}

// A cursor is a place in a list that comes out the same each time the file is read.
function parseCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const match = /^s(\d{1,9})$/.exec(cursor);
  if (match) return Number(match[1]);
  throw new PortolanError(
    'invalid_argument',
    'cursor: this is not a cursor that list_suspects gave.',
    'Leave cursor out for the first page, then pass the next_cursor of the page before.',
  );
}
