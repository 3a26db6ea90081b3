/** What a probe looked like, for fingerprints: taken once a record, from the packet itself. */
import type { PacketBatch } from '../container/batch.ts';
import * as R from '../decode/record.ts';
import * as P from './endpoints.ts';
import { RAW_SYN, STACK_SYN } from './kinds.ts';

/** Notes window, IP id, sequence number, source port, TTL and the shape of the options of the packet in this row. */
export function describeProbe(
  words: Int32Array,
  slot: number,
  batch: PacketBatch,
  rows: Int32Array,
  packet: number,
): void {
  const view = batch.view;
  const end = (batch.offsets[packet] ?? 0) + (batch.captured[packet] ?? 0);
  const row = packet * R.ROW;
  const ip = rows[row + R.IP_AT] ?? -1;
  const at = rows[row + R.TRANSPORT_AT] ?? -1;
  const word = rows[row + R.KIND] ?? 0;
  const sport = (rows[row + R.PORTS] ?? 0) >>> 16;
  let id = 0;
  let ttl = 0;
  let marks = 0;
  if (ip >= 0 && (word & R.IPV6) === 0) {
    id = view.getUint16(ip + 4);
    ttl = view.getUint8(ip + 8);
    if ((view.getUint8(ip + 6) & 0x40) !== 0) marks |= P.SHAPE_DF;
  } else if (ip >= 0) ttl = view.getUint8(ip + 7);
  let window = 0;
  let sequence = 0;
  if ((word & 0xff) === R.TCP && at >= 0 && end - at >= 20) {
    window = view.getUint16(at + 14);
    sequence = view.getInt32(at + 4);
    marks |= optionShape(view, at, end);
  } else {
    marks |= P.SHAPE_UNKNOWN;
    // Of an ICMP question, its identifier and sequence number.
    if ((word & 0xff) === R.PING && at >= 0 && end - at >= 8) sequence = view.getInt32(at + 4);
  }
  if ((rows[row + R.PAYLOAD] ?? 0) <= 0) marks |= P.SHAPE_EMPTY;
  words[slot + P.WINDOW_ID] = (window << 16) | id;
  words[slot + P.SEQUENCE] = sequence;
  words[slot + P.SHAPE] = (sport << 16) | (ttl << 8) | marks;
}

/** {@link STACK_SYN} or {@link RAW_SYN}, by the options of the SYN in this row. */
export function synKind(batch: PacketBatch, rows: Int32Array, packet: number): number {
  const end = (batch.offsets[packet] ?? 0) + (batch.captured[packet] ?? 0);
  const at = rows[packet * R.ROW + R.TRANSPORT_AT] ?? -1;
  if (at < 0 || end - at < 20) return RAW_SYN;
  return optionShape(batch.view, at, end) === P.SHAPE_OS ? STACK_SYN : RAW_SYN;
}

/**
 * True for a RST as raw tools make it: without options or data, but with a window, for which a stack has no use when it
 * refuses a segment.
 */
export function isBareReset(batch: PacketBatch, rows: Int32Array, packet: number): boolean {
  const { view } = batch;
  const end = (batch.offsets[packet] ?? 0) + (batch.captured[packet] ?? 0);
  const at = rows[packet * R.ROW + R.TRANSPORT_AT] ?? -1;
  if (at < 0 || end - at < 20 || (rows[packet * R.ROW + R.PAYLOAD] ?? 0) > 0) return false;
  return view.getUint16(at + 14) !== 0 && optionShape(view, at, end) === P.SHAPE_BARE;
}

/** Ordinary stacks offer window scaling, selective acknowledgment or timestamps; raw tools send MSS alone or nothing. */
function optionShape(view: DataView, at: number, captured: number): number {
  const whole = at + (view.getUint8(at + 12) >>> 4) * 4;
  const end = Math.min(captured, whole);
  let shape = P.SHAPE_BARE;
  for (let option = at + 20; option < end; ) {
    const kind = view.getUint8(option);
    if (kind === 0) return shape;
    if (kind === 1) {
      option++;
      continue;
    }
    if (kind === 2) shape = P.SHAPE_MSS;
    // Window scale, SACK permitted, timestamps.
    if (kind === 3 || kind === 4 || kind === 8) return P.SHAPE_OS;
    const length = option + 1 < end ? view.getUint8(option + 1) : 0;
    if (length < 2) break;
    option += length;
  }
  return captured < whole ? P.SHAPE_UNKNOWN : shape;
}
