/**
 * How long other processes have been silent, by the clock of this one that nobody sets, and only while this one looked:
 * after it was suspended itself, or had no database, it measures anew.
 */
import type { Instance } from '../store/instances.ts';

/** One that has not raised its beat for this long counts as dead. */
export const SILENT_MS = 30_000;
/** Looks that are further apart than this had a pause between them in which nobody may have been able to beat. */
export const LONGEST_PAUSE_MS = 10_000;

export class Silence {
  readonly #last = new Map<string, { beat: string; at: number }>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param others all that are registered, as they are now
   * @param now of the monotonic clock, milliseconds
   * @returns those that have been silent for too long
   */
  look(others: readonly Instance[], now: number): Instance[] {
    if (now - this.#lookedAt > LONGEST_PAUSE_MS) this.#last.clear();
    this.#lookedAt = now;
    const present = new Set(others.map(({ id }) => id));
    for (const id of this.#last.keys()) if (!present.has(id)) this.#last.delete(id);
    return others.filter(({ id, beat, heartbeat_at }) => {
      // A Portolan of before knows no beat, and tells the time instead.
      const heard = `${beat} ${heartbeat_at}`;
      const last = this.#last.get(id);
      if (last?.beat === heard) return now - last.at >= SILENT_MS;
      this.#last.set(id, { beat: heard, at: now });
      return false;
    });
  }
}
