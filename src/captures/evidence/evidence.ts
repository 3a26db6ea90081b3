/**
 * What a packet adds to the evidence: begins or answers a flow, probes an endpoint. The common case, a segment of a
 * conversation that is known already, never comes here (absorb.ts).
 */
import { createBatch, type PacketBatch } from '../container/batch.ts';
import type { AddressBook } from '../decode/addresses.ts';
import * as R from '../decode/record.ts';
import { Cells, SIMPLE } from './cells.ts';
import { Crowds } from './crowds.ts';
import * as E from './endpoints.ts';
import * as F from './flows.ts';
import * as K from './kinds.ts';
import { DNS_PORT, Names } from './names.ts';
import { PAUSE, Revisits } from './revisits.ts';
import { describeProbe, synKind } from './shape.ts';

/** The same bytes again within this time (microseconds) are one frame that was captured twice, not sent twice. */
const TWICE = 1000;
/** ... and of packets without an IP id that could tell. */
const TWICE_BARE = 50;
/** An answer may come so long before its question where two taps were merged (microseconds). */
const EARLY = 1e6;
/** So many answers before their questions mean that the two directions of a tap are apart, at most by this time. */
const SKEWED = 2;
const SKEW = 50e3;
/** A pause after which a source comes back, rather than tries again (microseconds); beyond the longer, it begins anew. */
const COMES_BACK = 8e6;
const BEGINS_ANEW = 1800e6;
/** After so many probes of one flow the rest is only counted. */
const MANY_PROBES = 16;
const FIRST_CENSUS = 8192;
/** Magic packet (AMD, "Magic Packet Technology"): six bytes 0xff, then an address sixteen times. */
const MAGIC_LENGTH = 102;

export class Evidence {
  readonly endpoints: E.EndpointTable;
  readonly flows: F.FlowTable;
  readonly revisits = new Revisits();
  readonly crowds = new Crowds();
  readonly cells = new Cells();
  /** Records at which it is looked whether large scans can be folded into cells. */
  #census = FIRST_CENSUS;
  readonly names: Names;
  /** Probes left out because their frame was captured twice. */
  duplicates = 0;
  /** Answers that stand before the probes they answer. */
  early = 0;

  // The packet at hand.
  #batch: PacketBatch = createBatch();
  #rows: Int32Array = new Int32Array(0);
  #packet = 0;
  #src = 0;
  #dst = 0;
  #sport = 0;
  #dport = 0;
  #word = 0;
  #payload = 0;
  #time = 0;
  // Its flow.
  #at = -1;
  #fromX = false;

  constructor(maxRecords: number, book: AddressBook) {
    this.names = new Names(book);
    this.endpoints = new E.EndpointTable(maxRecords);
    this.flows = new F.FlowTable(this.endpoints);
  }

  /**
   * Takes packet `packet` of the batch; false when it may need a record and there is no room for one. `flow` is the place
   * of its flow among the younger ones, or -1.
   */
  learn(batch: PacketBatch, rows: Int32Array, packet: number, flow: number): boolean {
    if (this.endpoints.count >= this.#census) this.#fold();
    if (this.endpoints.full) return false;
    this.#at = flow;
    const row = packet * R.ROW;
    const ports = rows[row + R.PORTS] ?? 0;
    this.#batch = batch;
    this.#rows = rows;
    this.#packet = packet;
    this.#src = rows[row + R.SRC] ?? 0;
    this.#dst = rows[row + R.DST] ?? 0;
    this.#sport = ports >>> 16;
    this.#dport = ports & 0xffff;
    this.#word = rows[row + R.KIND] ?? 0;
    this.#payload = rows[row + R.PAYLOAD] ?? 0;
    this.#time = batch.times[packet] ?? Number.NaN;
    const kind = this.#word & 0xff;
    switch (kind) {
      case R.TCP:
        this.#tcp();
        break;
      case R.UDP:
        this.#udp();
        break;
      case R.SCTP:
        this.#sctp();
        break;
      case R.PING:
      case R.ARP:
      case R.NDP:
        this.#question(kind);
        break;
      case R.PONG:
        this.#reply(R.PING);
        break;
      case R.ARP_REPLY:
        this.#reply(R.ARP);
        break;
      case R.NDP_REPLY:
        this.#reply(R.NDP);
        break;
      case R.OTHER_IP:
        if (!this.#reply(R.OTHER_IP)) this.#question(R.OTHER_IP);
        break;
      case R.ERROR:
        this.#error(this.#word >>> 24);
        break;
    }
    return true;
  }

  /** Moves what large scans left into cells. */
  #fold(): void {
    const places = this.cells.fold(this.endpoints);
    if (places !== undefined) {
      const moved = this.endpoints.retain((slot) => places[slot / E.RECORD] === 0);
      for (let i = 0; i < moved.length; i++) if (moved[i] === 0) moved[i] = places[i] ?? 0;
      this.flows.follow(moved);
    }
    this.#census = Math.max(FIRST_CENSUS, this.endpoints.count * 2);
  }

  #tcp(): void {
    if ((this.#word & (R.FLAGS_UNKNOWN | R.GUESSED)) === R.FLAGS_UNKNOWN) return;
    const flags = (this.#word >>> 8) & 0x3f;
    this.#locate(R.TCP);
    if (this.#at >= 0) this.flows.settleOne(this.#at);
    if ((flags & 0x16) === 0x10) this.#acknowledgment(flags);
    else if ((flags & 0x17) === 0x12) this.#synAck();
    else if ((flags & 0x06) === 0x04) this.#reset();
    else if (flags === 0x02) this.#syn();
    else this.#probe(K.TCP_BY_FLAGS | flags);
  }

  #syn(): void {
    const batch = this.#batch;
    const at = this.#at;
    const { words } = this.flows;
    const slot = this.#place() >= 0 ? -1 : this.#slot();
    if (slot >= 0) {
      const kind = E.kindOf(this.endpoints.words, slot);
      if (this.#mine()) {
        // Some stacks leave out options when they try again: still the same connection.
        const again = K.isSynKind(kind) && ((words[at + F.META] ?? 0) & F.ENDED) === 0;
        if (again && (words[at + F.NOTE] ?? 0) >>> 16 === this.#signature() >>> 16) {
          this.#probe(kind);
          return;
        }
      } else if (kind === K.SYNACK_PROBE && this.#since(slot) <= EARLY) {
        this.#takeBack(slot, E.A_OPEN);
      }
    }
    this.#probe(synKind(batch, this.#rows, this.#packet));
  }

  #synAck(): void {
    const slot = this.#slot();
    if (slot >= 0 && !this.#mine() && !this.#isOver(slot)) this.#answer(E.A_OPEN, 0);
    else this.#probe(K.SYNACK_PROBE);
  }

  #reset(): void {
    const at = this.#at;
    const place = this.#place();
    if (place >= 0 && !this.#mine()) {
      this.cells.answer(place, E.A_RST);
      this.flows.words[at + F.META] = (this.flows.words[at + F.META] ?? 0) | F.ENDED;
      return;
    }
    const slot = this.#slot();
    if (slot < 0) {
      this.#tooEarly(!this.#fromX, E.A_RST);
      return;
    }
    const { words } = this.flows;
    if (this.#mine()) {
      const state = this.endpoints.words[slot + E.STATE] ?? 0;
      const half = (state & (E.A_OPEN | E.C_ACK)) === E.A_OPEN ? E.C_HALF : 0;
      this.#goOn(slot, E.C_RST | half, 0);
    } else this.#answer(E.A_RST, 0);
    words[at + F.META] = ((words[at + F.META] ?? 0) | F.ENDED) & ~F.PLAIN;
  }

  /** ACK without SYN or RST, perhaps with FIN: of a connection, of one older than the capture, or a probe. */
  #acknowledgment(flags: number): void {
    const kind = (flags & 1) === 0 ? K.ACK_PROBE : K.MAIMON_PROBE;
    const cut = (this.#word & R.FLAGS_UNKNOWN) !== 0;
    const slot = this.#slot();
    if (slot < 0) {
      if (!cut && !this.#resumes()) this.#probe(kind);
      return;
    }
    if (this.#isOver(slot)) this.#probe(kind);
    else if (this.#mine()) this.#acknowledged(slot, kind, cut);
    else this.#acknowledging(slot, cut);
  }

  /** The end that probed goes on. */
  #acknowledged(slot: number, kind: number, cut: boolean): void {
    const { words } = this.endpoints;
    const state = words[slot + E.STATE] ?? 0;
    if (cut && (state & E.A_OPEN) === 0) return;
    const before = E.kindOf(words, slot);
    const data = this.#payload > 0;
    const isStray = before === K.ACK_PROBE || before === K.MAIMON_PROBE;
    if (isStray && (state & E.A_ACK) === 0) {
      // One end of a connection that goes on, or a probe sent again.
      if (before === kind && (words[slot + E.PROBES] ?? 0) < MANY_PROBES) this.#probe(kind);
      else this.#goOn(slot, data ? E.C_DATA : 0, F.X_ACK | F.X_DATA);
    } else if (!isStray && !K.isSynKind(before) && before !== K.SYNACK_PROBE) this.#probe(kind);
    else this.#goOn(slot, data ? E.C_ACK | E.C_DATA : E.C_ACK, data ? F.X_ACK | F.X_DATA : F.X_ACK);
  }

  /** The end that was probed answers, in a connection or out of turn. */
  #acknowledging(slot: number, cut: boolean): void {
    const data = this.#payload > 0;
    // Flags cut off: the first answer to a SYN is a SYN-ACK with options, or a bare RST.
    if (cut && this.endpoints.words[slot + E.ANSWERS] === 0) this.#answer(data ? E.A_OPEN : E.A_RST, 0);
    else this.#answer(data ? E.A_ACK | E.A_DATA : E.A_ACK, data ? F.Y_ACK | F.Y_DATA : F.Y_ACK);
  }

  /** True when what this flow asked was refused: whatever either end sends now is another matter. */
  #isOver(slot: number): boolean {
    if (((this.flows.words[this.#at + F.META] ?? 0) & F.ENDED) === 0) return false;
    const state = this.endpoints.words[slot + E.STATE] ?? 0;
    return (state & E.C_ACK) === 0 || (state & (E.A_OPEN | E.A_ACK)) === 0;
  }

  #udp(): void {
    if (this.#sport === DNS_PORT) this.#names();
    this.#locate(R.UDP);
    const slot = this.#slot();
    if (slot >= 0 && !this.#mine()) {
      if (!this.#isQuestionAfterAnswer(slot)) {
        this.#answer(E.A_OPEN, F.Y_DATA);
        return;
      }
      this.#takeBack(slot, E.A_OPEN);
    } else if (slot >= 0) {
      const { words } = this.endpoints;
      const answered = ((words[slot + E.STATE] ?? 0) & E.A_OPEN) !== 0;
      if (answered || (words[slot + E.PROBES] ?? 0) >= MANY_PROBES) {
        this.#touch(slot, true);
        this.#goOn(slot, 0, F.X_DATA, E.PROBES);
        return;
      }
    }
    this.#probe(K.UDP_PROBE);
  }

  /** Where answers are known to come early, the first packet of a service is one to what comes only now. */
  #isQuestionAfterAnswer(slot: number): boolean {
    return this.early >= SKEWED && this.#dport < this.#sport && this.#since(slot) <= SKEW;
  }

  #names(): void {
    const batch = this.#batch;
    const at = this.#rows[this.#packet * R.ROW + R.TRANSPORT_AT] ?? -1;
    const end = (batch.offsets[this.#packet] ?? 0) + (batch.captured[this.#packet] ?? 0);
    if (at >= 0) this.names.read(batch.view, at + 8, Math.min(end, at + 8 + this.#payload));
  }

  #sctp(): void {
    const chunk = (this.#word >>> 8) & 0xff;
    this.#locate(R.SCTP);
    if (chunk === 1) this.#probe(K.SCTP_INIT);
    else if (chunk === 10) this.#probe(K.SCTP_COOKIE);
    else if ((chunk === 2 || chunk === 6 || chunk === 11) && this.#slot() >= 0 && !this.#mine())
      this.#answer(chunk === 6 ? E.A_RST : E.A_OPEN, 0);
  }

  /** Finds the flow of the packet at hand. */
  #locate(protocol: number): void {
    const { flows } = this;
    const src = this.#src;
    const dst = this.#dst;
    const sport = this.#sport;
    const dport = this.#dport;
    const fromX = sport > dport || (sport === dport && src > dst);
    this.#fromX = fromX;
    if (this.#at >= 0) return;
    flows.makeRoom();
    const key = this.#flowKey(protocol);
    const begins = (this.#word & 0x3fff) === ((0x02 << 8) | R.TCP);
    this.#at = fromX
      ? flows.find(src, dst, (sport << 16) | dport, key, begins)
      : flows.find(dst, src, (dport << 16) | sport, key, begins);
  }

  #flowKey(protocol: number): number {
    return protocol | ((this.#word & R.IPV6) !== 0 ? F.FLOW_IPV6 : 0) | F.FLOW_TAKEN;
  }

  /** The slot of the endpoint that this flow probed last, or -1. What is in a cell gets a record of its own. */
  #slot(): number {
    if (this.#at < 0) return -1;
    const number = this.flows.words[this.#at + F.ENDPOINT] ?? 0;
    return number < 0 ? this.#takeOut(-1 - number) : (number - 1) * E.RECORD;
  }

  /** The place in a cell of the endpoint that this flow probed last, or -1. */
  #place(): number {
    const number = this.#at < 0 ? 0 : (this.flows.words[this.#at + F.ENDPOINT] ?? 0);
    return number < 0 ? -1 - number : -1;
  }

  #takeOut(place: number): number {
    const { words: flows } = this.flows;
    const byY = ((flows[this.#at + F.META] ?? 0) & F.Y_BEGAN) !== 0;
    const source = flows[this.#at + (byY ? F.Y : F.X)] ?? 0;
    const target = flows[this.#at + (byY ? F.X : F.Y)] ?? 0;
    const ports = flows[this.#at + F.FLOW_PORTS] ?? 0;
    const port = byY ? ports >>> 16 : ports & 0xffff;
    const { kind, ipv6 } = this.cells.kindOf(place);
    const key = (kind << 16) | port | (ipv6 ? E.KEY_IPV6 : 0) | E.KEY_TAKEN;
    const slot = this.endpoints.add(source, target, key);
    const { words, times } = this.endpoints;
    words[slot + E.STATE] = this.cells.takeOut(place) | E.ATTEMPT;
    words[slot + E.PROBES] = 1;
    words[slot + E.FIRST_PACKET] = this.#number();
    words[slot + E.SHAPE] = E.SHAPE_UNKNOWN | ((byY ? ports & 0xffff : ports >>> 16) << 16);
    times[(slot + E.FIRST_TIME) >> 1] = this.#time;
    times[(slot + E.LAST_TIME) >> 1] = this.#time;
    flows[this.#at + F.ENDPOINT] = slot / E.RECORD + 1;
    flows[this.#at + F.X_PACKETS] = 0;
    return slot;
  }

  /** True when the end that sent this packet is the one that probed. */
  #mine(): boolean {
    return (((this.flows.words[this.#at + F.META] ?? 0) & F.Y_BEGAN) === 0) === this.#fromX;
  }

  /** Microseconds since the last probe of this record, either way. */
  #since(slot: number): number {
    return Math.abs(this.#time - (this.endpoints.times[(slot + E.LAST_TIME) >> 1] ?? Number.NaN));
  }

  /** A probe of an endpoint that is known already; `attempt`: not merely sent again. */
  #touch(slot: number, attempt: boolean): void {
    const last = (slot + E.LAST_TIME) >> 1;
    const { times, words } = this.endpoints;
    const pause = this.#time - (times[last] ?? 0);
    if (pause > PAUSE) this.revisits.add(this.#src, (this.#word & R.IPV6) !== 0, this.#time);
    if (attempt && pause >= COMES_BACK && pause < BEGINS_ANEW && E.revisitsOf(words, slot) < E.MOST)
      words[slot + E.STATE] = (words[slot + E.STATE] ?? 0) + E.VISIT;
    times[last] = this.#time;
  }

  /**
   * What tells a probe from the next one: in the upper half its sequence number (TCP) or length, in the lower its IP id,
   * which is another when it is sent again, but the same in a frame that was captured twice.
   */
  #signature(): number {
    const batch = this.#batch;
    const row = this.#packet * R.ROW;
    const end = (batch.offsets[this.#packet] ?? 0) + (batch.captured[this.#packet] ?? 0);
    const ip = this.#rows[row + R.IP_AT] ?? -1;
    const at = this.#rows[row + R.TRANSPORT_AT] ?? -1;
    const id = ip >= 0 && (this.#word & R.IPV6) === 0 ? batch.view.getUint16(ip + 4) : 0;
    let content = this.#payload & 0xffff;
    if ((this.#word & 0xff) === R.TCP && at >= 0 && end - at >= 8) {
      const sequence = batch.view.getUint32(at + 4);
      content = (sequence ^ (sequence >>> 16)) & 0xffff;
    } else if ((this.#word & 0xff) === R.UDP && at >= 0 && end - at >= 8) {
      // nmap sends several payloads of one length under one IP id; the checksum tells them apart.
      content ^= batch.view.getUint16(at + 6);
    }
    return (content << 16) | id;
  }

  /** The source sent a probe of this kind, over the flow at hand where the protocol has flows. */
  #probe(kind: number): void {
    const { endpoints, flows } = this;
    const ipv6 = (this.#word & R.IPV6) !== 0;
    if (this.cells.any) {
      const place = this.cells.find(this.#src, this.#dst, this.#dport, kind, ipv6);
      if (place >= 0 && this.#probePlace(place)) return;
    }
    const key = (kind << 16) | this.#dport | (ipv6 ? E.KEY_IPV6 : 0) | E.KEY_TAKEN;
    let slot = endpoints.find(this.#src, this.#dst, key);
    const fresh = slot < 0;
    if (fresh) slot = this.#begin(key);
    const protocol = this.#word & 0xff;
    const at = this.#at >= 0 ? this.#at : this.#enter(protocol);
    const meta = flows.words[at + F.META] ?? 0;
    const before = flows.words[at + F.ENDPOINT] ?? 0;
    const note = flows.words[at + F.NOTE] ?? 0;
    const number = slot / E.RECORD + 1;
    const same = before === number && this.#mine() && (meta & F.ENDED) === 0;
    const signature = this.#signature();
    const seen =
      note === signature || (kind === K.UDP_PROBE && endpoints.words[slot + E.SEQUENCE] === signature);
    if (same && seen && this.#since(slot) <= TWICE) {
      this.duplicates++;
      return;
    }
    const again = same && protocol === R.TCP && note >>> 16 === signature >>> 16;
    if (!fresh) this.#touch(slot, !again);
    const { words } = endpoints;
    words[slot + E.PROBES] = (words[slot + E.PROBES] ?? 0) + 1;
    let state = words[slot + E.STATE] ?? 0;
    let ended = 0;
    if (before === 0 && note !== 0 && this.#sinceNote(at) <= EARLY / 1000) {
      state |= note;
      words[slot + E.ANSWER_PACKET] ||= this.#number();
      this.early++;
      if ((note & E.A_RST) !== 0) ended = F.ENDED;
    }
    if (!again && !(same && protocol !== R.TCP) && E.attemptsOf(words, slot) < E.MOST) state += E.ATTEMPT;
    if ((this.#word & R.FRAGMENTED) !== 0 && protocol === R.TCP) state |= E.TINY;
    if (this.#payload > 0 && (kind === K.ACK_PROBE || kind === K.MAIMON_PROBE)) state |= E.C_DATA;
    words[slot + E.STATE] = state;
    if (before !== number) flows.settleOne(at);
    flows.words[at + F.META] =
      (meta & F.FLOW_KEY) | (this.#fromX ? 0 : F.Y_BEGAN) | (ended || (K.isSynKind(kind) ? F.PLAIN : 0));
    flows.words[at + F.ENDPOINT] = number;
    flows.words[at + F.NOTE] = signature;
  }

  /** The same for an endpoint of a cell; false when it has a record already, from before the cell was made. */
  #probePlace(place: number): boolean {
    const { flows, cells } = this;
    const at = this.#at >= 0 ? this.#at : this.#enter(this.#word & 0xff);
    const before = flows.words[at + F.ENDPOINT] ?? 0;
    const note = flows.words[at + F.NOTE] ?? 0;
    const signature = this.#signature();
    const ms = Math.trunc(this.#time / 1000) | 0;
    const same = before === -1 - place && this.#mine();
    if (
      same &&
      note === signature &&
      Math.abs((ms - (flows.words[at + F.X_PACKETS] ?? 0)) | 0) <= TWICE / 1000
    ) {
      this.duplicates++;
      return true;
    }
    const early = before === 0 && note !== 0 && this.#sinceNote(at) <= EARLY / 1000 ? note : 0;
    if ((early & ~SIMPLE) !== 0) return false;
    if (early !== 0) this.early++;
    if (before > 0) flows.settleOne(at);
    if (this.#time - cells.lastTime(place) > PAUSE)
      this.revisits.add(this.#src, (this.#word & R.IPV6) !== 0, this.#time);
    cells.probe(place, early, this.#time);
    const ended = (early & E.A_RST) !== 0 ? F.ENDED : 0;
    flows.words[at + F.META] =
      ((flows.words[at + F.META] ?? 0) & F.FLOW_KEY) | (this.#fromX ? 0 : F.Y_BEGAN) | ended;
    flows.words[at + F.ENDPOINT] = -1 - place;
    flows.words[at + F.NOTE] = signature;
    flows.words[at + F.X_PACKETS] = ms;
    return true;
  }

  /** A new record of the packet at hand. */
  #begin(key: number): number {
    const batch = this.#batch;
    const slot = this.endpoints.add(this.#src, this.#dst, key);
    const { words, times } = this.endpoints;
    words[slot + E.FIRST_PACKET] = this.#number();
    times[(slot + E.FIRST_TIME) >> 1] = this.#time;
    times[(slot + E.LAST_TIME) >> 1] = this.#time;
    const kind = this.#word & 0xff;
    let state = 0;
    if (this.#sport < 1024 && this.#dport >= 1024 && kind !== R.OTHER_IP) state |= E.FROM_SERVICE;
    if (kind === R.UDP && this.#wakes(batch)) state |= E.WAKES;
    if (this.names.has(this.#dst, (this.#word & R.IPV6) !== 0)) state |= E.NAMED;
    words[slot + E.STATE] = state;
    describeProbe(words, slot, batch, this.#rows, this.#packet);
    if (kind === R.UDP) words[slot + E.SEQUENCE] = this.#signature();
    return slot;
  }

  #wakes(batch: PacketBatch): boolean {
    if (this.#payload < MAGIC_LENGTH) return false;
    const at = (this.#rows[this.#packet * R.ROW + R.TRANSPORT_AT] ?? 0) + 8;
    const end = (batch.offsets[this.#packet] ?? 0) + (batch.captured[this.#packet] ?? 0);
    return end - at >= 6 && batch.view.getInt32(at) === -1 && batch.view.getUint16(at + 4) === 0xffff;
  }

  /** A new flow of the packet at hand; gives its place. */
  #enter(protocol: number): number {
    const ports = this.#fromX ? (this.#sport << 16) | this.#dport : (this.#dport << 16) | this.#sport;
    const key = this.#flowKey(protocol);
    this.#at = this.#fromX
      ? this.flows.add(this.#src, this.#dst, ports, key)
      : this.flows.add(this.#dst, this.#src, ports, key);
    return this.#at;
  }

  #number(): number {
    return this.#batch.firstNumber + this.#packet;
  }

  /** The target answered the flow at hand. `known` says in bits of Y what of it needs not be learned again. */
  #answer(learned: number, known: number): void {
    const slot = this.#slot();
    const { words } = this.endpoints;
    words[slot + E.STATE] = (words[slot + E.STATE] ?? 0) | learned;
    words[slot + E.ANSWERS] = (words[slot + E.ANSWERS] ?? 0) + 1;
    words[slot + E.ANSWER_PACKET] ||= this.#number();
    // The bits of X are two below those of Y.
    this.#known(this.#fromX ? known >>> 2 : known);
  }

  /** The source sent something else over the flow at hand. `known` in bits of X. */
  #goOn(slot: number, learned: number, known: number, counter = E.OTHERS): void {
    const { words } = this.endpoints;
    words[slot + E.STATE] = (words[slot + E.STATE] ?? 0) | learned;
    words[slot + counter] = (words[slot + counter] ?? 0) + 1;
    this.#known(this.#fromX ? known : known << 2);
  }

  #known(bits: number): void {
    if (bits === 0) return;
    this.flows.words[this.#at + F.META] = (this.flows.words[this.#at + F.META] ?? 0) | bits;
  }

  /** An answer to a probe that was not seen, or not yet: kept with the flow. `byX`: it was X that must have probed. */
  #tooEarly(byX: boolean, learned: number): void {
    const at = this.#at >= 0 ? this.#at : this.#enter(this.#word & 0xff);
    const { words } = this.flows;
    if (this.#sinceNote(at) > EARLY / 1000) words[at + F.NOTE] = 0;
    if (!byX) words[at + F.META] = (words[at + F.META] ?? 0) | F.Y_BEGAN;
    words[at + F.NOTE] = (words[at + F.NOTE] ?? 0) | learned;
    words[at + F.X_PACKETS] = Math.trunc(this.#time / 1000) | 0;
  }

  /** Milliseconds since an early answer; its time stands where packets are counted later. */
  #sinceNote(at: number): number {
    return Math.abs(((Math.trunc(this.#time / 1000) | 0) - (this.flows.words[at + F.X_PACKETS] ?? 0)) | 0);
  }

  /** The record of a SYN/ACK that answered what comes only now. */
  #takeBack(slot: number, learned: number): void {
    const { words } = this.endpoints;
    const probes = (words[slot + E.PROBES] ?? 0) - 1;
    words[slot + E.PROBES] = probes;
    if (probes <= 0) words[slot + E.KEY] = ((words[slot + E.KEY] ?? 0) & ~0xff0000) | (K.VOID << 16);
    const at = this.#at;
    this.flows.words[at + F.ENDPOINT] = 0;
    this.flows.words[at + F.NOTE] = learned;
    this.flows.words[at + F.X_PACKETS] = Math.trunc(this.#time / 1000) | 0;
  }

  /** True when this belongs to a connection whose flow was forgotten, which it then continues. */
  #resumes(): boolean {
    if (!this.flows.forgetful) return false;
    return (
      this.#resumesFrom(this.#src, this.#dst, this.#dport, true) ||
      this.#resumesFrom(this.#dst, this.#src, this.#sport, false)
    );
  }

  #resumesFrom(source: number, target: number, port: number, mine: boolean): boolean {
    const { words } = this.endpoints;
    const family = (this.#word & R.IPV6) !== 0 ? E.KEY_IPV6 : 0;
    for (const kind of [K.STACK_SYN, K.RAW_SYN, K.ACK_PROBE]) {
      const slot = this.endpoints.find(source, target, (kind << 16) | port | family | E.KEY_TAKEN);
      if (slot < 0) continue;
      const state = words[slot + E.STATE] ?? 0;
      if ((state & (E.A_ACK | E.C_ACK)) === 0) continue;
      const at = this.#at >= 0 ? this.#at : this.#enter(R.TCP);
      const byX = mine === this.#fromX;
      this.flows.words[at + F.META] = this.#flowKey(R.TCP) | (byX ? 0 : F.Y_BEGAN) | F.ALL_KNOWN;
      this.flows.words[at + F.ENDPOINT] = slot / E.RECORD + 1;
      this.flows.words[at + F.NOTE] = 0;
      return true;
    }
    return false;
  }

  /** ICMP, ARP, NDP and other IP protocols have no flows: source, target and type say all. */
  #question(kind: number): void {
    const ipv6 = (this.#word & R.IPV6) !== 0;
    const key = (kind << 16) | this.#dport | (ipv6 ? E.KEY_IPV6 : 0) | E.KEY_TAKEN;
    let slot = this.endpoints.find(this.#src, this.#dst, key);
    if (slot < 0) slot = this.#begin(key);
    else if (this.#since(slot) <= TWICE_BARE) {
      this.duplicates++;
      return;
    } else this.#touch(slot, true);
    const { words } = this.endpoints;
    words[slot + E.PROBES] = (words[slot + E.PROBES] ?? 0) + 1;
    if (E.attemptsOf(words, slot) < E.MOST) words[slot + E.STATE] = (words[slot + E.STATE] ?? 0) + E.ATTEMPT;
  }

  #reply(kind: number): boolean {
    const ipv6 = (this.#word & R.IPV6) !== 0;
    const key = (kind << 16) | this.#dport | (ipv6 ? E.KEY_IPV6 : 0) | E.KEY_TAKEN;
    const slot = this.endpoints.find(this.#dst, this.#src, key);
    if (slot < 0) return false;
    const { words } = this.endpoints;
    words[slot + E.STATE] = (words[slot + E.STATE] ?? 0) | E.A_OPEN;
    words[slot + E.ANSWERS] = (words[slot + E.ANSWERS] ?? 0) + 1;
    words[slot + E.ANSWER_PACKET] ||= this.#number();
    return true;
  }

  /** An ICMP error; the row is that of the packet it quotes. */
  #error(protocol: number): void {
    this.#at = -1;
    const learned =
      this.#payload === R.ERROR_PORT
        ? E.A_PORT
        : this.#payload === R.ERROR_FILTERED
          ? E.A_FILTERED
          : this.#payload === R.ERROR_PROTOCOL
            ? E.A_PROTOCOL
            : E.A_TTL;
    const { words } = this.endpoints;
    if (protocol !== R.TCP && protocol !== R.UDP && protocol !== R.SCTP) {
      const ipv6 = (this.#word & R.IPV6) !== 0;
      const key = (protocol << 16) | this.#dport | (ipv6 ? E.KEY_IPV6 : 0) | E.KEY_TAKEN;
      const slot = this.endpoints.find(this.#src, this.#dst, key);
      if (slot >= 0) this.#refused(words, slot, learned);
      return;
    }
    this.#locate(protocol);
    const place = this.#place();
    if (place >= 0 && this.#mine() && (learned & SIMPLE) !== 0) {
      this.cells.answer(place, learned);
      return;
    }
    const slot = this.#slot();
    if (slot >= 0) {
      // An error about an answer says nothing of the endpoint that was asked.
      if (this.#mine()) this.#refused(words, slot, learned);
    } else {
      this.#word = (this.#word & ~0xff) | protocol;
      this.#tooEarly(this.#fromX, learned);
    }
  }

  #refused(words: Int32Array, slot: number, learned: number): void {
    words[slot + E.STATE] = (words[slot + E.STATE] ?? 0) | learned;
    words[slot + E.ANSWER_PACKET] ||= this.#number();
  }
}
