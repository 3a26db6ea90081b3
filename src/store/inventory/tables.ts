/**
 * The tables of the inventory, as kysely sees them (migration.ts makes them). Times are milliseconds since the epoch,
 * addresses 16 bytes (address-bytes.ts). What holds for a time has an interval; an observation has no row of its own.
 */
import type { Generated } from 'kysely';

interface SiteTable {
  id: Generated<number>;
  org: Generated<number>;
  uid: string;
  name: string;
  /** Counts its folds. Whoever folds raises it with the value that was read: of two at once one is refused. */
  fold_seq: Generated<number>;
  /** The look whose fold is being written in several steps; until it is done no other is begun. */
  writing: Generated<number | null>;
  /** Whose parts of it they are (fold_parts). */
  attempt: Generated<string | null>;
  /** 0, or how far a rebuild is (rebuild.ts): 1 while what was known is taken away, 2 while it is folded anew. */
  rebuilding: Generated<number>;
  /** 1 when the fold that is being written is one of a rebuild, of which nobody is told. */
  refolds: Generated<number>;
  /** Observation time of the newest look that was folded. */
  newest: Generated<number | null>;
  /** How old the knowledge of a network may grow, as JSON: {"discovery":"7d","ports":"14d"}. */
  objectives: Generated<string | null>;
}

interface NetworkTable {
  id: Generated<number>;
  site_id: number;
  first16: Uint8Array;
  last16: Uint8Array;
  name: string | null;
  kind: string | null;
  gateway: string | null;
  vantage: string | null;
  objectives: string | null;
}

/** What sources handed in, folded or waiting for it: the queue of folds, and what a rebuild is made from. */
interface LookTable {
  id: Generated<number>;
  org: Generated<number>;
  site_id: number;
  hash: string;
  kind: string;
  vantage: string;
  task_id: string | null;
  started_at: number;
  ended_at: number;
  completeness: string;
  discovery: string | null;
  degraded: string | null;
  hosts: number;
  stored_at: number;
  /** `arriving` until all its parts are there, then `waiting`, `folded`, or `refused` when the rules fail on it. */
  state: string;
  /** The site's fold_seq after it: the order in which a rebuild folds. */
  fold_no: number | null;
  folded_at: number | null;
  error: string | null;
}

/** A look as it came, deflated JSON, so many hosts to a part. Part 0 is all but the hosts. */
interface LookPartTable {
  look_id: number;
  part: number;
  body: Uint8Array;
}

/** What is still to be written of a fold that is too large for one transaction. */
interface FoldPartTable {
  look_id: number;
  /** Of two processes that prepare the same look, whose this is. */
  attempt: string;
  part: number;
  body: string;
}

interface PortSetTable {
  id: Generated<number>;
  ranges: string;
  hash: string;
  count: number;
}

interface CoverageTable {
  look_id: number;
  site_id: number;
  first16: Uint8Array;
  last16: Uint8Array;
  aspect: string;
  /** Empty where it is not about ports, as it is part of the key. */
  protocol: string;
  port_set_id: number;
  technique: string;
  at: number;
}

interface CoverageGapTable {
  look_id: number;
  first16: Uint8Array;
  last16: Uint8Array;
  aspect: string;
  why: string;
}

/** Coverage of all looks of a vantage that asked the same, taken together. */
interface AskedTable {
  site_id: number;
  vantage: string;
  first16: Uint8Array;
  last16: Uint8Array;
  aspect: string;
  protocol: string;
  port_set_id: number;
  technique: string;
  first_at: number;
  last_at: number;
  looks: number;
  look_id: number;
}

/** Freshness lives here, one row for all ports that are asked together. */
interface TestedTable {
  asset_id: number;
  addr16: Uint8Array;
  vantage: string;
  aspect: string;
  protocol: string;
  port_set_id: number;
  last_at: number;
  looks: number;
  look_id: number;
}

interface AssetTable {
  id: Generated<number>;
  org: Generated<number>;
  site_id: number;
  uid: string;
  name: string | null;
  name_source: string | null;
  class: string;
  state: string;
  criticality: string;
  is_static: number;
  owner: string | null;
  tags: string;
  vendor: string | null;
  /** Family for filters, all of it as JSON. */
  os_family: string | null;
  os: string | null;
  first_seen: number;
  last_seen: number;
  state_since: number;
  misses: number;
  seen_by: string | null;
  flags: string;
  merged_into: string | null;
  confidence: number;
  why: string | null;
  /** What the rules remember of it, as JSON. */
  memo: string | null;
  /** What users said of it, as JSON by column: no fold and no rebuild changes that. */
  fixed: Generated<string | null>;
  /** In a rebuild: 1 with all that was known of it, 2 without. 0 once it was met again. */
  stale: Generated<number>;
}

interface AssetHistoryTable {
  asset_id: number;
  field: string;
  value: string | null;
  valid_from: number;
  valid_to: number | null;
  look_id: number;
}

interface IdentifierTable {
  asset_id: number;
  site_id: number;
  type: string;
  value: string;
  detail: string;
  worth: string;
  said: string;
  first_seen: number;
  last_seen: number;
  ended_at: number | null;
}

interface AddressTable {
  site_id: number;
  addr16: Uint8Array;
  asset_id: number;
  valid_from: number;
  valid_to: number | null;
  look: string;
}

interface FingerprintTable {
  id: Generated<number>;
  hash: string;
  name: string | null;
  product: string | null;
  version: string | null;
  /** All of it, as JSON. */
  body: string;
}

/** Written on change only: when it was last confirmed is told by `tested`. */
interface ServiceTable {
  asset_id: number;
  vantage: string;
  protocol: string;
  port: number;
  site_id: number;
  word: string;
  /** Null where it is the only address that the asset has. */
  addr16: Uint8Array | null;
  fingerprint_id: number | null;
  /** Since when word and fingerprint are these. */
  since: number;
  first_open: number | null;
  changed_at: number;
  confirmed_at: number;
  /** 1 when looks asked it later than `confirmed_at` and did not confirm it (confirmed.ts). */
  lags: number;
  strong: number;
  against: number;
  /** Turns, flapping, versions seen: JSON, mostly absent. */
  more: string | null;
}

/** What was before; what is now is in `services`. */
interface ServiceHistoryTable {
  asset_id: number;
  vantage: string;
  protocol: string;
  port: number;
  valid_from: number;
  valid_to: number;
  word: string;
  fingerprint_id: number | null;
  look_id: number;
}

interface FactTable {
  asset_id: number;
  site_id: number;
  hash: string;
  type: string;
  protocol: string;
  port: number;
  body: string;
  /** Of certificates: the end of their validity. */
  expires_at: number | null;
  first_seen: number;
  last_seen: number;
  ended_at: number | null;
  told: number | null;
}

interface EventTable {
  id: Generated<number>;
  org: Generated<number>;
  uid: string;
  site_id: number;
  at: number;
  seen_at: number;
  asset_id: number | null;
  addr16: Uint8Array | null;
  protocol: string | null;
  port: number | null;
  kind: string;
  severity: string;
  before: string | null;
  after: string | null;
  rule: string;
  look_before: string | null;
  look_after: string;
  vantage: string;
  hosts: number | null;
  sample: string | null;
  dedupe_key: string;
  /** Public id of the event that sums it up. */
  part_of: string | null;
  expected: number;
  incident_id: number | null;
  /** `open`, `ack`, `accepted`, `muted`, `ignored`, `closed`. */
  state: string;
  until: number | null;
  decided_by: string | null;
  decided_at: number | null;
  reason: string | null;
  stale: Generated<number>;
}

interface IncidentTable {
  id: Generated<number>;
  uid: string;
  site_id: number;
  dedupe_key: string;
  kind: string;
  severity: string;
  opened_at: number;
  last_at: number;
  closed_at: number | null;
  /** `undone`, `accepted`, `ignored`. */
  closed_why: string | null;
  count: number;
  stale: Generated<number>;
}

interface ExpectationTable {
  id: Generated<number>;
  uid: string;
  site_id: number;
  selector: string;
  protocol: string | null;
  ports: string | null;
  product: string | null;
  effect: string;
  reason: string;
  approved_by: string;
  approved_at: number;
  expires_at: number | null;
  review_at: number | null;
  change_uid: string | null;
  removed_at: number | null;
  removed_by: string | null;
}

interface BookmarkTable {
  caller: string;
  what: string;
  event_id: number;
  at: number;
}

interface IdentityLogTable {
  id: Generated<number>;
  site_id: number;
  look_id: number;
  at: number;
  asset_uid: string | null;
  rung: string;
  body: string;
}

interface IdentityConstraintTable {
  site_id: number;
  a: string;
  b: string;
  word: string;
  made_by: string;
  made_at: number;
  reason: string;
}

interface SuppressedTable {
  look_id: number;
  subject: string;
  rule: string;
  why: string;
  count: number;
}

interface SiteMemoryTable {
  site_id: number;
  key: string;
  body: string;
}

export interface InventoryTables {
  sites: SiteTable;
  networks: NetworkTable;
  looks: LookTable;
  look_parts: LookPartTable;
  fold_parts: FoldPartTable;
  port_sets: PortSetTable;
  coverage: CoverageTable;
  coverage_gaps: CoverageGapTable;
  asked: AskedTable;
  tested: TestedTable;
  assets: AssetTable;
  asset_history: AssetHistoryTable;
  identifiers: IdentifierTable;
  addresses: AddressTable;
  fingerprints: FingerprintTable;
  services: ServiceTable;
  service_history: ServiceHistoryTable;
  facts: FactTable;
  events: EventTable;
  incidents: IncidentTable;
  expectations: ExpectationTable;
  bookmarks: BookmarkTable;
  identity_log: IdentityLogTable;
  identity_constraints: IdentityConstraintTable;
  suppressed: SuppressedTable;
  site_memory: SiteMemoryTable;
}
