import { z } from 'zod';
import type { Evidence } from '../../inventory/proof/evidence-shape.ts';
import type { CoverageRow, Covered } from '../../inventory/service.ts';
import { defineTool } from '../call/define-tool.ts';
import { Since } from '../results/filter-inputs.ts';
import { coverageText } from './coverage-text.ts';

const DAYS_MS = 30 * 86_400_000;

const Row = z.strictObject({
  site: z.string(),
  network: z.string(),
  range: z.string(),
  aspect: z.string(),
  objective: z.string().optional(),
  within: z.number().int(),
  addresses: z.number().int(),
  last_look: z.string().optional(),
  vantages: z.array(z.string()),
  overdue: z.boolean(),
});
export const CoverageOutput = Row;

/** The last time that a range was asked for something, from somewhere. */
const Look = z.strictObject({
  site: z.string(),
  first: z.string(),
  last: z.string(),
  aspect: z.string(),
  ports: z.string().optional(),
  vantage: z.string(),
  at: z.string(),
});

export const showCoverage = defineTool({
  name: 'show_coverage',
  title: 'What was looked at, and what is due',
  description:
    'Of each network: how many addresses were looked at within its objective, when last, from where, and whether it is ' +
    'overdue. With evidence: looks, what was not asked, refusals, decisions and expectations of a span of time, for audits.',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  toolset: 'inventory_admin',
  scope: 'inventory:read',
  input: z.strictObject({
    site: z.string().min(1).max(64).optional().describe('Only this site.'),
    network: z
      .string()
      .min(1)
      .max(90)
      .optional()
      .describe('Also each look at this network or a part of it: 10.0.0.0/24.'),
    evidence: z.boolean().default(false).describe('The whole proof of looking, too.'),
    since: Since.optional().describe('Beginning of the evidence; 30 days ago when absent.'),
  }),
  output: z.strictObject({
    coverage: z.array(Row),
    looks: z.array(Look).optional(),
    /** As docs/inventory.md describes it. */
    evidence: z.looseObject({ title: z.string(), from: z.string(), to: z.string() }).optional(),
  }),
  async handle({ site, network, evidence, since }, { services: { inventory } }) {
    const rows = await inventory.coverage(site);
    const looks = network === undefined ? undefined : await inventory.looksOf(network, site);
    const now = Date.now();
    const from = since === undefined ? now - DAYS_MS : Date.parse(since);
    const proof = evidence ? await inventory.evidence({ site, from, to: now }) : undefined;
    return {
      structured: {
        coverage: rows.map(rowOutput),
        ...(looks ? { looks: looks.map(lookOutput) } : {}),
        ...(proof ? { evidence: proof } : {}),
      },
      text: [coverageText(rows), ...(proof ? [evidenceText(proof)] : [])].join('\n'),
    };
  },
});

function lookOutput({
  site,
  first,
  last,
  aspect,
  ports,
  vantage,
  lastAt,
}: Covered & { site: string }): z.infer<typeof Look> {
  const at = new Date(lastAt).toISOString();
  return { site, first, last, aspect, ...(ports === undefined ? {} : { ports }), vantage, at };
}

function rowOutput({ lastLook, objective, vantages, ...row }: CoverageRow): z.infer<typeof Row> {
  return {
    ...row,
    ...(objective === undefined ? {} : { objective }),
    ...(lastLook === undefined ? {} : { last_look: new Date(lastLook).toISOString() }),
    vantages: [...vantages],
  };
}

function evidenceText({ from, to, summary, refused, not_looked_at }: Evidence): string {
  const { looks, changes, undecided, expectations } = summary;
  return [
    `From ${from} to ${to}: ${looks} looks, ${changes} changes (${undecided} undecided), ${expectations} expectations.`,
    `Refused by the policy: ${refused.map(({ what }) => what).join('; ') || 'nothing'}.`,
    `Not looked at: ${not_looked_at.join('; ') || 'nothing that was asked'}.`,
    'The structured answer has all of it; `portolan coverage --report FILE.html` writes a page for people.',
  ].join('\n');
}
