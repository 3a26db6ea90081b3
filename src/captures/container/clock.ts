/**
 * Whether the times of packets can be believed. A capture may hold a packet whose time is decades off, begin before its
 * clock was set, or bear no time at all; such a time must not make a minute of packets last for years. Where a time is
 * not believed the packet gets that of the one before it: its place in the file is then the best that is known.
 */
import { isoTime } from '../iso-time.ts';
import type { PacketBatch } from './batch.ts';

const SECOND = 1e6;
const YEAR = 365.25 * 86_400 * SECOND;
/** Longest step from one packet to the next that needs no second look. */
const FAR = YEAR;
/** No program wrote captures before (tcpdump is of 1988): an older time is of a clock that was not set. */
const OLDEST = Date.UTC(1990) * 1000;
/** How far the clock of a capture may be ahead of ours. */
const AHEAD = 10 * YEAR;
/** Packets that must agree before a far step is believed, and how many are asked. */
const WITNESSES = 3;
const ASKED = 8;
const MAX_NOTES = 4;

/** All times in microseconds since the epoch. */
export class Clock {
  readonly #newest: number;
  /** The last time believed, as the file has it. */
  #last = Number.NaN;
  /** The last one of a clock that can be right. */
  #home = Number.NaN;
  #begun = false;
  /** Added to times of a clock that was not set where one that was has gone before: only their differences hold. */
  #shift = 0;
  #scale = 1;
  /** Packets in a row that were not believed, and the time of the latest. */
  #strays = 0;
  #stray = Number.NaN;
  #disbelieved = 0;
  #example: { packet: number; time: number } | undefined;
  #zeros = 0;
  #since: number | undefined;
  readonly #notes = new Set<string>();

  /** @param now a time far ahead of it is not believed where others are at hand. */
  constructor(now = Date.now() * 1000) {
    this.#newest = now + AHEAD;
  }

  /** What comes next is of another capture, and has a clock of its own. */
  restart(): void {
    this.#begun = false;
    this.#scale = 1;
    this.#strays = 0;
  }

  /** Tells whoever fills the batch which times need no second look. */
  prepare(batch: PacketBatch): void {
    const plain = this.#begun && this.#shift === 0 && this.#scale === 1;
    batch.earliest = plain ? this.#last - FAR : Number.POSITIVE_INFINITY;
    batch.latest = plain ? this.#last + FAR : Number.NEGATIVE_INFINITY;
    batch.doubtful = false;
  }

  /** Puts right the times of a batch that cannot be. */
  check(batch: PacketBatch): void {
    const { times, count, firstNumber } = batch;
    if (!batch.doubtful) {
      const time = times[count - 1] ?? Number.NaN;
      if (!Number.isNaN(time)) this.#last = time;
      return;
    }
    for (let i = this.#begun ? 0 : this.#begin(batch); i < count; i++) {
      const time = this.#timeOf(batch, i);
      if (Number.isNaN(time)) continue;
      if (this.#follows(batch, i, time)) this.#believe(time, firstNumber + i);
      else this.#disbelieve(time, firstNumber + i);
      times[i] = this.#last + this.#shift;
    }
  }

  /** Where the span of the capture begins, if not with its earliest packet: the clock was set only then. */
  get since(): number | undefined {
    return this.#since;
  }

  /** What a reader of the report must know, in sentences. */
  notes(): string[] {
    const said = [...this.#notes];
    if (this.#zeros > 0) said.push(`${packets(this.#zeros)} stamped with the time zero: when is not known.`);
    if (this.#example !== undefined) {
      const { packet, time } = this.#example;
      said.push(
        `${packets(this.#disbelieved)} stamped with a time that cannot be right (packet ${packet}: ${words(time)}): ` +
          'the time of the packet before was taken.',
      );
    }
    return said;
  }

  #timeOf({ times }: PacketBatch, i: number): number {
    return (times[i] ?? Number.NaN) * this.#scale;
  }

  #canBeRight(time: number): boolean {
    return time >= OLDEST && time <= this.#newest;
  }

  /** Finds the first time that can be believed; gives where to go on from. */
  #begin(batch: PacketBatch): number {
    const { times, count, firstNumber } = batch;
    const finite = times.subarray(0, count).filter(Number.isFinite);
    if (finite.every((time) => time === 0)) {
      this.#zeros += finite.length;
      times.fill(Number.NaN, 0, count);
      return count;
    }
    const median = finite.sort()[finite.length >> 1] ?? 0;
    if (median > this.#newest && this.#canBeRight(median / 1000)) {
      this.#scale = 0.001;
      this.#say('The times count nanoseconds where the file says microseconds: they were read so.');
    }
    const right = finite.filter((time) => this.#canBeRight(time * this.#scale)).length;
    const at = this.#anchor(batch, right * 4 >= finite.length);
    const anchor = this.#timeOf(batch, at);
    const before = this.#last + this.#shift;
    this.#shift = 0;
    this.#last = anchor;
    this.#begun = true;
    if (!this.#canBeRight(anchor)) this.#unset(anchor, firstNumber + at, before);
    // What goes before was stamped before the clock was set: it is put in front by its own differences.
    const edge = this.#timeOf(batch, at - 1);
    for (let i = 0; i < at; i++) {
      const time = this.#timeOf(batch, i);
      if (Number.isNaN(time)) continue;
      if (Math.abs(time - anchor) <= FAR) {
        times[i] = time + this.#shift;
        continue;
      }
      this.#count(time, firstNumber + i);
      times[i] = anchor + this.#shift + (Math.abs(time - edge) <= FAR ? Math.min(0, time - edge) : 0);
    }
    return at;
  }

  /** The first packet with whose time others agree; of a clock that can be right, if there are enough such. */
  #anchor(batch: PacketBatch, right: boolean): number {
    let first = -1;
    for (let i = 0; i < batch.count; i++) {
      const time = this.#timeOf(batch, i);
      if (!Number.isFinite(time) || (right && !this.#canBeRight(time))) continue;
      if (first < 0) first = i;
      if (this.#lasts(batch, i, time)) return i;
    }
    return first;
  }

  #follows(batch: PacketBatch, i: number, time: number): boolean {
    if (Math.abs(time - this.#last) <= FAR || Math.abs(time - this.#home) <= FAR) return true;
    return this.#lasts(batch, i, time);
  }

  /** True when the packets behind this one, or those not believed before it, agree with its time. */
  #lasts(batch: PacketBatch, i: number, time: number): boolean {
    let asked = 0;
    let agree = 0;
    for (let j = i + 1; j < batch.count && j <= i + ASKED; j++) {
      const other = this.#timeOf(batch, j);
      if (Number.isNaN(other)) continue;
      asked++;
      if (Math.abs(other - time) <= FAR) agree++;
    }
    const before = Math.abs(time - this.#stray) <= FAR ? this.#strays : 0;
    return agree * 2 >= asked && agree + before >= WITNESSES;
  }

  #believe(time: number, packet: number): void {
    const before = this.#last + this.#shift;
    const far = Math.abs(time - this.#last) > FAR;
    this.#strays = 0;
    if (this.#canBeRight(time)) {
      if (far && Number.isNaN(this.#home)) {
        this.#since = time;
        this.#say(
          `The clock was set in the midst of the capture: times count from packet ${packet}, ${words(time)}.`,
        );
      }
      this.#home = time;
      this.#shift = 0;
    } else if (far) this.#unset(time, packet, before);
    this.#last = time;
  }

  /** A stretch of packets whose clock was not set begins. */
  #unset(time: number, packet: number, before: number): void {
    if (!Number.isNaN(this.#home)) this.#shift = before - time;
    const where = `(packet ${packet}: ${words(time)})`;
    this.#say(
      this.#shift === 0
        ? `The clock was not set ${where}: only the differences between times hold.`
        : `Part of the file has a clock that was not set ${where}: it was put behind what comes before.`,
    );
  }

  #say(note: string): void {
    if (this.#notes.size < MAX_NOTES) this.#notes.add(note);
  }

  #disbelieve(time: number, packet: number): void {
    this.#strays = Math.abs(time - this.#stray) <= FAR ? this.#strays + 1 : 1;
    this.#stray = time;
    this.#count(time, packet);
  }

  #count(time: number, packet: number): void {
    this.#disbelieved++;
    this.#example ??= { packet, time };
  }
}

function packets(count: number): string {
  return count === 1 ? '1 packet is' : `${count} packets are`;
}

function words(time: number): string {
  return isoTime(time / SECOND) ?? 'no time of any calendar';
}
