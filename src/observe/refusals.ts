/**
 * Refusals as they are written down: each different one of a caller, up to some in a minute; what repeats is counted, and
 * the count is written at the end of that minute. Whoever is refused a thousand times a second fills no disk.
 */

/** Who was refused what: what counts as the same. */
export type Refused = Readonly<Record<string, string | undefined>>;

const WINDOW_MS = 60_000;
/** Different ones of the same caller and kind in a window. */
const MOST_DIFFERENT = 20;
/** Callers and kinds told apart in a window; beyond, they are counted together. */
const MOST_KEYS = 1000;
const OTHERS = 'others';

interface Count {
  who: Refused;
  seen: Set<string>;
  more: number;
  since: string;
  until: string;
}

export class Refusals {
  readonly #write: (fields: Readonly<Record<string, unknown>>) => void;
  readonly #counts = new Map<string, Count>();
  #timer: NodeJS.Timeout | undefined;

  /** @param write is given the sums. */
  constructor(write: (fields: Readonly<Record<string, unknown>>) => void) {
    this.#write = write;
  }

  /**
   * Counts a refusal.
   * @param words what was said; one that was said before is the same refusal.
   * @returns whether it is to be written down by itself.
   */
  isNew(who: Refused, words: string): boolean {
    const at = new Date().toISOString();
    const count = this.#countOf(who, at);
    if (!count.seen.has(words) && count.seen.size < MOST_DIFFERENT) {
      count.seen.add(words);
      return true;
    }
    count.since = count.more === 0 ? at : count.since;
    count.more += 1;
    count.until = at;
    return false;
  }

  /** Writes the sums of this window. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const counts = [...this.#counts.values()];
    this.#counts.clear();
    for (const { who, more, since, until } of counts)
      if (more > 0) this.#write({ ...who, times: more, since, until });
  }

  #countOf(who: Refused, at: string): Count {
    const own = JSON.stringify(Object.entries(who).sort());
    const full = !this.#counts.has(own) && this.#counts.size >= MOST_KEYS;
    const key = full ? OTHERS : own;
    const count = this.#counts.get(key) ?? {
      who: full ? { caller: OTHERS } : who,
      seen: new Set(),
      more: 0,
      since: at,
      until: at,
    };
    this.#counts.set(key, count);
    this.#timer ??= setTimeout(() => this.flush(), WINDOW_MS).unref();
    return count;
  }
}
