/** What every format of another program is here: how its files are recognised, and what they tell, piece by piece. */
import type { Look, Sighting } from '../../core/look.ts';

/** What one line or element of a file tells of an address. */
export interface Found extends Partial<Omit<Sighting, 'said' | 'address' | 'at'>> {
  address: string;
  /** When it was seen, milliseconds since the epoch, where the file says. */
  at?: number;
}

/** What the file as a whole tells, known at its end: what was asked. Absent where only positives are told. */
export interface Asked extends Partial<Pick<Look, 'startedAt' | 'endedAt' | 'discovery'>> {
  completeness: Look['completeness'];
  coverage: Look['coverage'];
  gaps: Look['gaps'];
  /** What of it will not be compared, in sentences. */
  notCompared: readonly string[];
  /** It breaks off, or could not be read further: why. */
  problem?: string;
}

export interface Format {
  /** `zeek-conn`: in previews and errors. */
  name: string;
  /** What it is, for a list of what can be imported. */
  title: string;
  /** It tells of traffic, with all the world in it: kept is what lies in one's own networks. */
  traffic?: true;
  /** @param head the first characters of the file; nothing of what it says is believed yet */
  recognises(head: string): boolean;
  /** @param left takes what is not understood; @throws PortolanError when nothing further can be read */
  read(text: AsyncIterable<string>, left: LeftOut): AsyncGenerator<Found, Asked | undefined>;
}

/** What of a file was left out, counted by the reason, with the first example of each. */
export class LeftOut {
  readonly #reasons = new Map<string, { count: number; example?: string }>();

  add(why: string, example?: string, count = 1): void {
    const known = this.#reasons.get(why);
    if (known) known.count += count;
    else if (this.#reasons.size < MOST_REASONS)
      this.#reasons.set(why, { count, ...(example === undefined ? {} : { example }) });
  }

  list(): { why: string; count: number; example?: string }[] {
    return [...this.#reasons].map(([why, rest]) => ({ why, ...rest }));
  }
}

const MOST_REASONS = 64;
