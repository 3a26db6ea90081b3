/**
 * What is let go when the evidence table is full. Memory stays bounded whatever a capture holds, and a scan among ten
 * million forged sources is still found: records go in the order of how little they can add to a verdict.
 */
import type { AddressBook } from '../decode/addresses.ts';
import * as E from './endpoints.ts';
import type { Evidence } from './evidence.ts';
import { VOID } from './kinds.ts';

/** Records to hold after making room, as a share of the limit. */
const KEEP = 0.6;
/** Sources are counted in a table by hash; a flood of forged ones fills it thinly, a scanner shows. */
const BUCKET_BITS = 22;
/** Where counting stops. */
const MANY = 255;

/** Lets go of the least telling records; gives how many. */
export function makeRoom(evidence: Evidence): number {
  const table = evidence.endpoints;
  const { words, count } = table;
  const goal = Math.floor(table.limit * KEEP);
  const perSource = new Uint8Array(1 << BUCKET_BITS);
  // Another multiplier each time: two sources that fall together now will not the next time.
  const multiplier = E.randomOdd();
  const bucketOf = (slot: number) => Math.imul(words[slot] ?? 0, multiplier) >>> (32 - BUCKET_BITS);
  const seen = (slot: number) => perSource[bucketOf(slot)] ?? 0;
  for (let slot = 0; slot < count * E.RECORD; slot += E.RECORD) {
    const at = bucketOf(slot);
    const before = perSource[at] ?? 0;
    if (before < MANY) perSource[at] = before + 1;
  }
  // 1. Lone records of sources seen once, then twice: floods with forged sources, backscatter, passers-by. A source
  // that goes on probing will be back; it loses an endpoint or two.
  const lone = [0, 0, 0];
  for (let slot = 0; slot < count * E.RECORD; slot += E.RECORD) {
    const times = seen(slot);
    if (times <= 2) lone[times] = (lone[times] ?? 0) + 1;
  }
  const least = count - (lone[1] ?? 0) <= goal ? 1 : 2;
  let left = 0;
  let moved = table.retain((slot) => {
    if (E.kindOf(words, slot) === VOID) return false;
    if (seen(slot) > least) return ++left > 0;
    evidence.crowds.add(words[slot + E.TARGET] ?? 0);
    return false;
  });
  evidence.flows.follow(moved);
  if (left <= goal) return count - left;
  // 2. Connections that simply worked.
  const worked = E.A_OPEN | E.C_ACK;
  moved = table.retain((slot) => {
    const state = words[slot + E.STATE] ?? 0;
    return (state & worked) !== worked || (state & E.C_HALF) !== 0;
  });
  evidence.flows.follow(moved);
  // 3. Of the largest sources, silent and refused endpoints by lot: their verdict is long certain.
  for (let turn = 0; table.count > goal && turn < 16; turn++) {
    const large = MANY - 1 - turn * 16;
    moved = table.retain((slot) => {
      if (seen(slot) <= large || ((words[slot + E.STATE] ?? 0) & E.A_OPEN) !== 0) return true;
      const lot = Math.imul((words[slot + E.TARGET] ?? 0) ^ (words[slot + E.KEY] ?? 0), 0x9e3779b1);
      return ((lot >>> (31 - turn)) & 1) === 0;
    });
    evidence.flows.follow(moved);
  }
  // 4. Whatever is left of a table built to defeat the above: every second record.
  for (let turn = 0; table.count > goal; turn++) {
    let n = turn;
    moved = table.retain(() => n++ % 2 === 0);
    evidence.flows.follow(moved);
  }
  return count - table.count;
}

/** Forgets IPv6 addresses that no record refers to, letting lone records go first; gives how many records went. */
export function recycleAddresses(evidence: Evidence, book: AddressBook, limit: number): number {
  const table = evidence.endpoints;
  // Flows and visits name addresses too; their numbers may soon be somebody else's.
  evidence.flows.forget();
  evidence.revisits.forgetIpv6();
  evidence.names.forgetIpv6();
  evidence.cells.forgetIpv6();
  const isIpv6 = (slot: number) => ((table.words[slot + E.KEY] ?? 0) & E.KEY_IPV6) !== 0;
  const mark = (): number => {
    const used = new Uint8Array(limit);
    for (let slot = 0; slot < table.count * E.RECORD; slot += E.RECORD) {
      if (!isIpv6(slot)) continue;
      used[table.words[slot + E.SOURCE] ?? 0] = 1;
      used[table.words[slot + E.TARGET] ?? 0] = 1;
    }
    book.keepOnly(used);
    return book.room;
  };
  if (mark() > limit / 2) return 0;
  const forgotten = makeRoom(evidence);
  if (mark() > limit / 4) return forgotten;
  // One source that names a new address with every packet: keep every fourth IPv6 record.
  let n = 0;
  const before = table.count;
  table.retain((slot) => !isIpv6(slot) || n++ % 4 === 0);
  mark();
  return forgotten + before - table.count;
}
