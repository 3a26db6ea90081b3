/** The records of a source by the kind of their probes, so that no rule looks through those of the others. */
import * as E from '../evidence/endpoints.ts';

const KINDS = 256;
const NONE = new Int32Array(0);

export class ByKind {
  /** Views of one array, each in the order of the records. */
  readonly #slots: (Int32Array | undefined)[] = [];
  /** Kinds that there are, ascending. */
  readonly kinds: number[] = [];

  constructor(words: Int32Array, slots: Int32Array) {
    const places = new Int32Array(KINDS + 1);
    for (let i = 0; i < slots.length; i++) {
      const kind = E.kindOf(words, slots[i] ?? 0);
      places[kind + 1] = (places[kind + 1] ?? 0) + 1;
    }
    const ordered = new Int32Array(slots.length);
    for (let kind = 0; kind < KINDS; kind++) {
      const count = places[kind + 1] ?? 0;
      const start = places[kind] ?? 0;
      places[kind + 1] = start + count;
      if (count === 0) continue;
      this.kinds.push(kind);
      this.#slots[kind] = ordered.subarray(start, start + count);
    }
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] ?? 0;
      const kind = E.kindOf(words, slot);
      // Where the next of this kind goes; what begins after it was worked out above.
      const place = places[kind] ?? 0;
      ordered[place] = slot;
      places[kind] = place + 1;
    }
  }

  of(kind: number): Int32Array {
    return this.#slots[kind] ?? NONE;
  }

  count(kind: number): number {
    return this.of(kind).length;
  }
}
