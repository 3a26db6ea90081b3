import { z } from 'zod';
import { SEVERITIES } from '../../core/asset.ts';
import type { ChangesPage } from '../../inventory/service.ts';
import { defineTool } from '../call/define-tool.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import { plural } from '../results/numbers.ts';
import { askerOf } from './asker.ts';
import { CHANGE_FORMAT, changeLine, minute } from './change-line.ts';
import { ChangeOutput, changeOutput } from './output.ts';
import { readSince } from './since.ts';

const PAGE = 30;

export const whatChanged = defineTool({
  name: 'what_changed',
  title: 'What changed on the network',
  description:
    'Confirmed changes of hosts, ports, services, keys and certificates, graver ones first, and what was not compared. ' +
    'A sleeping laptop, a lease or a port that nobody asked is no change. Sends nothing.',
  annotations: { readOnly: true, destructive: false, idempotent: false, openWorld: false },
  toolset: 'inventory',
  scope: 'inventory:read',
  input: z.strictObject({
    since: z
      .string()
      .max(96)
      .default('24h')
      .describe(
        '24h, 7d, a date, last (since you asked so before), baseline (all that is undecided), or TASK..TASK.',
      ),
    query: z
      .string()
      .max(1024)
      .optional()
      .describe('Only changes of these hosts, as in find_assets; severity: too.'),
    min_severity: z.enum(SEVERITIES).optional().describe('Least severity.'),
    unconfirmed: z.boolean().optional().describe('Differences still to be confirmed, too.'),
    cursor: z.string().max(256).optional().describe('next_cursor of the page before.'),
  }),
  output: z.strictObject({
    total: z.number().int(),
    from: z.string(),
    to: z.string(),
    changes: z.array(ChangeOutput),
    not_compared: z.array(z.string()),
    suppressed: z.array(z.strictObject({ rule: z.string(), count: z.number().int(), why: z.string() })),
    next_cursor: z.string().optional(),
  }),
  async handle({ since, query, min_severity, unconfirmed, cursor }, { services, caller }) {
    const page = await services.inventory.changes(
      {
        since: readSince(since, Date.now()),
        query,
        minSeverity: min_severity,
        unconfirmed,
        limit: PAGE,
        cursor,
      },
      askerOf(caller),
    );
    return {
      structured: {
        total: page.total,
        from: new Date(page.from).toISOString(),
        to: new Date(page.to).toISOString(),
        changes: page.changes.map(changeOutput),
        not_compared: [...page.notCompared],
        suppressed: page.suppressed.map((one) => ({ ...one })),
        ...(page.next === undefined ? {} : { next_cursor: page.next }),
      },
      text: changesText(page),
    };
  },
});

/** Also says what was not compared: no news of a network that nobody looked at is no news. */
export function changesText(page: ChangesPage): string {
  const differences = page.suppressed.reduce((sum, { count }) => sum + count, 0);
  return [
    `${plural(page.total, 'change')} between ${minute(page.from)} and ${minute(page.to)}.`,
    ...(page.changes.length > 0 ? [UNTRUSTED_NOTICE, CHANGE_FORMAT] : []),
    ...page.changes.map(changeLine),
    `Not compared: ${page.notCompared.join('; ') || 'nothing that was looked at before'}.`,
    differences > 0
      ? `${plural(differences, 'difference')} ${differences === 1 ? 'is' : 'are'} no change: ${byRule(page)}.`
      : '',
    page.next === undefined ? '' : `More: what_changed with cursor="${page.next}" and the same arguments.`,
  ]
    .filter((line) => line !== '')
    .join('\n');
}

const MOST_RULES = 4;

function byRule({ suppressed }: ChangesPage): string {
  const told = suppressed.slice(0, MOST_RULES).map(({ rule, count, why }) => `${count} by ${rule} (${why})`);
  return [...told, ...(suppressed.length > MOST_RULES ? ['…'] : [])].join(', ');
}
