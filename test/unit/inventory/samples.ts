/** Things of the inventory to make tests of. */
import type { Asset, ChangeEvent, Service } from '../../../src/core/asset.ts';
import type { AssetRow, ChangeRow } from '../../../src/inventory/service.ts';
import { rowOf } from '../../../src/tools/inventory/asset-line.ts';

export const HOUR = 3_600_000;
export const NOW = Date.parse('2026-11-29T12:00:00Z');

export const service = (port: number, over: Partial<Service> = {}): Service => ({
  vantage: 'local',
  protocol: 'tcp',
  port,
  word: 'open',
  against: { strong: 0, all: 0 },
  changedAt: NOW - 48 * HOUR,
  confirmedAt: NOW - 2 * HOUR,
  turns: [],
  recent: [],
  ...over,
});

export const asset = (over: Partial<Asset> = {}): Asset => ({
  uid: 'a_0123456789abcdef',
  site: 'default',
  name: 'db2.corp',
  vendor: 'Dell',
  class: 'normal',
  state: 'present',
  criticality: 'normal',
  static: false,
  tags: [],
  firstSeen: NOW - 96 * HOUR,
  lastSeen: NOW - 2 * HOUR,
  stateSince: NOW - 96 * HOUR,
  misses: 0,
  flags: [],
  confidence: 0.9,
  why: 'same MAC',
  identifiers: [],
  addresses: [{ address: '10.0.1.7', from: NOW - 96 * HOUR, look: 'h1' }],
  services: [service(5432), service(22), service(80, { word: 'closed' })],
  facts: [],
  ...over,
});

export const change = (over: Partial<ChangeEvent> = {}, row: Partial<ChangeRow> = {}): ChangeRow => ({
  event: {
    uid: 'c_1a2b3c4d',
    at: NOW - HOUR,
    seenAt: NOW,
    site: 'default',
    asset: 'a_0123456789abcdef',
    address: '10.0.1.7',
    protocol: 'tcp',
    port: 9200,
    kind: 'port.opened',
    severity: 'high',
    before: 'closed',
    after: 'open',
    rule: 'R2',
    lookAfter: 'h2',
    vantage: 'local',
    dedupeKey: 'k',
    ...over,
  },
  state: 'open',
  times: 1,
  assetName: 'db2.corp',
  ...row,
});

/** The same asset as a list tells it. */
export const row = (of: Asset = asset(), changes: ChangeRow[] = []): AssetRow =>
  rowOf({ asset: of, changes });
