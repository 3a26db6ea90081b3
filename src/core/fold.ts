/**
 * What passes between the store and the rules of the inventory when a look is folded in: all that is known of what the
 * look concerns, and what comes of it. Times are milliseconds since the epoch.
 */
import type { Asset, ChangeEvent, Suppressed } from './asset.ts';
import type { Expectation } from './expectation.ts';
import type { Aspect, MarkType } from './look.ts';
import type { Protocol } from './result.ts';

/** A part of a site whose addresses are given out in one way. Both ends included. */
export interface Network {
  first: string;
  last: string;
  name?: string;
  /** How long an address stays with its host: rule of address continuity. */
  kind?: 'dhcp' | 'static' | 'guest';
  gateway?: string;
}

/** What was asked of a range before, all looks of one vantage that asked the same taken together. */
export interface Asked {
  vantage: string;
  first: string;
  last: string;
  aspect: Aspect;
  protocol?: Protocol;
  ports?: string;
  technique?: string;
  firstAt: number;
  lastAt: number;
  looks: number;
  /** Hash of the last of these looks. */
  look: string;
}

/** When what was last asked of one asset at one address. */
export interface Tested {
  /** Public id of the asset. */
  asset: string;
  address: string;
  vantage: string;
  aspect: Aspect;
  protocol?: Protocol;
  ports?: string;
  lastAt: number;
  looks: number;
  look: string;
}

/** A user's word about two assets (public ids): one host, or two. */
export interface Constraint {
  a: string;
  b: string;
  word: 'must' | 'cannot';
}

/** Everything that is known of what a look concerns. */
export interface Known {
  site: string;
  /** Counts the folds of the site: what comes of this is taken only while it is still the same. */
  foldSeq: number;
  /** Observation time of the newest look of the site that was folded. */
  newest?: number;
  assets: readonly Asset[];
  tested: readonly Tested[];
  asked: readonly Asked[];
  networks: readonly Network[];
  constraints: readonly Constraint[];
  /** What the rules want to remember of the site, by keys of theirs. */
  memory: Readonly<Record<string, unknown>>;
  /**
   * Keys of the incidents of these assets that are open. A change that was accepted is no longer undone by the next one;
   * without the list every change counts as open.
   */
  openIncidents?: readonly string[];
  /** What is expected of the site, also what no longer holds. */
  expectations?: readonly Expectation[];
}

/** Why a sighting became this asset, for 90 days. */
export interface IdentityNote {
  at: number;
  address?: string;
  /** Public id of the asset; absent where the sighting was placed nowhere. */
  asset?: string;
  /** What decided: `mac`, `ssh_key`, `address`, `new`, `merge`, `split`, `unplaced`. */
  rung: string;
  marks: readonly { type: MarkType; value: string }[];
  /** Other assets that were thought of, and what spoke against them. */
  candidates: readonly string[];
  vetoes: readonly string[];
  why: string;
}

/** A port that one look found shut: asking once more in a minute settles it (rule R3), or verifies an import (R2). */
export interface Recheck {
  asset: string;
  address: string;
  protocol: Protocol;
  port: number;
}

/** What comes of one look. */
export interface Folded {
  /** Assets that are new or differ from what was known, whole. */
  assets: readonly Asset[];
  events: readonly ChangeEvent[];
  /** Incidents that are over, by the key of their subject and kind. */
  closed: readonly { dedupeKey: string; at: number; by?: string }[];
  suppressed: readonly Suppressed[];
  notes: readonly IdentityNote[];
  tested: readonly Omit<Tested, 'looks' | 'look'>[];
  /** Ports to be asked once more in a minute. */
  recheck?: readonly Recheck[];
  /** What is to be remembered from now on, by key; null forgets. */
  memory: Readonly<Record<string, unknown>>;
}
