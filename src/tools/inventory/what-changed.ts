import { z } from 'zod';
import { SEVERITIES } from '../../core/asset.ts';
import { defineTool } from '../call/define-tool.ts';
import { askerOf } from './asker.ts';
import { changesText } from './changes-text.ts';
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
