/** What comes of folding one look, beside what the store keeps. */
import type { Folded, Recheck } from '../core/fold.ts';
import type { GapReason } from '../core/look.ts';

/** Something that a look did not tell of, and why. */
export interface NotCompared {
  address: string;
  last?: string;
  asset?: string;
  why: GapReason | 'downgraded' | 'degraded' | 'middlebox' | 'accepts_everything';
}

export interface FoldedLook extends Folded {
  /** Of each sighting of the look, in its order, the asset it became. */
  placed: readonly (string | undefined)[];
  notCompared: readonly NotCompared[];
  recheck: readonly Recheck[];
}
