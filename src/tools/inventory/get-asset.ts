import { z } from 'zod';
import { defineTool } from '../call/define-tool.ts';
import { Since } from '../results/filter-inputs.ts';
import { rowOf } from './asset-line.ts';
import { assetText } from './asset-text.ts';
import { AssetSummary, assetSummary, ChangeOutput, changeOutput } from './output.ts';

const Interval = { since: z.string(), confirmed: z.string() };

export const getAsset = defineTool({
  name: 'get_asset',
  title: 'One host, with its history',
  description:
    'What is remembered of one host: ports with since and confirmed, addresses it had, keys and certificates, why its ' +
    'sightings count as one host, what is expected, what changed. Sends nothing.',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  toolset: 'inventory',
  scope: 'inventory:read',
  input: z.strictObject({
    asset: z.string().min(1).max(253).describe('Its asset_id, address, MAC or name.'),
    at: Since.optional().describe('As it was at this moment, such as 2026-01-31T09:30:00Z.'),
  }),
  output: z.strictObject({
    asset: AssetSummary,
    confidence: z.number(),
    one_host_because: z.string().optional(),
    addresses: z.array(z.strictObject({ address: z.string(), from: z.string(), to: z.string().optional() })),
    ports: z.array(
      z.strictObject({
        port: z.string(),
        state: z.enum(['open', 'closed', 'blocked', 'silent']),
        vantage: z.string(),
        service: z.string().optional(),
        product: z.string().optional(),
        version: z.string().optional(),
        ...Interval,
      }),
    ),
    expected: z.array(z.string()),
    changes: z.array(ChangeOutput),
  }),
  async handle({ asset: reference, at }, { services }) {
    const view = await services.inventory.asset(reference, at === undefined ? undefined : Date.parse(at));
    const { asset, changes, expected } = view;
    const moment = (ms: number) => new Date(ms).toISOString();
    return {
      structured: {
        asset: assetSummary(rowOf(view)),
        confidence: asset.confidence,
        ...(asset.why === undefined ? {} : { one_host_because: asset.why }),
        addresses: asset.addresses.map(({ address, from, to }) => ({
          address,
          from: moment(from),
          ...(to === undefined ? {} : { to: moment(to) }),
        })),
        ports: asset.services.map(
          ({ port, protocol, word, vantage, service, changedAt, firstOpen, confirmedAt }) => ({
            port: `${port}/${protocol}`,
            state: word,
            vantage,
            ...(service?.name === undefined ? {} : { service: service.name }),
            ...(service?.product === undefined ? {} : { product: service.product }),
            ...(service?.version === undefined ? {} : { version: service.version }),
            since: moment(word === 'open' ? (firstOpen ?? changedAt) : changedAt),
            confirmed: moment(confirmedAt),
          }),
        ),
        expected: [...expected],
        changes: changes.map(changeOutput),
      },
      text: assetText(view, Date.now()),
    };
  },
});
