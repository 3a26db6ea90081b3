/** The shapes of what is expected, and of how what is there differs from it. */
import { z } from 'zod';
import { EFFECTS } from '../../core/expectation.ts';
import { Protocol } from '../../core/result.ts';
import type { Drift } from '../../inventory/expectations/judge.ts';
import { expectationLine } from '../../inventory/expectations/words.ts';
import type { ExpectationRow } from '../../inventory/service.ts';

const moment = (ms: number) => new Date(ms).toISOString();

export const ExpectationOutput = z.strictObject({
  expectation_id: z.string(),
  site: z.string(),
  hosts: z.string(),
  ports: z.string(),
  protocol: Protocol,
  effect: z.enum(EFFECTS),
  product: z.string().optional(),
  reason: z.string(),
  approved_by: z.string(),
  approved_at: z.string(),
  until: z.string().optional(),
  /** Its time is over: it holds no longer. */
  ended: z.boolean(),
  /** The change that was accepted. */
  change_id: z.string().optional(),
});

export function expectationOutput({ entry, ended }: ExpectationRow): z.infer<typeof ExpectationOutput> {
  const { uid, site, selector, ports, protocol, effect, product, reason, expiresAt, change } = entry;
  return {
    expectation_id: uid,
    site,
    hosts: selector,
    ports,
    protocol,
    effect,
    ...(product === undefined ? {} : { product }),
    reason,
    approved_by: entry.approvedBy,
    approved_at: moment(entry.approvedAt),
    ...(expiresAt === undefined ? {} : { until: moment(expiresAt) }),
    ended,
    ...(change === undefined ? {} : { change_id: change }),
  };
}

export const rowLine = ({ entry, ended }: ExpectationRow): string =>
  `${entry.uid} ${expectationLine(entry)}${ended ? ' [ended]' : ''}`;

export const DriftOutput = z.strictObject({
  asset_id: z.string(),
  address: z.string().optional(),
  name: z.string().optional(),
  kind: z.enum(['unexpected', 'missing']),
  port: z.string(),
  expectation_id: z.string().optional(),
});

export function driftOutput({ asset, kind, port, protocol, entry }: Drift): z.infer<typeof DriftOutput> {
  const address = asset.addresses.findLast(({ to }) => to === undefined)?.address;
  return {
    asset_id: asset.uid,
    ...(address === undefined ? {} : { address }),
    ...(asset.name === undefined ? {} : { name: asset.name }),
    kind,
    port: `${port}/${protocol}`,
    ...(entry === undefined ? {} : { expectation_id: entry.uid }),
  };
}

export function driftLine(drift: Drift): string {
  const { asset_id, address, name, kind, port, expectation_id: entry } = driftOutput(drift);
  const who = [address ?? asset_id, name ?? ''].filter((word) => word !== '').join(' ');
  if (kind === 'missing') return `${who} ${port}: must be open and is not`;
  return `${who} ${port}: ${entry === undefined ? 'open and not expected' : 'open and must not be'}`;
}
