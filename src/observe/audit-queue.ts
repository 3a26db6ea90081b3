/** Records that wait for the disk: bounded in bytes, taken in slices; what does not fit is counted where it is missing. */
import { ABOUT_AUDIT, type Prepared, prepare } from './audit-record.ts';

/** Bytes that wait at most, and that are written at a time. */
const MOST_BYTES = 8 * 1_048_576;
const SLICE_BYTES = 262_144;

export class AuditQueue {
  #waiting: Prepared[] = [];
  #bytes = 0;
  #lost = { count: 0, since: '', until: '' };

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** @param at when it happened, ISO 8601. */
  add(record: Prepared, at: string): void {
    if (this.#bytes + record.bytes > MOST_BYTES) {
      this.#lost = { count: this.#lost.count + 1, since: this.#lost.since || at, until: at };
    } else {
      this.#tellOfLost();
      this.#wait(record);
    }
  }

  /** As many of the oldest as fit into a slice, at least one if any waits. They stay until they are dropped. */
  slice(): Prepared[] {
    let left = SLICE_BYTES;
    const end = this.#waiting.findIndex(({ bytes }, at) => {
      left -= bytes;
      return left < 0 && at > 0;
    });
    return this.#waiting.slice(0, end < 0 ? undefined : end);
  }

  /** They are written. */
  drop(slice: readonly Prepared[]): void {
    this.#waiting.splice(0, slice.length);
    this.#bytes -= slice.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#tellOfLost();
  }

  #wait(record: Prepared): void {
    this.#waiting.push(record);
    this.#bytes += record.bytes;
  }

  #tellOfLost(): void {
    if (this.#lost.count === 0) return;
    this.#wait(prepare({ kind: ABOUT_AUDIT.lost, fields: this.#lost }, new Date().toISOString()));
    this.#lost = { count: 0, since: '', until: '' };
  }
}
