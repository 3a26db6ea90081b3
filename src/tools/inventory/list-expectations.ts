import { z } from 'zod';
import { defineTool } from '../call/define-tool.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import { plural } from '../results/numbers.ts';
import {
  DriftOutput,
  driftLine,
  driftOutput,
  ExpectationOutput,
  expectationOutput,
  rowLine,
} from './expectation-output.ts';

/** Entries that are put into words; all stand in the structured answer. */
const MOST_LINES = 100;

export const listExpectations = defineTool({
  name: 'list_expectations',
  title: 'What is expected, and what differs',
  description:
    'Lists what people said to expect of hosts (ports that may, must or must not be open), and where what was seen ' +
    'last differs from it, both ways. Sends nothing.',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  toolset: 'inventory_admin',
  scope: 'inventory:read',
  input: z.strictObject({
    site: z.string().min(1).max(64).optional().describe('Only this site.'),
    query: z.string().max(2000).optional().describe('Differences of these hosts alone, as find_assets asks.'),
    limit: z.number().int().min(1).max(1000).default(100).describe('Differences to list.'),
  }),
  output: z.strictObject({
    expectations: z.array(ExpectationOutput),
    hosts: z.number().int(),
    differences: z.number().int(),
    drift: z.array(DriftOutput),
  }),
  async handle({ site, query, limit }, { services: { inventory } }) {
    const [rows, found] = await Promise.all([
      inventory.expectations(site),
      inventory.drift({ query, site, limit }),
    ]);
    const more = rows.length - MOST_LINES;
    return {
      structured: {
        expectations: rows.map(expectationOutput),
        hosts: found.hosts,
        differences: found.total,
        drift: found.drift.map(driftOutput),
      },
      text: [
        rows.length === 0
          ? 'Nothing is expected yet: set_expectations says it, and accept_changes says it of single ports.'
          : `${plural(rows.length, 'entry')}, ${plural(found.hosts, 'host')} of which something was said, ${plural(found.total, 'difference')}.`,
        UNTRUSTED_NOTICE,
        ...found.drift.map(driftLine),
        ...(found.total > found.drift.length
          ? [`and ${plural(found.total - found.drift.length, 'difference')} more: a query narrows them`]
          : []),
        ...(rows.length === 0 ? [] : ['Expected:', ...rows.slice(0, MOST_LINES).map(rowLine)]),
        ...(more > 0 ? [`and ${plural(more, 'entry')} more, in the structured answer`] : []),
      ].join('\n'),
    };
  },
});
