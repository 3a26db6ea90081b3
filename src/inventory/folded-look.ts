/** What comes of folding one look, beside what the store keeps. */
import type { Folded } from '../core/fold.ts';
import type { GapReason } from '../core/look.ts';
import type { Protocol } from '../core/result.ts';

/** Something that a look did not tell of, and why. */
export interface NotCompared {
  address: string;
  last?: string;
  asset?: string;
  why: GapReason | 'downgraded' | 'degraded' | 'middlebox' | 'accepts_everything';
}

/** A port that one look found shut: asking once more in a minute settles it (rule R3), or verifies an import (R2). */
export interface Recheck {
  asset: string;
  address: string;
  protocol: Protocol;
  port: number;
}

export interface FoldedLook extends Folded {
  /** Of each sighting of the look, in its order, the asset it became. */
  placed: readonly (string | undefined)[];
  notCompared: readonly NotCompared[];
  recheck: readonly Recheck[];
}
