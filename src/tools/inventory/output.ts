/** The shapes of what the inventory answers. */
import { z } from 'zod';
import { SEVERITIES } from '../../core/asset.ts';
import type { AssetRow, ChangeRow } from '../../inventory/service.ts';

const moment = (ms: number) => new Date(ms).toISOString();

export const AssetSummary = z.strictObject({
  asset_id: z.string(),
  address: z.string().optional(),
  other_addresses: z.array(z.string()).optional(),
  name: z.string().optional(),
  vendor: z.string().optional(),
  os: z.string().optional(),
  tags: z.array(z.string()).optional(),
  site: z.string(),
  state: z.enum(['present', 'absent', 'archived']),
  class: z.string(),
  first_seen: z.string(),
  last_seen: z.string(),
  open_ports: z.array(z.string()),
  /** Of lists that leave some out: how many there are. */
  open_total: z.number().int().optional(),
  /** Ports of changes that nobody has decided about. */
  new_ports: z.array(z.string()),
});
export type AssetSummary = z.infer<typeof AssetSummary>;

export function assetSummary(row: AssetRow): AssetSummary {
  const [address, ...others] = row.addresses;
  const written = ({ port, protocol }: { port: number; protocol: string }) => `${port}/${protocol}`;
  return {
    asset_id: row.uid,
    ...(address === undefined ? {} : { address }),
    ...(others.length === 0 ? {} : { other_addresses: others }),
    ...(row.name === undefined ? {} : { name: row.name }),
    ...(row.vendor === undefined ? {} : { vendor: row.vendor }),
    ...(row.os === undefined ? {} : { os: row.os.name }),
    ...(row.tags.length === 0 ? {} : { tags: [...row.tags] }),
    site: row.site,
    state: row.state,
    class: row.class,
    first_seen: moment(row.firstSeen),
    last_seen: moment(row.lastSeen),
    open_ports: row.open.map(written),
    ...(row.openPorts > row.open.length ? { open_total: row.openPorts } : {}),
    new_ports: row.fresh.map(written),
  };
}

export const ChangeOutput = z.strictObject({
  change_id: z.string(),
  at: z.string(),
  kind: z.string(),
  severity: z.enum(SEVERITIES),
  site: z.string(),
  asset_id: z.string().optional(),
  address: z.string().optional(),
  name: z.string().optional(),
  port: z.string().optional(),
  before: z.string().optional(),
  after: z.string().optional(),
  /** Of docs/inventory.md. */
  rule: z.string(),
  vantage: z.string(),
  state: z.enum(['open', 'acknowledged', 'accepted', 'muted', 'ignored', 'closed']),
  times: z.number().int(),
  /** Of a summary: how many hosts or ports it stands for, and some of them. */
  count: z.number().int().optional(),
  sample: z.array(z.string()).optional(),
  decided_by: z.string().optional(),
  reason: z.string().optional(),
  until: z.string().optional(),
});
export type ChangeOutput = z.infer<typeof ChangeOutput>;

export function changeOutput({ event, ...row }: ChangeRow): ChangeOutput {
  const { uid, at, kind, severity, site, asset, address, port, protocol, before, after, rule, vantage } =
    event;
  return {
    change_id: uid,
    at: moment(at),
    kind,
    severity,
    site,
    ...(asset === undefined ? {} : { asset_id: asset }),
    ...(address === undefined ? {} : { address }),
    ...(row.assetName === undefined ? {} : { name: row.assetName }),
    ...(port === undefined ? {} : { port: `${port}/${protocol ?? 'tcp'}` }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    rule,
    vantage,
    state: row.state,
    times: row.times,
    ...(event.count === undefined ? {} : { count: event.count }),
    ...(event.sample === undefined ? {} : { sample: [...event.sample] }),
    ...(row.decidedBy === undefined ? {} : { decided_by: row.decidedBy }),
    ...(row.reason === undefined ? {} : { reason: row.reason }),
    ...(row.until === undefined ? {} : { until: moment(row.until) }),
  };
}
