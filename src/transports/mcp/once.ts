/** What may be used once, such as the answer of a person: remembered until it could not be used any more anyway. */

/** Most that are remembered. */
const MOST = 10_000;

export interface UsedOnce {
  /** @param at when it was made. @returns false when it was used before, or is older than what is remembered. */
  use(id: string, at: number): boolean;
}

export function usedOnce(most: number = MOST): UsedOnce {
  const used = new Map<string, number>();
  // Whatever was made before one that had to be forgotten may have been forgotten too.
  let oldest = Number.NEGATIVE_INFINITY;
  return {
    use(id, at) {
      if (used.has(id) || at <= oldest) return false;
      used.set(id, at);
      if (used.size > most) {
        const [forgotten] = [...used].sort(([, a], [, b]) => a - b);
        if (forgotten) {
          used.delete(forgotten[0]);
          oldest = Math.max(oldest, forgotten[1]);
        }
      }
      return true;
    },
  };
}
