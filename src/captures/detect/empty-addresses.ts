/** Who asks addresses at which nobody is does not know whom it wants: nobody has business there. */
import type { Suspect } from '../findings.ts';

/** What a site knew, when a suspect began, of the addresses that it asked. */
export interface EmptyAddresses {
  /** Addresses that had been looked at lately, and how many of them were empty. */
  looked: number;
  empty: number;
  /** When the last of the empty ones was looked at, ms since the epoch. */
  lastLook: number;
}

/** One or two may be a typing error, or a machine that was taken away. */
const FEWEST = 3;
/** How much of the doubt is gone where all of them are empty. */
const MOST = 0.5;

/** The suspect with more confidence and the reason for it; as it was where that says nothing. */
export function raisedByEmpty(suspect: Suspect, { looked, empty, lastLook }: EmptyAddresses): Suspect {
  if (empty < FEWEST) return suspect;
  const doubt = (1 - suspect.confidence) * (1 - (MOST * empty) / looked);
  return {
    ...suspect,
    confidence: Math.round((1 - doubt) * 100) / 100,
    reasons: [
      ...suspect.reasons,
      `${empty} of ${looked} addresses asked that our scans know are empty, last looked at ${new Date(lastLook).toISOString().slice(0, 10)}`,
    ],
  };
}
