/** What somebody has said to expect of a network. Times are milliseconds since the epoch. */
import type { Protocol } from './result.ts';

export const EFFECTS = ['allow', 'require', 'forbid'] as const;
export type Effect = (typeof EFFECTS)[number];

export interface Expectation {
  /** Public and lasting, `x_` and 16 characters. */
  uid: string;
  site: string;
  /** Which hosts: a query of the inventory, such as `tag:web net:10.0.0.0/8`. */
  selector: string;
  protocol: Protocol;
  /** `22,80,1000-1010` */
  ports: string;
  /** Only this product may be there. */
  product?: string;
  /** `allow`: may be open. `require`: must be, and may. `forbid`: must not be, whatever allows it. */
  effect: Effect;
  reason: string;
  approvedBy: string;
  approvedAt: number;
  /** After this it is as if it had not been said. */
  expiresAt?: number;
  /** The change it came from, where it did: undone with the decision about it. Such an entry speaks of its ports alone. */
  change?: string;
  /** Since when it holds no longer. It is kept: what was expected at a time can be read later, and a rebuild judges alike. */
  removedAt?: number;
}

/** An entry before it has an id. */
export type NewExpectation = Omit<Expectation, 'uid' | 'removedAt'>;
