/** The records of each source, without sorting: tables hold up to 393,216 of them. */
import type { AddressBook } from '../decode/addresses.ts';
import * as R from '../decode/record.ts';
import * as E from '../evidence/endpoints.ts';
import { VOID } from '../evidence/kinds.ts';

export interface Source {
  address: number;
  ipv6: boolean;
  slots: Int32Array;
}

/** So many records may be a scan even if each of them worked. */
const MANY = 30;

/**
 * Sources with at least `least` records that could be evidence (or {@link MANY} of any kind), each with all its records in
 * the order in which they began. `numberOf` gives the number that records are put together by.
 */
export function sourcesOf(
  table: E.EndpointTable,
  book: AddressBook,
  least: number,
  telling: (slot: number) => boolean,
  numberOf: (slot: number) => number = (slot) => table.words[slot + E.SOURCE] ?? 0,
): Source[] {
  const { words, count } = table;
  const mask = 2 ** Math.ceil(Math.log2(count + 1) + 1) - 1;
  const index = new Int32Array(mask + 1);
  const groupOf = new Int32Array(count).fill(-1);
  const heads = new Int32Array(count);
  const counts = new Int32Array(count);
  const tellings = new Int32Array(count);
  let groups = 0;
  for (let number = 0; number < count; number++) {
    const slot = number * E.RECORD;
    if (toMany(words, slot, book)) continue;
    const value = numberOf(slot);
    const family = (words[slot + E.KEY] ?? 0) & E.KEY_IPV6;
    let at = Math.imul(value ^ family, 0x9e3779b1);
    at = (at ^ (at >>> 15)) & mask;
    for (;;) {
      const group = (index[at] ?? 0) - 1;
      if (group < 0) {
        index[at] = ++groups;
        heads[groups - 1] = slot;
        break;
      }
      const head = heads[group] ?? 0;
      if (numberOf(head) === value && ((words[head + E.KEY] ?? 0) & E.KEY_IPV6) === family) break;
      at = (at + 1) & mask;
    }
    const group = (index[at] ?? 0) - 1;
    groupOf[number] = group;
    counts[group] = (counts[group] ?? 0) + 1;
    if (telling(slot)) tellings[group] = (tellings[group] ?? 0) + 1;
  }
  const sources: Source[] = [];
  const placeOf = new Int32Array(groups).fill(-1);
  const filled = new Int32Array(groups);
  for (let group = 0; group < groups; group++) {
    if ((tellings[group] ?? 0) < least && (counts[group] ?? 0) < Math.max(MANY, least)) continue;
    const head = heads[group] ?? 0;
    placeOf[group] = sources.length;
    sources.push({
      address: words[head + E.SOURCE] ?? 0,
      ipv6: ((words[head + E.KEY] ?? 0) & E.KEY_IPV6) !== 0,
      slots: new Int32Array(counts[group] ?? 0),
    });
  }
  if (sources.length === 0) return sources;
  for (let number = 0; number < count; number++) {
    const group = groupOf[number] ?? -1;
    const source = group < 0 ? undefined : sources[placeOf[group] ?? -1];
    if (source === undefined) continue;
    const at = filled[group] ?? 0;
    source.slots[at] = number * E.RECORD;
    filled[group] = at + 1;
  }
  return sources;
}

/** Multicast and broadcast have no ports that answer; what was taken back is nobody's. */
function toMany(words: Int32Array, slot: number, book: AddressBook): boolean {
  const key = words[slot + E.KEY] ?? 0;
  const kind = (key >>> 16) & 0xff;
  if (kind === VOID) return true;
  if (kind === R.ARP || kind === R.NDP) return false;
  const target = words[slot + E.TARGET] ?? 0;
  if ((key & E.KEY_IPV6) !== 0) return book.isMulticast(target);
  return target === -1 || target >>> 28 === 14;
}
