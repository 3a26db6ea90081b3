/** What a query of the inventory asks, checked word by word: the one shape for the evaluator here and for SQL. */
import type { AssetClass, AssetState, Severity } from '../asset.ts';
import type { Protocol } from '../result.ts';

export type Query = { kind: 'and' | 'or'; parts: readonly Query[] } | { kind: 'not'; part: Query } | Term;

export type Comparison = '=' | '<' | '<=' | '>' | '>=';

/** One condition on an asset. Texts are in lower case, with `*` for anything. */
export type Term =
  /** It has one open port of which all of these hold. */
  | ServiceTerm
  /** One of its addresses lies there. */
  | { kind: 'net'; first: string; last: string }
  /** `tag` and `site` as a whole, the others anywhere within. */
  | { kind: 'text'; of: TextField; text: string }
  | { kind: 'mac'; prefix: string }
  /** Its id, with its capitals: `a_` and 16 characters. */
  | { kind: 'id'; uid: string }
  | { kind: 'class'; value: AssetClass }
  | { kind: 'state'; value: AssetState }
  /** An open incident of it is of this severity. */
  | { kind: 'severity'; comparison: Comparison; value: Severity }
  /** An open incident of this kind, as `port.*`. */
  | { kind: 'incident'; text: string }
  | { kind: 'time'; of: TimeField; side: 'after' | 'before'; when: Moment }
  | { kind: 'is'; value: Quality }
  | { kind: 'has'; value: Possession }
  /** A text by itself: in a name, an address, a MAC, its maker, its system, a service or a product. */
  | { kind: 'anything'; text: string };

export interface ServiceTerm {
  kind: 'service';
  /** Any of these. */
  ports?: readonly { first: number; last: number; protocol?: Protocol }[];
  service?: string;
  product?: string;
  version?: { comparison: Comparison; text: string };
}

/** Milliseconds before now, or since the epoch. */
export type Moment = { age: number } | { at: number };

export const TEXT_FIELDS = ['site', 'name', 'vendor', 'os', 'tag'] as const;
export type TextField = (typeof TEXT_FIELDS)[number];
export const TIME_FIELDS = ['first_seen', 'last_seen', 'changed'] as const;
export type TimeField = (typeof TIME_FIELDS)[number];
export const QUALITIES = ['new', 'unexpected', 'ephemeral', 'flapping'] as const;
export type Quality = (typeof QUALITIES)[number];
export const POSSESSIONS = ['cert_expiring'] as const;
export type Possession = (typeof POSSESSIONS)[number];

/** `is:new`: first seen within a day. `has:cert_expiring`: a certificate ends within 14 days, or has ended (rule R14). */
export const NEW_MS = 86_400_000;
export const EXPIRING_MS = 14 * 86_400_000;

/** Milliseconds since the epoch. */
export const momentOf = (when: Moment, now: number) => ('at' in when ? when.at : now - when.age);

/** Whether the difference of two values is as a comparison wants it. */
export function compares(order: number, comparison: Comparison): boolean {
  switch (comparison) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return order === 0;
  }
}
