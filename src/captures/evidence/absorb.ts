/**
 * The hot loop: writes a decoded batch into the evidence table. It is one long function on purpose: with the table
 * behind methods, and with the lookup in a function of its own, it measured at about half the speed, because V8 keeps
 * the arrays in registers only within one function. What happens once a record (new ones, first SYNs) is outside.
 */
import type { PacketBatch } from '../container/batch.ts';
import * as R from '../decode/record.ts';
import * as P from './pairs.ts';
import { describeProbe } from './shape.ts';

// In which direction a packet may belong to a record, and whether it may begin one.
const PROBE = 0;
const ANSWER = 1;
const ANSWER_OR_PROBE = 2;
const ANSWER_OR_RESET = 3;
const EITHER = 4;
const QUOTED = 5;

/**
 * Takes packets from index `from` on; gives the index of the first it could not take because the table is full, or the
 * batch's count. The caller makes room and calls again.
 */
export function absorb(table: P.PairTable, batch: PacketBatch, rows: Int32Array, from: number): number {
  const { words, times, mask, limit } = table;
  const [seed0, seed1, seed2] = table.seeds;
  const { count, firstNumber } = batch;
  const packetTimes = batch.times;
  let records = table.count;
  let i = from;
  for (; i < count; i++) {
    const row = i * R.ROW;
    const word = rows[row + R.KIND] ?? 0;
    if (word === 0) continue;
    const src = rows[row + R.SRC] ?? 0;
    const dst = rows[row + R.DST] ?? 0;
    const ports = rows[row + R.PORTS] ?? 0;
    const payload = rows[row + R.PAYLOAD] ?? 0;
    const sport = ports >>> 16;
    const dport = ports & 0xffff;
    let kind = word & 0xff;
    const flags = (word >>> 8) & 0x3f;

    // 1. What this packet can be.
    let plan = EITHER;
    let replyPort = sport;
    switch (kind) {
      case R.TCP:
        if ((word & R.FLAGS_UNKNOWN) !== 0) continue;
        if ((flags & 0x16) === 0x10) plan = EITHER;
        else if ((flags & 0x17) === 0x12) plan = ANSWER_OR_PROBE;
        else if ((flags & 0x06) === 0x04) plan = ANSWER_OR_RESET;
        else plan = PROBE;
        break;
      case R.UDP:
        break;
      case R.SCTP: {
        const chunk = (word >>> 8) & 0xff;
        if (chunk === 1 || chunk === 10) plan = PROBE;
        else if (chunk === 2 || chunk === 6 || chunk === 11) plan = ANSWER;
        else continue;
        break;
      }
      case R.PING:
      case R.ARP:
      case R.NDP:
        plan = PROBE;
        break;
      case R.PONG:
      case R.ARP_REPLY:
      case R.NDP_REPLY:
        kind = kind === R.PONG ? R.PING : kind === R.ARP_REPLY ? R.ARP : R.NDP;
        plan = ANSWER;
        replyPort = dport;
        break;
      case R.OTHER_IP:
        replyPort = dport;
        break;
      default:
        plan = QUOTED;
        kind = word >>> 24;
    }
    const keyHigh = (kind << 16) | ((word & R.IPV6) << 8) | P.KEY_TAKEN;

    // 2. Its record: the likelier direction first. A client's port is usually the higher one.
    const both = plan === EITHER || plan === ANSWER_OR_PROBE || plan === ANSWER_OR_RESET;
    let reverse = plan === EITHER ? dport > sport : plan !== PROBE && plan !== QUOTED;
    let slot = -1;
    let free = -1;
    for (let attempt = both ? 2 : 1; attempt > 0; attempt--) {
      const source = reverse ? dst : src;
      const target = reverse ? src : dst;
      const key = keyHigh | (reverse ? replyPort : dport);
      let h = Math.imul(source, seed0) ^ Math.imul(target, seed1) ^ Math.imul(key, seed2);
      h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
      let at = (h ^ (h >>> 13)) & mask;
      for (;;) {
        const candidate = at * P.RECORD;
        const found = words[candidate + P.KEY];
        if (found === 0) break;
        if (found === key && words[candidate] === source && words[candidate + 1] === target) {
          slot = candidate;
          break;
        }
        at = (at + 1) & mask;
      }
      if (slot >= 0) break;
      if (!reverse) free = at * P.RECORD;
      if (attempt === 2) reverse = !reverse;
    }

    // 3. What it tells.
    if (slot >= 0) {
      const state = words[slot + P.STATE] ?? 0;
      if (reverse) {
        let learned = 0;
        if (kind === R.TCP) {
          if (plan === ANSWER_OR_PROBE) learned = P.A_OPEN;
          else if (plan === ANSWER_OR_RESET) learned = P.A_RST;
          else learned = payload > 0 ? P.A_ACK | P.A_DATA : P.A_ACK;
        } else if (kind === R.SCTP) learned = ((word >>> 8) & 0xff) === 6 ? P.A_RST : P.A_OPEN;
        else learned = P.A_OPEN;
        if ((state & learned) !== learned) words[slot + P.STATE] = state | learned;
        const answers = words[slot + P.ANSWERS] ?? 0;
        if (answers === 0) words[slot + P.ANSWER_PACKET] = firstNumber + i;
        words[slot + P.ANSWERS] = answers + 1;
        continue;
      }
      if (plan === QUOTED) {
        const learned =
          payload === R.ERROR_PORT
            ? P.A_PORT
            : payload === R.ERROR_FILTERED
              ? P.A_FILTERED
              : payload === R.ERROR_PROTOCOL
                ? P.A_PROTOCOL
                : P.A_TTL;
        words[slot + P.STATE] = state | learned;
        if (words[slot + P.ANSWER_PACKET] === 0) words[slot + P.ANSWER_PACKET] = firstNumber + i;
        continue;
      }
      if (kind === R.TCP && plan !== PROBE) {
        if (plan === ANSWER_OR_RESET) {
          const half = (state & (P.A_OPEN | P.C_ACK)) === P.A_OPEN ? P.C_HALF : 0;
          words[slot + P.STATE] = state | P.C_RST | half;
          words[slot + P.OTHERS] = (words[slot + P.OTHERS] ?? 0) + 1;
          continue;
        }
        if (plan === EITHER && (state & P.A_OPEN) !== 0) {
          const learned = payload > 0 ? P.C_ACK | P.C_DATA : P.C_ACK;
          if ((state & learned) !== learned) words[slot + P.STATE] = state | learned;
          words[slot + P.OTHERS] = (words[slot + P.OTHERS] ?? 0) + 1;
          continue;
        }
      }
      words[slot + P.PROBES] = (words[slot + P.PROBES] ?? 0) + 1;
      times[(slot + P.LAST_TIME) >> 1] = packetTimes[i] ?? 0;
      const probe = probeBits(kind, plan, flags, word, payload);
      if ((state & probe) !== probe) {
        words[slot + P.STATE] = state | probe;
        // Another technique than before may look different: the shape kept is that of the first SYN, if there is one.
        if ((probe & P.P_SYN) !== 0 && (state & P.P_SYN) === 0) describeProbe(words, slot, batch, rows, i);
      }
      continue;
    }

    // 4. Not known yet: a packet that may begin a record does so.
    if (plan === ANSWER || plan === ANSWER_OR_RESET || plan === QUOTED) continue;
    if (records >= limit) break;
    records++;
    slot = free;
    words[slot + P.SOURCE] = src;
    words[slot + P.TARGET] = dst;
    words[slot + P.KEY] = keyHigh | dport;
    let state = probeBits(kind, plan, flags, word, payload);
    if (sport < 1024 && dport >= 1024 && kind !== R.OTHER_IP) state |= P.FROM_SERVICE;
    words[slot + P.STATE] = state;
    words[slot + P.PROBES] = 1;
    words[slot + P.FIRST_PACKET] = firstNumber + i;
    const time = packetTimes[i] ?? 0;
    times[(slot + P.FIRST_TIME) >> 1] = time;
    times[(slot + P.LAST_TIME) >> 1] = time;
    describeProbe(words, slot, batch, rows, i);
  }
  table.count = records;
  return i;
}

/** The STATE bits of a packet that probes. */
function probeBits(kind: number, plan: number, flags: number, word: number, payload: number): number {
  if (kind !== R.TCP) {
    return kind === R.SCTP && ((word >>> 8) & 0xff) === 10 ? P.P_COOKIE : P.P_OTHER;
  }
  const tiny = (word & R.FRAGMENTED) === 0 ? 0 : P.TINY;
  if (plan === EITHER) {
    const stray = (flags & 1) === 0 ? P.P_ACK : P.P_MAIMON;
    return tiny | stray | (payload > 0 ? P.C_DATA : 0);
  }
  if (plan === ANSWER_OR_PROBE) return tiny | P.P_SYNACK;
  switch (flags) {
    case 0x02:
      return tiny | P.P_SYN;
    case 0x01:
      return tiny | P.P_FIN;
    case 0x00:
      return tiny | P.P_NULL;
    case 0x29:
      return tiny | P.P_XMAS;
    default:
      return tiny | P.P_ODD | (flags << P.ODD_SHIFT);
  }
}
