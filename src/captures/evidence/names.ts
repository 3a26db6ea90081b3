/**
 * Addresses that DNS answers in the capture gave for a name (RFC 1035): who goes there was sent, and did not search.
 * Reads what the snap length left of answers over UDP; bounded, whatever a capture holds.
 */
import type { AddressBook } from '../decode/addresses.ts';

export const DNS_PORT = 53;
const HEADER = 12;
const TYPE_A = 1;
const TYPE_AAAA = 28;
const MAX_RECORDS = 16;
const MAX_QUESTIONS = 4;
const MAX_LABELS = 128;
const MAX_ADDRESSES = 65_536;

export class Names {
  readonly #ipv4 = new Set<number>();
  readonly #ipv6 = new Set<number>();
  readonly #book: AddressBook;

  constructor(book: AddressBook) {
    this.#book = book;
  }

  has(address: number, ipv6: boolean): boolean {
    return (ipv6 ? this.#ipv6 : this.#ipv4).has(address);
  }

  /** IPv6 addresses are numbered anew. */
  forgetIpv6(): void {
    this.#ipv6.clear();
  }

  /** Takes the addresses out of a DNS message that fills the view from `at` to `end`, as far as it is whole. */
  read(view: DataView, at: number, end: number): void {
    if (end - at < HEADER || this.#ipv4.size + this.#ipv6.size >= MAX_ADDRESSES) return;
    const isAnswer = (view.getUint16(at + 2) & 0x8000) !== 0;
    const questions = view.getUint16(at + 4);
    if (!isAnswer || questions > MAX_QUESTIONS) return;
    let next = at + HEADER;
    for (let i = 0; i < questions; i++) {
      next = skipName(view, next, end);
      if (next < 0) return;
      next += 4;
    }
    const answers = Math.min(view.getUint16(at + 6), MAX_RECORDS);
    for (let i = 0; i < answers; i++) {
      next = skipName(view, next, end);
      if (next < 0 || end - next < 10) return;
      const type = view.getUint16(next);
      const length = view.getUint16(next + 8);
      const data = next + 10;
      if (end - data < length) return;
      if (type === TYPE_A && length === 4) this.#ipv4.add(view.getInt32(data));
      if (type === TYPE_AAAA && length === 16) {
        const number = this.#book.number(view, data);
        if (number >= 0) this.#ipv6.add(number);
      }
      next = data + length;
    }
  }
}

/** The offset behind a name, or -1 when it does not end. */
function skipName(view: DataView, from: number, end: number): number {
  let at = from;
  for (let i = 0; i < MAX_LABELS && at < end; i++) {
    const length = view.getUint8(at);
    if (length === 0) return at + 1;
    // A pointer to an earlier name ends this one.
    if (length >= 0xc0) return at + 2 <= end ? at + 2 : -1;
    at += 1 + length;
  }
  return -1;
}
