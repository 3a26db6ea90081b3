/**
 * What is let go when the evidence table is full. Memory stays bounded whatever a capture holds, and a scan among ten
 * million forged sources is still found: records go in the order of how little they can add to a verdict.
 */
import type { AddressBook } from '../decode/addresses.ts';
import * as P from './pairs.ts';

/** Records to hold after making room, as a share of the limit. */
const KEEP = 0.6;
/** Sources are counted in a table by hash; a flood of forged ones fills it thinly, a scanner shows. */
const BUCKET_BITS = 22;
/** Where counting stops. */
const MANY = 255;

/** Lets go of the least telling records; gives how many. */
export function makeRoom(table: P.PairTable): number {
  const before = table.count;
  const goal = Math.floor(table.limit * KEEP);
  const { words } = table;
  const perSource = new Uint8Array(1 << BUCKET_BITS);
  // Another multiplier each time: two sources that fall together now will not the next time.
  const multiplier = P.randomOdd();
  const bucket = (all: Int32Array, slot: number) =>
    Math.imul(all[slot] ?? 0, multiplier) >>> (32 - BUCKET_BITS);
  for (let slot = 0; slot < words.length; slot += P.RECORD) {
    if (words[slot + P.KEY] === 0) continue;
    const at = bucket(words, slot);
    perSource[at] = Math.min(MANY, (perSource[at] ?? 0) + 1);
  }
  // 1. Lone records of sources seen once, then twice: floods with forged sources, backscatter, passers-by. A source
  // that goes on probing will be back; it loses an endpoint or two.
  for (let seen = 1; seen <= 2 && table.count > goal; seen++) {
    table.retain((all, slot) => (perSource[bucket(all, slot)] ?? 0) > seen);
  }
  // 2. Connections that simply worked.
  if (table.count > goal) {
    const worked = P.A_OPEN | P.C_ACK;
    table.retain((all, slot) => {
      const state = all[slot + P.STATE] ?? 0;
      return (state & worked) !== worked || (state & P.C_HALF) !== 0;
    });
  }
  // 3. Of the largest sources, silent and refused endpoints by lot: their verdict is long certain.
  for (let turn = 0; table.count > goal && turn < 16; turn++) {
    const large = MANY - 1 - turn * 16;
    table.retain((all, slot) => {
      if ((perSource[bucket(all, slot)] ?? 0) <= large || ((all[slot + P.STATE] ?? 0) & P.A_OPEN) !== 0)
        return true;
      const lot = Math.imul((all[slot + P.TARGET] ?? 0) ^ (all[slot + P.KEY] ?? 0), 0x9e3779b1);
      return ((lot >>> (31 - turn)) & 1) === 0;
    });
  }
  // 4. Whatever is left of a table built to defeat the above: every second record.
  for (let turn = 0; table.count > goal; turn++) {
    let n = turn;
    table.retain(() => n++ % 2 === 0);
  }
  return before - table.count;
}

/** Forgets IPv6 addresses that no record refers to, letting lone records go first; gives how many records went. */
export function recycleAddresses(table: P.PairTable, book: AddressBook, limit: number): number {
  const mark = (): number => {
    const used = new Uint8Array(limit);
    for (let slot = 0; slot < table.words.length; slot += P.RECORD) {
      if (((table.words[slot + P.KEY] ?? 0) & P.KEY_IPV6) === 0) continue;
      used[table.words[slot + P.SOURCE] ?? 0] = 1;
      used[table.words[slot + P.TARGET] ?? 0] = 1;
    }
    book.keepOnly(used);
    return book.room;
  };
  if (mark() > limit / 2) return 0;
  const forgotten = makeRoom(table);
  if (mark() > limit / 4) return forgotten;
  // One source that names a new address with every packet: keep every fourth IPv6 record.
  let n = 0;
  const before = table.count;
  table.retain((all, slot) => ((all[slot + P.KEY] ?? 0) & P.KEY_IPV6) === 0 || n++ % 4 === 0);
  mark();
  return forgotten + before - table.count;
}
