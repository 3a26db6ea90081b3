/** `portolan coverage`: what was looked at and what is due, and the proof of it. */
import { z } from 'zod';
import { PortolanError } from '../../core/errors.ts';
import { evidenceHtml } from '../../inventory/proof/evidence-html.ts';
import { Evidence } from '../../inventory/proof/evidence-shape.ts';
import { CoverageOutput } from '../../tools/inventory/show-coverage.ts';
import { EXIT } from '../exit-codes.ts';
import type { SessionOptions } from '../open-session.ts';
import { checkPlace, writeReport } from '../report.ts';
import { note, print, table } from '../terminal.ts';
import { ask } from './ask.ts';

const Answer = z.looseObject({ coverage: z.array(CoverageOutput), evidence: Evidence.optional() });

export interface CoverageOptions extends SessionOptions {
  site?: string;
  since?: string;
  report?: string;
  failOnOverdue?: boolean;
  json?: boolean;
}

/** @returns exit status 3 with --fail-on-overdue where a network is */
export async function coverage(options: CoverageOptions): Promise<number> {
  const { site, since, report, failOnOverdue, json, ...rest } = options;
  if (report !== undefined) {
    if (!/\.(html|json)$/.test(report))
      throw new PortolanError(
        'invalid_argument',
        `--report ${report} is no name for a report.`,
        'End it in .html for people, or in .json for programs.',
      );
    await checkPlace(report);
  }
  const args = { site, since, evidence: report !== undefined };
  return await ask(rest, 'show_coverage', args, async ({ structured, text }) => {
    const answer = Answer.parse(structured);
    if (json) print(JSON.stringify(structured, null, 2));
    else print(answer.coverage.length === 0 ? text : await inWords(answer.coverage));
    if (report !== undefined && answer.evidence) {
      const { evidence } = answer;
      await writeReport(
        pieces(report.endsWith('.html') ? evidenceHtml(evidence) : `${JSON.stringify(evidence, null, 2)}\n`),
        report,
      );
      note(`Written to ${report}.`);
    }
    return failOnOverdue && answer.coverage.some(({ overdue }) => overdue) ? EXIT.alarmed : EXIT.ok;
  });
}

async function* pieces(text: string) {
  yield text;
}

async function inWords(rows: readonly z.infer<typeof CoverageOutput>[]): Promise<string> {
  return await table(
    ['site', 'network', 'aspect', 'objective', 'addresses within', 'last look UTC', 'from', ''],
    rows.map((row) => [
      row.site,
      row.network,
      row.aspect,
      row.objective ?? 'none',
      `${row.within} of ${row.addresses}`,
      row.last_look?.slice(0, 16).replace('T', ' ') ?? 'never',
      row.vantages.join(', '),
      row.overdue ? 'overdue' : '',
    ]),
  );
}
