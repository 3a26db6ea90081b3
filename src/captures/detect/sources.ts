/** The records of each source, without sorting: tables hold up to 393,216 of them. */
import type { AddressBook } from '../decode/addresses.ts';
import * as R from '../decode/record.ts';
import * as E from '../evidence/endpoints.ts';
import { VOID } from '../evidence/kinds.ts';
import { ByKind } from './by-kind.ts';
import { bySource, gather } from './group.ts';
import { portOf } from './outcome.ts';

export interface Source {
  address: number;
  ipv6: boolean;
  slots: Int32Array;
  records: ByKind;
}

/** So many records, and so many privileged ports among them, may be a scan even if each of them worked. */
const MANY = 30;
const MANY_PRIVILEGED = 10;

/**
 * Sources with at least `least` records that could be evidence (or many of any kind), each with all its records in
 * the order in which they began. One after the other, so that the records of a source are still in the processor's cache
 * when they are judged.
 */
export function* sourcesOf(
  table: E.EndpointTable,
  book: AddressBook,
  least: number,
  isTelling: (slot: number) => boolean,
): Generator<Source> {
  const { words } = table;
  const enough = (some: Int32Array) => {
    let telling = 0;
    for (let i = 0; i < some.length && telling < least; i++) if (isTelling(some[i] ?? 0)) telling++;
    return telling >= least || (some.length >= MANY && hasManyServices(words, some));
  };
  for (const { ipv6, slots } of byFamily(table, book))
    for (const some of gather(slots, bySource(words), least))
      if (enough(some))
        yield { address: words[some[0] ?? 0] ?? 0, ipv6, slots: some, records: new ByKind(words, some) };
}

function byFamily({ words, count }: E.EndpointTable, book: AddressBook) {
  const ipv4 = new Int32Array(count);
  const ipv6 = new Int32Array(count);
  let count4 = 0;
  let count6 = 0;
  for (let slot = 0; slot < count * E.RECORD; slot += E.RECORD) {
    if (toMany(words, slot, book)) continue;
    if (((words[slot + E.KEY] ?? 0) & E.KEY_IPV6) !== 0) ipv6[count6++] = slot;
    else ipv4[count4++] = slot;
  }
  return [
    { ipv6: false, slots: ipv4.subarray(0, count4) },
    { ipv6: true, slots: ipv6.subarray(0, count6) },
  ];
}

function hasManyServices(words: Int32Array, slots: Int32Array): boolean {
  const seen = new Uint8Array(1024);
  let ports = 0;
  for (let i = 0; i < slots.length && ports < MANY_PRIVILEGED; i++) {
    const port = portOf(words, slots[i] ?? 0);
    if (port >= 1024 || seen[port] === 1) continue;
    seen[port] = 1;
    ports++;
  }
  return ports >= MANY_PRIVILEGED;
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
