/** `portolan changes` and `portolan accept`: what changed, and what was decided about it. */
import { z } from 'zod';
import { SEVERITIES, type Severity } from '../../core/asset.ts';
import { ChangeOutput } from '../../tools/inventory/output.ts';
import { EXIT } from '../exit-codes.ts';
import type { SessionOptions } from '../open-session.ts';
import { print, table, wrapped } from '../terminal.ts';
import { ask } from './ask.ts';

const Page = z.looseObject({
  total: z.number(),
  changes: z.array(ChangeOutput),
  not_compared: z.array(z.string()),
  suppressed: z.array(z.looseObject({ rule: z.string(), count: z.number(), why: z.string() })),
});

export interface ChangesOptions extends SessionOptions {
  since?: string;
  query?: string;
  severity?: Severity;
  unconfirmed?: boolean;
  explain?: boolean;
  failOn?: Severity;
  json?: boolean;
}

/** @returns exit status 3 with --fail-on where something as grave is open */
export async function changes(options: ChangesOptions): Promise<number> {
  const { since, query, severity, unconfirmed, failOn } = options;
  const { json, ...rest } = options;
  return await ask(
    rest,
    'what_changed',
    { since, query, min_severity: severity, unconfirmed },
    async ({ structured }) => {
      const page = Page.parse(structured);
      print(json ? JSON.stringify(structured, null, 2) : await inWords(page, options.explain === true));
      return grave(page.changes, failOn) ? EXIT.alarmed : EXIT.ok;
    },
  );
}

function grave(found: readonly ChangeOutput[], least: Severity | undefined): boolean {
  if (least === undefined) return false;
  return found.some(
    ({ severity, state }) => state === 'open' && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least),
  );
}

async function inWords(page: z.infer<typeof Page>, explain: boolean): Promise<string> {
  const differences = page.suppressed.reduce((sum, { count }) => sum + count, 0);
  const shown = await table(
    ['change', 'severity', 'what', 'where', 'from → to', 'when UTC', 'state'],
    page.changes.map((change) => [
      change.change_id,
      change.severity,
      change.kind,
      [change.address ?? '', change.name ?? '', change.port ?? ''].filter((word) => word !== '').join(' '),
      change.before === undefined && change.after === undefined
        ? ''
        : `${change.before ?? 'nothing'} → ${change.after ?? 'nothing'}`,
      change.at.slice(0, 16).replace('T', ' '),
      change.state,
    ]),
  );
  return [
    page.changes.length === 0 ? 'No change.' : shown,
    wrapped(`Not compared: ${page.not_compared.join('; ') || 'nothing that was looked at before'}.`, 2),
    `${differences} differences are no change${explain || differences === 0 ? '.' : ': --explain lists them.'}`,
    ...(explain ? page.suppressed.map(({ rule, count, why }) => `  ${rule}: ${count} × ${why}`) : []),
  ].join('\n');
}

export interface AcceptOptions extends SessionOptions {
  decision?: string;
  until?: string;
  reason?: string;
  json?: boolean;
}

export async function accept(ids: readonly string[], options: AcceptOptions): Promise<number> {
  const { decision = 'accept', until, reason } = options;
  return await ask(options, 'accept_changes', { changes: ids, decision, until, reason }, ({ text }) => {
    print(text);
    return EXIT.ok;
  });
}
