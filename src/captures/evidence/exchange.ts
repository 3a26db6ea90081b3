/** The packet at hand, the flow it belongs to, and the steps of which all learning is made. */
import { createBatch, type PacketBatch } from '../container/batch.ts';
import * as R from '../decode/record.ts';
import * as E from './endpoints.ts';
import type { Evidence } from './evidence.ts';
import * as F from './flows.ts';
import * as K from './kinds.ts';
import { DNS_PORT } from './names.ts';
import { PAUSE } from './revisits.ts';
import { describeProbe } from './shape.ts';

/** An answer may come so long before its question where two taps were merged (milliseconds). */
export const EARLY_MS = 1000;
/** A pause after which a source comes back, rather than tries again (microseconds); beyond the longer, it begins anew. */
const COMES_BACK = 8e6;
const BEGINS_ANEW = 1800e6;
/** Magic packet (AMD, "Magic Packet Technology"): six bytes 0xff, then an address sixteen times. */
const MAGIC_LENGTH = 102;

export class Exchange {
  readonly evidence: Evidence;
  batch: PacketBatch = createBatch();
  rows: Int32Array = new Int32Array(0);
  packet = 0;
  src = 0;
  dst = 0;
  sport = 0;
  dport = 0;
  word = 0;
  payload = 0;
  /** Microseconds since the epoch; NaN without times. */
  time = 0;
  /** The place of its flow, or -1, and whether end X of it sent the packet. */
  at = -1;
  fromX = false;
  /** Where its flow would go, as far as is known. */
  #gap = -1;

  constructor(evidence: Evidence) {
    this.evidence = evidence;
  }

  /** Takes packet `packet` of the batch in hand; `flow` and `gap` as {@link Learner.learn} has them. */
  take(batch: PacketBatch, rows: Int32Array, packet: number, flow: number, gap: number): void {
    const row = packet * R.ROW;
    const ports = rows[row + R.PORTS] ?? 0;
    this.batch = batch;
    this.rows = rows;
    this.packet = packet;
    this.src = rows[row + R.SRC] ?? 0;
    this.dst = rows[row + R.DST] ?? 0;
    this.sport = ports >>> 16;
    this.dport = ports & 0xffff;
    this.word = rows[row + R.KIND] ?? 0;
    this.payload = rows[row + R.PAYLOAD] ?? 0;
    this.time = batch.times[packet] ?? Number.NaN;
    this.at = flow;
    this.#gap = gap;
  }

  /** Finds the flow of the packet at hand. */
  locate(protocol: number): void {
    const { flows } = this.evidence;
    const src = this.src;
    const dst = this.dst;
    const sport = this.sport;
    const dport = this.dport;
    const fromX = sport > dport || (sport === dport && src > dst);
    this.fromX = fromX;
    if (this.at >= 0) return;
    const gap = flows.makeRoom() ? -1 : this.#gap;
    const key = this.flowKey(protocol);
    const begins = (this.word & 0x3fff) === ((0x02 << 8) | R.TCP);
    this.at = fromX
      ? flows.find(src, dst, (sport << 16) | dport, key, begins, gap)
      : flows.find(dst, src, (dport << 16) | sport, key, begins, gap);
  }

  flowKey(protocol: number): number {
    return protocol | ((this.word & R.IPV6) !== 0 ? F.FLOW_IPV6 : 0) | F.FLOW_TAKEN;
  }

  /** The slot of the endpoint that this flow probed last, or -1. What is in a cell gets a record of its own. */
  slot(): number {
    if (this.at < 0) return -1;
    const number = this.evidence.flows.words[this.at + F.ENDPOINT] ?? 0;
    return number < 0 ? this.takeOut(-1 - number) : (number - 1) * E.RECORD;
  }

  /** The place in a cell of the endpoint that this flow probed last, or -1. */
  place(): number {
    const number = this.at < 0 ? 0 : (this.evidence.flows.words[this.at + F.ENDPOINT] ?? 0);
    return number < 0 ? -1 - number : -1;
  }

  takeOut(place: number): number {
    const { words: flows } = this.evidence.flows;
    const byY = ((flows[this.at + F.META] ?? 0) & F.Y_BEGAN) !== 0;
    const source = flows[this.at + (byY ? F.Y : F.X)] ?? 0;
    const target = flows[this.at + (byY ? F.X : F.Y)] ?? 0;
    const ports = flows[this.at + F.FLOW_PORTS] ?? 0;
    const port = byY ? ports >>> 16 : ports & 0xffff;
    const { kind, ipv6 } = this.evidence.cells.kindOf(place);
    const key = (kind << 16) | port | (ipv6 ? E.KEY_IPV6 : 0) | E.KEY_TAKEN;
    const slot = this.evidence.endpoints.add(source, target, key);
    const { words, times } = this.evidence.endpoints;
    words[slot + E.STATE] = this.evidence.cells.takeOut(place) | E.ATTEMPT;
    words[slot + E.PROBES] = 1;
    words[slot + E.FIRST_PACKET] = this.number();
    words[slot + E.SHAPE] = E.SHAPE_UNKNOWN | ((byY ? ports & 0xffff : ports >>> 16) << 16);
    times[(slot + E.FIRST_TIME) >> 1] = this.time;
    times[(slot + E.LAST_TIME) >> 1] = this.time;
    flows[this.at + F.ENDPOINT] = slot / E.RECORD + 1;
    flows[this.at + F.X_PACKETS] = 0;
    return slot;
  }

  /** True when the end that sent this packet is the one that probed. */
  mine(): boolean {
    return (((this.evidence.flows.words[this.at + F.META] ?? 0) & F.Y_BEGAN) === 0) === this.fromX;
  }

  /** Microseconds since the last probe of this record, either way. */
  since(slot: number): number {
    return Math.abs(this.time - (this.evidence.endpoints.times[(slot + E.LAST_TIME) >> 1] ?? Number.NaN));
  }

  /** A probe of an endpoint that is known already; `attempt`: not merely sent again. */
  touch(slot: number, attempt: boolean): void {
    const last = (slot + E.LAST_TIME) >> 1;
    const { times, words } = this.evidence.endpoints;
    const pause = this.time - (times[last] ?? 0);
    if (pause > PAUSE)
      this.evidence.revisits.add(this.src, E.kindOf(words, slot), (this.word & R.IPV6) !== 0, this.time);
    if (attempt && pause >= COMES_BACK && pause < BEGINS_ANEW && E.revisitsOf(words, slot) < E.MOST)
      words[slot + E.STATE] = (words[slot + E.STATE] ?? 0) + E.VISIT;
    times[last] = this.time;
  }

  /**
   * What tells a probe from the next one: in the upper half its sequence number (TCP) or length, in the lower its IP id,
   * which is another when it is sent again, but the same in a frame that was captured twice.
   */
  signature(): number {
    const batch = this.batch;
    const row = this.packet * R.ROW;
    const end = (batch.offsets[this.packet] ?? 0) + (batch.captured[this.packet] ?? 0);
    const ip = this.rows[row + R.IP_AT] ?? -1;
    const at = this.rows[row + R.TRANSPORT_AT] ?? -1;
    const id = ip >= 0 && (this.word & R.IPV6) === 0 ? batch.view.getUint16(ip + 4) : 0;
    let content = this.payload & 0xffff;
    if ((this.word & 0xff) === R.TCP && at >= 0 && end - at >= 8) {
      const sequence = batch.view.getUint32(at + 4);
      content = (sequence ^ (sequence >>> 16)) & 0xffff;
    } else if ((this.word & 0xff) === R.UDP && at >= 0 && end - at >= 8) {
      // nmap sends several payloads of one length under one IP id; the checksum tells them apart.
      content ^= batch.view.getUint16(at + 6);
    }
    return (content << 16) | id;
  }

  /** A new record of the packet at hand. */
  begin(key: number): number {
    const batch = this.batch;
    const slot = this.evidence.endpoints.add(this.src, this.dst, key);
    const { words, times } = this.evidence.endpoints;
    words[slot + E.FIRST_PACKET] = this.number();
    times[(slot + E.FIRST_TIME) >> 1] = this.time;
    times[(slot + E.LAST_TIME) >> 1] = this.time;
    const kind = this.word & 0xff;
    let state = 0;
    if (this.sport < 1024 && this.dport >= 1024 && kind !== R.OTHER_IP) state |= E.FROM_SERVICE;
    if (kind === R.UDP && this.wakes(batch)) state |= E.WAKES;
    if (kind === R.UDP && this.sport === DNS_PORT && this.isDnsAnswer(batch)) state |= E.DNS_ANSWER;
    if (this.evidence.names.has(this.dst, (this.word & R.IPV6) !== 0)) state |= E.NAMED;
    words[slot + E.STATE] = state;
    describeProbe(words, slot, batch, this.rows, this.packet);
    if (kind === R.UDP) words[slot + E.SEQUENCE] = this.signature();
    return slot;
  }

  isDnsAnswer(batch: PacketBatch): boolean {
    const at = (this.rows[this.packet * R.ROW + R.TRANSPORT_AT] ?? 0) + 8;
    const end = (batch.offsets[this.packet] ?? 0) + (batch.captured[this.packet] ?? 0);
    return this.payload >= 12 && end - at >= 4 && (batch.view.getUint8(at + 2) & 0x80) !== 0;
  }

  wakes(batch: PacketBatch): boolean {
    if (this.payload < MAGIC_LENGTH) return false;
    const at = (this.rows[this.packet * R.ROW + R.TRANSPORT_AT] ?? 0) + 8;
    const end = (batch.offsets[this.packet] ?? 0) + (batch.captured[this.packet] ?? 0);
    return end - at >= 6 && batch.view.getInt32(at) === -1 && batch.view.getUint16(at + 4) === 0xffff;
  }

  /** A new flow of the packet at hand; gives its place. */
  enter(protocol: number): number {
    const ports = this.fromX ? (this.sport << 16) | this.dport : (this.dport << 16) | this.sport;
    const key = this.flowKey(protocol);
    this.at = this.fromX
      ? this.evidence.flows.add(this.src, this.dst, ports, key)
      : this.evidence.flows.add(this.dst, this.src, ports, key);
    return this.at;
  }

  number(): number {
    return this.batch.firstNumber + this.packet;
  }

  /** The target answered the flow at hand. `known` says in bits of Y what of it needs not be learned again. */
  answer(learned: number, known: number): void {
    const slot = this.slot();
    const { words } = this.evidence.endpoints;
    words[slot + E.STATE] = (words[slot + E.STATE] ?? 0) | learned;
    words[slot + E.ANSWERS] = (words[slot + E.ANSWERS] ?? 0) + 1;
    words[slot + E.ANSWER_PACKET] ||= this.number();
    // The bits of X are two below those of Y.
    this.known(this.fromX ? known >>> 2 : known);
  }

  /** The source sent something else over the flow at hand. `known` in bits of X. */
  goOn(slot: number, learned: number, known: number, counter = E.OTHERS): void {
    const { words } = this.evidence.endpoints;
    words[slot + E.STATE] = (words[slot + E.STATE] ?? 0) | learned;
    words[slot + counter] = (words[slot + counter] ?? 0) + 1;
    this.known(this.fromX ? known : known << 2);
  }

  known(bits: number): void {
    if (bits === 0) return;
    this.evidence.flows.words[this.at + F.META] = (this.evidence.flows.words[this.at + F.META] ?? 0) | bits;
  }

  /** An answer to a probe that was not seen, or not yet: kept with the flow. `byX`: it was X that must have probed. */
  tooEarly(byX: boolean, learned: number): void {
    this.evidence.orphans++;
    const at = this.at >= 0 ? this.at : this.enter(this.word & 0xff);
    const { words } = this.evidence.flows;
    if (this.sinceNote(at) > EARLY_MS) words[at + F.NOTE] = 0;
    if (!byX) words[at + F.META] = (words[at + F.META] ?? 0) | F.Y_BEGAN;
    words[at + F.NOTE] = (words[at + F.NOTE] ?? 0) | learned;
    words[at + F.X_PACKETS] = Math.trunc(this.time / 1000) | 0;
  }

  /** Milliseconds since an early answer; its time stands where packets are counted later. */
  sinceNote(at: number): number {
    return Math.abs(
      ((Math.trunc(this.time / 1000) | 0) - (this.evidence.flows.words[at + F.X_PACKETS] ?? 0)) | 0,
    );
  }

  /** The record of a SYN/ACK that answered what comes only now. */
  takeBack(slot: number, learned: number): void {
    const { words } = this.evidence.endpoints;
    const probes = (words[slot + E.PROBES] ?? 0) - 1;
    words[slot + E.PROBES] = probes;
    if (probes <= 0) words[slot + E.KEY] = ((words[slot + E.KEY] ?? 0) & ~0xff0000) | (K.VOID << 16);
    const at = this.at;
    this.evidence.flows.words[at + F.ENDPOINT] = 0;
    this.evidence.flows.words[at + F.NOTE] = learned;
    this.evidence.flows.words[at + F.X_PACKETS] = Math.trunc(this.time / 1000) | 0;
  }
}
