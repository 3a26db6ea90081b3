import { z } from 'zod';
import type { AssetPast } from '../../inventory/service.ts';
import { defineTool } from '../call/define-tool.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import { plural } from '../results/numbers.ts';

const Span = { from: z.string(), to: z.string().optional() };
const Seen = { first_seen: z.string(), last_seen: z.string(), ended_at: z.string().optional() };

/** Spans and notes of one answer: what is older is left out, and that is said. */
const MOST_SPANS = 2000;

const Past = z.strictObject({
  asset_id: z.string(),
  owner: z.string().optional(),
  criticality: z.enum(['normal', 'high']),
  static_address: z.boolean(),
  name_source: z.string().optional(),
  flags: z.array(z.string()),
  /** Newest first. */
  ports: z.array(
    z.strictObject({
      port: z.string(),
      vantage: z.string(),
      state: z.enum(['open', 'closed', 'blocked', 'silent']),
      service: z.string().optional(),
      product: z.string().optional(),
      version: z.string().optional(),
      ...Span,
    }),
  ),
  ports_omitted: z.number().int().optional(),
  fields: z.array(z.strictObject({ field: z.string(), value: z.string().optional(), ...Span })),
  marks: z.array(
    z.strictObject({
      type: z.string(),
      value: z.string(),
      detail: z.string().optional(),
      worth: z.enum(['serial', 'key', 'card', 'weak', 'support', 'hint', 'none']),
      said: z.enum(['queried', 'third_party', 'imported']),
      ...Seen,
    }),
  ),
  facts: z.array(z.strictObject({ port: z.string(), type: z.string(), text: z.string(), ...Seen })),
  merged: z.array(z.string()),
  said: z.array(
    z.strictObject({
      /** Its id when that was said: its own, or one that was merged into it. */
      of: z.string(),
      other: z.string(),
      decision: z.enum(['one_host', 'two_hosts']),
      by: z.string(),
      at: z.string(),
      reason: z.string(),
    }),
  ),
  notes: z.array(
    z.strictObject({
      at: z.string(),
      address: z.string().optional(),
      decided_by: z.string(),
      why: z.string(),
    }),
  ),
});

export const assetHistory = defineTool({
  name: 'asset_history',
  title: 'What a host ever was',
  description:
    'All that is remembered of one host: each port with its states one after the other, names and addresses it had, marks ' +
    'it is known by and their worth, why its sightings are one host, what was merged into it. Sends nothing.',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  toolset: 'inventory_admin',
  scope: 'inventory:read',
  input: z.strictObject({
    asset: z.string().min(1).max(253).describe('Its asset_id, address, MAC or name.'),
  }),
  output: Past,
  async handle({ asset: reference }, { services }) {
    const past = await services.inventory.past(reference);
    return { structured: output(past), text: pastText(past) };
  },
});

const moment = (ms: number) => new Date(ms).toISOString();
const spanOf = ({ from, to }: { from: number; to?: number }) => ({
  from: moment(from),
  ...(to === undefined ? {} : { to: moment(to) }),
});
const seenOf = (one: { firstSeen: number; lastSeen: number; endedAt?: number }) => ({
  first_seen: moment(one.firstSeen),
  last_seen: moment(one.lastSeen),
  ...(one.endedAt === undefined ? {} : { ended_at: moment(one.endedAt) }),
});

function output({ asset, history, merged, said, notes }: AssetPast): z.infer<typeof Past> {
  const omitted = Math.max(0, history.services.length - MOST_SPANS);
  return {
    asset_id: asset.uid,
    ...(asset.owner === undefined ? {} : { owner: asset.owner }),
    criticality: asset.criticality,
    static_address: asset.static,
    ...(asset.nameSource === undefined ? {} : { name_source: asset.nameSource }),
    flags: [...asset.flags],
    ports: history.services
      .slice(0, MOST_SPANS)
      .map(({ port, protocol, vantage, word, service, ...span }) => ({
        port: `${port}/${protocol}`,
        vantage,
        state: word,
        ...(service?.name === undefined ? {} : { service: service.name }),
        ...(service?.product === undefined ? {} : { product: service.product }),
        ...(service?.version === undefined ? {} : { version: service.version }),
        ...spanOf(span),
      })),
    ...(omitted > 0 ? { ports_omitted: omitted } : {}),
    fields: history.fields.map(({ field, value, ...span }) => ({
      field,
      ...(value === undefined ? {} : { value }),
      ...spanOf(span),
    })),
    marks: asset.identifiers.map(({ type, value, detail, worth, said: how, ...seen }) => ({
      type,
      value,
      ...(detail === undefined ? {} : { detail }),
      worth,
      said: how,
      ...seenOf(seen),
    })),
    facts: asset.facts.map(({ fact, ...seen }) => ({
      port: `${fact.port}/${fact.protocol}`,
      type: fact.type,
      text: factText(fact),
      ...seenOf(seen),
    })),
    merged: [...merged],
    said: said.map(({ a, b, word, by, at, reason }) => ({
      ...pairOf(asset.uid, a, b, merged),
      decision: word === 'must' ? ('one_host' as const) : ('two_hosts' as const),
      by,
      at: moment(at),
      reason,
    })),
    notes: notes.map(({ at, address, rung, why }) => ({
      at: moment(at),
      ...(address === undefined ? {} : { address }),
      decided_by: rung,
      why,
    })),
  };
}

/** Of two that something was said of, this host and the other one: its own old id counts as another. */
function pairOf(uid: string, a: string, b: string, merged: readonly string[]): { of: string; other: string } {
  const mine = a === uid || (b !== uid && merged.includes(a));
  return mine ? { of: a, other: b } : { of: b, other: a };
}

function factText(fact: AssetPast['asset']['facts'][number]['fact']): string {
  if (fact.type === 'cert') return [fact.subject ?? '', fact.fingerprint].join(' ').trim();
  if (fact.type === 'hostkey') return `${fact.keyType} ${fact.fingerprint}`;
  return fact.text;
}

function pastText({ asset, history, merged, said, notes }: AssetPast): string {
  return [
    `${asset.uid}: ${plural(history.services.length, 'state')} of ports, ${plural(asset.identifiers.length, 'mark')}.`,
    UNTRUSTED_NOTICE,
    ...history.services
      .slice(0, 60)
      .map(
        ({ port, protocol, word, from, to }) =>
          `  ${port}/${protocol} ${word} ${moment(from)} to ${to === undefined ? 'now' : moment(to)}`,
      ),
    ...(merged.length > 0 ? [`Merged into it: ${merged.join(', ')}.`] : []),
    ...said.map(
      ({ a, b, word, by, reason }) =>
        `${by} said that ${a} and ${b} are ${word === 'must' ? 'one' : 'two'}: ${reason}`,
    ),
    ...notes.slice(0, 10).map(({ at, why }) => `  ${moment(at)} ${why}`),
  ].join('\n');
}
