/** What a TCP segment tells: a probe, an answer, or a part of a connection (RFC 9293). */
import * as R from '../decode/record.ts';
import * as E from './endpoints.ts';
import { EARLY_MS, type Exchange } from './exchange.ts';
import * as F from './flows.ts';
import * as K from './kinds.ts';
import { MANY_PROBES, probe } from './probe.ts';
import { isBareReset, synKind } from './shape.ts';

export function learnTcp(x: Exchange): void {
  if ((x.word & (R.FLAGS_UNKNOWN | R.GUESSED)) === R.FLAGS_UNKNOWN) return;
  const flags = (x.word >>> 8) & 0x3f;
  x.locate(R.TCP);
  if (x.at >= 0) x.evidence.flows.settleOne(x.at);
  if ((flags & 0x16) === 0x10) acknowledgment(x, flags);
  else if ((flags & 0x17) === 0x12) synAck(x);
  else if ((flags & 0x06) === 0x04) reset(x, flags);
  else if (flags === 0x02) syn(x);
  else probe(x, K.TCP_BY_FLAGS | flags);
}

function syn(x: Exchange): void {
  const batch = x.batch;
  const at = x.at;
  const { words } = x.evidence.flows;
  const slot = x.place() >= 0 ? -1 : x.slot();
  if (slot >= 0) {
    const kind = E.kindOf(x.evidence.endpoints.words, slot);
    if (x.mine()) {
      // Some stacks leave out options when they try again: still the same connection.
      const again = K.isSynKind(kind) && ((words[at + F.META] ?? 0) & F.ENDED) === 0;
      if (again && (words[at + F.NOTE] ?? 0) >>> 16 === x.signature() >>> 16) {
        probe(x, kind);
        return;
      }
    } else if (x.since(slot) <= EARLY_MS * 1000) {
      // What looked like a probe was an answer that stands before its question.
      if (kind === K.SYNACK_PROBE) x.takeBack(slot, E.A_OPEN);
      else if (K.isReset(kind)) x.takeBack(slot, E.A_RST);
    }
  }
  probe(x, synKind(batch, x.rows, x.packet));
}

function synAck(x: Exchange): void {
  const slot = x.slot();
  if (slot < 0 || x.mine()) probe(x, K.SYNACK_PROBE);
  else if (!isOver(x, slot)) x.answer(E.A_OPEN, 0);
  else if (isLate(x, slot)) x.answer(E.A_OPEN | E.C_HALF, 0);
  else probe(x, K.SYNACK_PROBE);
}

/** Where two taps were merged, the reset of a half-open probe may stand before the answer that it resets. */
function isLate(x: Exchange, slot: number): boolean {
  const state = x.evidence.endpoints.words[slot + E.STATE] ?? 0;
  return (state & (E.C_RST | E.A_RST)) === E.C_RST && x.since(slot) <= EARLY_MS * 1000;
}

function reset(x: Exchange, flags: number): void {
  const at = x.at;
  const place = x.place();
  if (place >= 0 && !x.mine()) {
    x.evidence.cells.answer(place, E.A_RST);
    x.evidence.flows.words[at + F.META] = (x.evidence.flows.words[at + F.META] ?? 0) | F.ENDED;
    return;
  }
  const slot = x.slot();
  const kind = K.TCP_BY_FLAGS | flags;
  if (slot < 0) {
    if (isBareReset(x.batch, x.rows, x.packet)) probe(x, kind);
    else x.tooEarly(!x.fromX, E.A_RST);
    return;
  }
  if (x.mine() && E.kindOf(x.evidence.endpoints.words, slot) === kind) {
    probe(x, kind);
    return;
  }
  const { words } = x.evidence.flows;
  if (x.mine()) {
    const state = x.evidence.endpoints.words[slot + E.STATE] ?? 0;
    const half = (state & (E.A_OPEN | E.C_ACK)) === E.A_OPEN ? E.C_HALF : 0;
    x.goOn(slot, E.C_RST | half, 0);
  } else x.answer(E.A_RST, 0);
  words[at + F.META] = ((words[at + F.META] ?? 0) | F.ENDED) & ~F.PLAIN;
}

/** ACK without SYN or RST, perhaps with FIN: of a connection, of one older than the capture, or a probe. */
function acknowledgment(x: Exchange, flags: number): void {
  const kind = (flags & 1) === 0 ? K.ACK_PROBE : K.MAIMON_PROBE;
  const cut = (x.word & R.FLAGS_UNKNOWN) !== 0;
  const slot = x.slot();
  if (slot < 0) {
    if (!cut && !resumes(x)) probe(x, kind);
    return;
  }
  if (isOver(x, slot)) probe(x, kind);
  else if (x.mine()) goesOn(x, slot, kind, cut);
  else answers(x, slot, cut);
}

/** The end that probed goes on. */
function goesOn(x: Exchange, slot: number, kind: number, cut: boolean): void {
  const { words } = x.evidence.endpoints;
  const state = words[slot + E.STATE] ?? 0;
  if (cut && (state & E.A_OPEN) === 0) return;
  const before = E.kindOf(words, slot);
  const data = x.payload > 0;
  const isStray = before === K.ACK_PROBE || before === K.MAIMON_PROBE;
  if (isStray && (state & E.A_ACK) === 0) {
    // One end of a connection that goes on, or a probe sent again.
    if (before === kind && (words[slot + E.PROBES] ?? 0) < MANY_PROBES) probe(x, kind);
    else x.goOn(slot, data ? E.C_DATA : 0, F.X_ACK | F.X_DATA);
  } else if (!isStray && !K.isSynKind(before) && before !== K.SYNACK_PROBE) probe(x, kind);
  else x.goOn(slot, data ? E.C_ACK | E.C_DATA : E.C_ACK, data ? F.X_ACK | F.X_DATA : F.X_ACK);
}

/** The end that was probed answers, in a connection or out of turn. */
function answers(x: Exchange, slot: number, cut: boolean): void {
  const data = x.payload > 0;
  // Flags cut off: the first answer to a SYN is a SYN-ACK with options, or a bare RST.
  if (cut && x.evidence.endpoints.words[slot + E.ANSWERS] === 0) x.answer(data ? E.A_OPEN : E.A_RST, 0);
  else x.answer(data ? E.A_ACK | E.A_DATA : E.A_ACK, data ? F.Y_ACK | F.Y_DATA : F.Y_ACK);
}

/** True when what this flow asked was refused: whatever either end sends now is another matter. */
function isOver(x: Exchange, slot: number): boolean {
  if (((x.evidence.flows.words[x.at + F.META] ?? 0) & F.ENDED) === 0) return false;
  const state = x.evidence.endpoints.words[slot + E.STATE] ?? 0;
  return (state & E.C_ACK) === 0 || (state & (E.A_OPEN | E.A_ACK)) === 0;
}

/** True when this belongs to a connection whose flow was forgotten, which it then continues. */
function resumes(x: Exchange): boolean {
  if (!x.evidence.flows.forgetful) return false;
  return resumesFrom(x, x.src, x.dst, x.dport, true) || resumesFrom(x, x.dst, x.src, x.sport, false);
}

function resumesFrom(x: Exchange, source: number, target: number, port: number, mine: boolean): boolean {
  const { words } = x.evidence.endpoints;
  const family = (x.word & R.IPV6) !== 0 ? E.KEY_IPV6 : 0;
  for (const kind of [K.STACK_SYN, K.RAW_SYN, K.ACK_PROBE]) {
    const slot = x.evidence.endpoints.find(source, target, (kind << 16) | port | family | E.KEY_TAKEN);
    if (slot < 0) continue;
    const state = words[slot + E.STATE] ?? 0;
    if ((state & (E.A_ACK | E.C_ACK)) === 0) continue;
    const at = x.at >= 0 ? x.at : x.enter(R.TCP);
    const byX = mine === x.fromX;
    x.evidence.flows.words[at + F.META] = x.flowKey(R.TCP) | (byX ? 0 : F.Y_BEGAN) | F.ALL_KNOWN;
    x.evidence.flows.words[at + F.ENDPOINT] = slot / E.RECORD + 1;
    x.evidence.flows.words[at + F.NOTE] = 0;
    return true;
  }
  return false;
}
