/** What is remembered, as callers ask for it. Times are milliseconds since the epoch. */
import type { Asset, AssetClass, AssetState, ChangeEvent, Severity } from '../core/asset.ts';
import type { AssetOrder, Counted } from '../core/asset-list.ts';
import type { Expectation, NewExpectation } from '../core/expectation.ts';
import type { IdentityNote } from '../core/fold.ts';
import type { Look } from '../core/look.ts';
import type { Protocol } from '../core/result.ts';
import type { ServiceCount } from '../store/inventory/asset-counts.ts';
import type { AssetHistory } from '../store/inventory/asset-history.ts';
import type { AssetEdit, Covered } from '../store/inventory/site-reads.ts';
import type { Found } from './ask-empty.ts';
import type { DayCount } from './count-days.ts';
import type { Drift } from './expectations/judge.ts';
import type { Learnt, OpenAnswer } from './learnt.ts';
import type { Evidence } from './proof/evidence-shape.ts';

/** Which hosts are meant. */
export interface Chosen {
  /** In the language of docs/inventory.md; all when absent. */
  query?: string | undefined;
  site?: string | undefined;
}

export interface AssetsAsk {
  /** In the language of docs/inventory.md; all assets when absent. */
  query?: string | undefined;
  site?: string | undefined;
  limit: number;
  /** By the order in which they were met first when absent. */
  order?: AssetOrder | undefined;
  cursor?: string | undefined;
}

export interface AssetPage {
  /** Assets that match, on all pages. */
  total: number;
  assets: readonly AssetRow[];
  /** Ports open on most of them, and on how many: of the first page alone. */
  commonest?: readonly { protocol: string; port: number; hosts: number }[];
  next?: string;
}

/** An asset as a list tells it. */
export interface AssetRow {
  uid: string;
  site: string;
  name?: string;
  vendor?: string;
  os?: NonNullable<Asset['os']>;
  tags: readonly string[];
  class: AssetClass;
  state: AssetState;
  firstSeen: number;
  lastSeen: number;
  /** Those it has now. */
  addresses: readonly string[];
  /** Open from anywhere, by number; the first of {@link openPorts}. */
  open: readonly { protocol: Protocol; port: number }[];
  openPorts: number;
  /** Those of them that opened lately and that nobody has decided about. */
  fresh: readonly { protocol: Protocol; port: number }[];
}

export const DECISIONS = ['accept', 'acknowledge', 'mute', 'ignore', 'undo'] as const;
export type Decision = (typeof DECISIONS)[number];

export type ChangeState = 'open' | 'acknowledged' | 'accepted' | 'muted' | 'ignored' | 'closed';

/** A change with what was decided about it. */
export interface ChangeRow {
  event: ChangeEvent;
  state: ChangeState;
  /** How often it was seen while it was open (rule R19). */
  times: number;
  decidedBy?: string;
  reason?: string;
  /** End of a decision. */
  until?: number;
  /** Name of its asset, where it has one. */
  assetName?: string;
}

export interface CountsAsk extends Chosen {
  by: readonly Counted[];
  /** Of these services, which are counted one by one. */
  services?: { port?: { protocol: Protocol; port: number }; product?: string } | undefined;
  /** Changes of the last days as well, by day of a time zone. */
  changes?: { days: number; zone: string } | undefined;
  /** Values of each. */
  limit: number;
}

export interface Counts {
  total: number;
  counts: readonly { by: Counted; values: readonly { value: string; hosts: number }[] }[];
  services?: readonly ServiceCount[];
  /** The oldest day first. */
  changes?: readonly DayCount[];
}

/** What an asset ever was, and why it is one. */
export interface AssetPast {
  asset: Asset;
  history: AssetHistory;
  /** Ids of what was merged into it. */
  merged: readonly string[];
  /** What users said of it and others. */
  said: readonly { a: string; b: string; word: 'must' | 'cannot'; by: string; at: number; reason: string }[];
  /** Which mark led where, newest first. */
  notes: readonly IdentityNote[];
}

export interface AssetView {
  asset: Asset;
  changes: readonly ChangeRow[];
  /** In words: what is expected of it. */
  expected: readonly string[];
  /** The state is that of this moment, not of now. */
  asOf?: number;
}

/** Since when: a moment, the caller's bookmark, the time between two tasks, or all that nobody has decided about. */
export type Since =
  | { kind: 'moment'; at: number }
  | { kind: 'last' }
  | { kind: 'tasks'; before: string; after: string }
  | { kind: 'baseline' };

export interface ChangesAsk {
  since: Since;
  query?: string | undefined;
  minSeverity?: Severity | undefined;
  /** Differences that are not confirmed yet, too. */
  unconfirmed?: boolean | undefined;
  limit: number;
  cursor?: string | undefined;
}

export interface ChangesPage {
  total: number;
  from: number;
  to: number;
  changes: readonly ChangeRow[];
  /** What could not be compared, in words: "10.0.2.0/24 (last look 9 days ago)". */
  notCompared: readonly string[];
  /** Differences that are no change, by rule. */
  suppressed: readonly { rule: string; count: number; why: string }[];
  next?: string;
}

export interface TaskChanges {
  total: number;
  /** The gravest. */
  changes: readonly ChangeRow[];
}

export interface DecisionAsk {
  changes: readonly string[];
  decision: Decision;
  /** End of an acceptance or a mute. */
  until?: number | undefined;
  reason?: string | undefined;
}

export interface Decided {
  changes: readonly ChangeRow[];
  /** What is expected from now on, in words. */
  expected: readonly string[];
}

/** How far a network is looked at as often as it should be. */
export interface CoverageRow {
  site: string;
  network: string;
  /** Its addresses, as `10.0.0.0/24`: a network may have a name. */
  range: string;
  /** `host`, `port` … and how old a look of it may be, as `7d`. */
  aspect: string;
  objective?: string;
  /** Addresses within the objective, of all. */
  within: number;
  addresses: number;
  lastLook?: number;
  vantages: readonly string[];
  overdue: boolean;
}

/** What somebody said to expect, with whether its time is over. */
export interface ExpectationRow {
  entry: Expectation;
  ended: boolean;
}

/** Single entries, or all that is open now on hosts that a query matches. */
export type ExpectAsk =
  | {
      site?: string | undefined;
      entries: readonly Omit<NewExpectation, 'site' | 'approvedBy' | 'approvedAt'>[];
    }
  | { present: string; site?: string | undefined; reason: string; expiresAt?: number | undefined };

export interface DriftAsk extends Chosen {
  limit: number;
}

/** What people say of a host; null takes a name or an owner back. */
export type { ServiceCount } from '../store/inventory/asset-counts.ts';
export type { AssetEdit, Covered } from '../store/inventory/site-reads.ts';

export interface ConstraintAsk {
  a: string;
  b: string;
  /** `must`: one host. `cannot`: two. `forget`: whatever was said of them. */
  word: 'must' | 'cannot' | 'forget';
  reason: string;
}

export interface DriftPage {
  total: number;
  /** Of which something was said. */
  hosts: number;
  drift: readonly Drift[];
}

export interface EvidenceAsk {
  /** That of the configuration when absent. */
  site?: string | undefined;
  from: number;
  to: number;
}

/** Who asks: whose bookmark, and who decides. */
export interface Asker {
  id: string;
  name: string;
  /** May decide about changes of high severity. */
  mayApprove: boolean;
}

export interface InventoryService {
  assets(ask: AssetsAsk): Promise<AssetPage>;
  /**
   * @param reference an id, an address, a MAC or a name
   * @throws PortolanError `asset_not_found`; `invalid_argument` when several assets answer to it
   */
  asset(reference: string, at?: number): Promise<AssetView>;
  /** Moves the caller's bookmark when it asks since `last` and has been given the last page. */
  /** How many hosts have what in common. */
  counts(ask: CountsAsk): Promise<Counts>;
  /** @throws PortolanError as {@link asset} */
  past(reference: string): Promise<AssetPast>;
  changes(ask: ChangesAsk, asker: Asker): Promise<ChangesPage>;
  /** What changed with one scan; undefined while it is not in the inventory (yet). */
  changesOfTask(task: string, limit: number): Promise<TaskChanges | undefined>;
  coverage(site?: string): Promise<readonly CoverageRow[]>;
  /** What was asked of a network or a part of it, each with when last. @throws PortolanError for what is no network */
  looksOf(network: string, site?: string): Promise<readonly (Covered & { site: string })[]>;
  /** Proof of looking, of one site. */
  evidence(ask: EvidenceAsk): Promise<Evidence>;
  /** @throws PortolanError `change_not_found`; `needs_approval` for high severity without the right to approve */
  decide(ask: DecisionAsk, asker: Asker): Promise<Decided>;
  expectations(site?: string): Promise<readonly ExpectationRow[]>;
  /** @throws PortolanError `needs_approval` without the right to approve; `invalid_argument` */
  expect(ask: ExpectAsk, asker: Asker): Promise<readonly ExpectationRow[]>;
  /** @returns how many of them held until now */
  unexpect(uids: readonly string[], asker: Asker): Promise<number>;
  drift(ask: DriftAsk): Promise<DriftPage>;
  /** All that match, one at a time; those that are archived only when they are wanted too. */
  eachAsset(chosen: Chosen & { archived?: boolean | undefined }): AsyncIterable<Asset>;
  /** Their changes, oldest first. */
  eachChange(chosen: Chosen): AsyncIterable<ChangeRow>;
  /** What somebody who scanned us learnt of hosts of our site, held against what we knew before that time. */
  learnt(answers: readonly OpenAnswer[], before: number): Promise<readonly Learnt[]>;
  /** Which of our hosts had each address at a time. */
  holders(asked: readonly { address: string; at: number }[]): Promise<ReadonlyMap<string, Asset>>;
  /** Of addresses that our looks covered in the week before a time: whether somebody was there. */
  found(addresses: readonly string[], before: number): Promise<ReadonlyMap<string, Found>>;
  /** Keeps looks, and resolves when they have been folded. @returns how many were new */
  handIn(looks: AsyncIterable<Look> | Iterable<Look>): Promise<number>;
  /** What people say of a host holds against what is seen of it. @throws PortolanError as {@link asset} */
  edit(reference: string, edit: AssetEdit): Promise<AssetView>;
  /**
   * Says that two are one host, that they are not, or takes that back. The next look, and a rebuild, obey.
   * @throws PortolanError as {@link asset}; `invalid_argument` for one host or two sites
   */
  constrain(ask: ConstraintAsk, asker: Asker): Promise<readonly [Asset, Asset]>;
}
