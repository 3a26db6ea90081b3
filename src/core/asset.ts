/**
 * What is remembered of a network: assets, what they offer, and what changed. These are the shapes between the
 * inventory, which decides, and the store, which keeps. Times are milliseconds since the epoch.
 */
import type { DiscoveryWay, Fact, MarkType, PortSighting, PortWord, ServiceSighting } from './look.ts';
import type { Protocol } from './result.ts';

export const SEVERITIES = ['info', 'low', 'medium', 'high'] as const;
export type Severity = (typeof SEVERITIES)[number];

export type AssetClass = 'always_on' | 'normal' | 'may_sleep' | 'ephemeral';
export type AssetState = 'present' | 'absent' | 'archived';

/**
 * One asset with all that a decision about it needs: what is missing in a list of it is taken away when it is kept. `id`
 * is the store's; of a new one it is absent until kept.
 */
export interface Asset {
  id?: number;
  /** Public and lasting, `a_` and 16 characters. */
  uid: string;
  site: string;
  name?: string;
  nameSource?: string;
  class: AssetClass;
  state: AssetState;
  criticality: 'normal' | 'high';
  /** Its address is its own for good: a move is graver (rule R12). */
  static: boolean;
  owner?: string;
  tags: readonly string[];
  vendor?: string;
  os?: { family: string; name: string; accuracy: number };
  firstSeen: number;
  lastSeen: number;
  stateSince: number;
  /** Looks in a row that covered it and did not see it. */
  misses: number;
  /** The strongest way it was ever seen by. */
  seenBy?: DiscoveryWay;
  flags: readonly AssetFlag[];
  mergedInto?: string;
  /** 0.99 two anchors, 0.95 a serial or key, 0.9 a MAC, 0.7 its own name, 0.5 an address. */
  confidence: number;
  /** Why its sightings are one host, in words: "same ssh key, new MAC". */
  why?: string;
  identifiers: readonly Identifier[];
  addresses: readonly AddressInterval[];
  services: readonly Service[];
  /** Further services, which no rule has looked at yet (core/settled.ts); absent where `services` are all. */
  settled?: SettledPorts;
  facts: readonly KeptFact[];
  memo?: AssetMemo;
}

/** What the rules remember of an asset between looks; kept as it is, nobody else reads it. */
export interface AssetMemo {
  /** Which vantages saw it, and by which way last. */
  seenFrom?: readonly { vantage: string; way: DiscoveryWay; at: number }[];
  /** On how many days a MAC that is not of a maker was seen, and the last of them. */
  days?: Readonly<Record<string, { count: number; last: number }>>;
  /** Addresses that were seen in one look: it has several, and does not move between them. */
  together?: readonly string[];
  /** Another system than the known one, guessed once (rule R13). */
  osPending?: { family: string; at: number };
  /** Confirmed turns of the host itself, missing and returned (rule R15). */
  turns?: readonly Turn[];
  flapping?: boolean;
  /** Which of its ports were filtered how, as it was confirmed, and looks in a row that saw it otherwise (rule R4). */
  filtering?: readonly Filtering[];
  /** What a subject was before its open change, so that its undoing is known (rule R19). */
  before?: Readonly<Record<string, ValueBefore>>;
  /** Ports with an open warning about the end of their certificate: `tcp/443`. */
  warned?: readonly string[];
  /** When a look last missed it: the same look twice is one miss. */
  missedAt?: number;
  /** Of a host that accepts everything: at how many ports that was seen (rule R9). */
  accepted?: number;
  /** When it was last back from silence, the last few times: what shows a sleeper (rule R5). */
  back?: readonly number[];
}

/** What a subject was before its open change. */
export interface ValueBefore {
  value: string;
  at: number;
  /** It opened an incident; otherwise it was too slight for one. */
  incident?: true;
  /** Key of the summary that it was told in (rule R16). */
  partOf?: string;
}

/** A confirmed turn of a subject: when, and which look at it that was. */
export interface Turn {
  at: number;
  look: number;
}

/** Ports that are not open, as ranges by word. */
export interface Filtering {
  vantage: string;
  protocol: Protocol;
  ports: Readonly<Partial<Record<PortWord, string>>>;
  otherwise: number;
  at: number;
}

export type AssetFlag = 'cluster' | 'router' | 'accepts_everything' | 'hypervisor';

export interface Identifier {
  type: MarkType;
  value: string;
  detail?: string;
  worth: 'serial' | 'key' | 'card' | 'weak' | 'support' | 'hint' | 'none';
  said: 'queried' | 'third_party' | 'imported';
  firstSeen: number;
  lastSeen: number;
  endedAt?: number;
}

export interface AddressInterval {
  address: string;
  from: number;
  to?: number;
  /** Hash of the look that said so. */
  look: string;
}

/** The state of one port as one kind of vantage knows it, and what is pending about it. */
export interface Service {
  /** Since when word and version are these, as it is kept; the rules leave it alone. */
  since?: number;
  vantage: string;
  protocol: Protocol;
  port: number;
  /** Confirmed. */
  word: PortWord;
  /** Where it was last open: an asset with several addresses need not offer it at all of them. */
  address?: string;
  service?: ServiceSighting;
  /** Looks in a row that spoke against `word`: those with an answer (RST), and all. */
  against: { strong: number; all: number };
  firstOpen?: number;
  changedAt: number;
  /** When a look last agreed with `word`. */
  confirmedAt: number;
  /** The last confirmed turns (rule R15), newest last. */
  turns: readonly Turn[];
  flapping?: boolean;
  /** Versions seen before, and by which look last (rule R8): several among the last looks are a variant set. */
  recent: readonly { value: string; look: number }[];
  variants?: boolean;
  /** How often it answered again after looks in which it had been silent; of UDP (rule R3). */
  lulls?: number;
}

/** Open ports of an asset of which nothing is pending. Services are given, or NotRead is thrown (core/settled.ts). */
export interface SettledPorts {
  /** Where they are open: the only address that the asset has. */
  readonly address: string | undefined;
  /** How many of them a vantage knows. */
  count(vantage: string): number;
  /** Those that a vantage knows. */
  ports(vantage: string): Iterable<Pick<Service, 'protocol' | 'port'>>;
  /** Whether any vantage knows this port as open. */
  has(protocol: Protocol, port: number): boolean;
  /** Whether a vantage knows this port as open, and its service as it is told now, if it is told at all. */
  agrees(vantage: string, told: PortSighting): boolean;
  /** Undefined where it is not among them. */
  at(vantage: string, protocol: Protocol, port: number): Service | undefined;
  all(): Service[];
}

export interface KeptFact {
  fact: Fact;
  firstSeen: number;
  lastSeen: number;
  endedAt?: number;
  /** The expiry that was told last: 14 or 0 days left. */
  told?: number;
}

/** A confirmed difference between what was known and what a look says. */
export interface ChangeEvent {
  uid: string;
  /** When it was so, and when we learnt it. */
  at: number;
  seenAt: number;
  site: string;
  /** Public id of the asset; absent where it concerns a network. */
  asset?: string;
  address?: string;
  protocol?: Protocol;
  port?: number;
  /** `port.opened`, `host.missing`, `hostkey.changed` … */
  kind: string;
  severity: Severity;
  before?: string;
  after?: string;
  /** `R3`: the rule of docs/inventory.md that made it. */
  rule: string;
  /** Hashes of the looks it lies between. */
  lookBefore?: string;
  lookAfter: string;
  vantage: string;
  /** How many hosts or ports a summary stands for, and some of them. */
  count?: number;
  sample?: readonly string[];
  /** One subject and one kind have one open incident (rule R19). */
  dedupeKey: string;
  /** False: it opens no incident, as it is knowledge, expected, undoes another change or is told in a summary. */
  incident?: false;
  /** Public id of the event that sums it up (rule R16): kept, not told by itself. */
  partOf?: string;
  /** A baseline entry or a window says that it is as it should be (rule R17). */
  expected?: true;
}

/** In the place of `lookAfter`, of what no look tells of. */
export const NO_LOOK = '';

/** A difference that is no event, and the rule that holds it back (rule R20). */
export interface Suppressed {
  look: string;
  subject: string;
  rule: string;
  count: number;
  why: string;
}
