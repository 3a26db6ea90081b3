/**
 * The hot loop: writes a decoded batch into the evidence table. It is one long function on purpose: with the table
 * behind methods, and with the lookup in a function of its own, it measured at about half the speed, because V8 keeps
 * the arrays in registers only within one function. What happens once a record (new ones, first SYNs) is outside.
 */
import type { PacketBatch } from '../container/batch.ts';
import * as R from '../decode/record.ts';
import * as P from './pairs.ts';
import { describeProbe } from './shape.ts';

// Constants of this module are folded into the machine code; imported ones would be loaded again at every use, which
// made this loop three times as slow.
const {
  ANSWERS,
  ANSWER_PACKET,
  A_ACK,
  A_DATA,
  A_FILTERED,
  A_OPEN,
  A_PORT,
  A_PROTOCOL,
  A_RST,
  A_TTL,
  C_ACK,
  C_DATA,
  C_HALF,
  C_RST,
  FIRST_PACKET,
  FIRST_TIME,
  FROM_SERVICE,
  KEY,
  KEY_TAKEN,
  LAST_TIME,
  ODD_SHIFT,
  OTHERS,
  PROBES,
  P_ACK,
  P_COOKIE,
  P_FIN,
  P_MAIMON,
  P_NULL,
  P_ODD,
  P_OTHER,
  P_SYN,
  P_SYNACK,
  P_XMAS,
  RECORD,
  SOURCE,
  STATE,
  TARGET,
  TINY,
} = P;
const {
  ARP,
  ARP_REPLY,
  DST,
  ERROR_FILTERED,
  ERROR_PORT,
  ERROR_PROTOCOL,
  FLAGS_UNKNOWN,
  FRAGMENTED,
  GUESSED,
  IPV6,
  KIND,
  NDP,
  NDP_REPLY,
  OTHER_IP,
  PAYLOAD,
  PING,
  PONG,
  PORTS,
  ROW,
  SCTP,
  SRC,
  TCP,
  UDP,
} = R;

// In which direction a packet may belong to a record, and whether it may begin one.
const PROBE = 0;
const ANSWER = 1;
const ANSWER_OR_PROBE = 2;
const ANSWER_OR_RESET = 3;
const EITHER = 4;
const QUOTED = 5;

/** TCP with ACK, without SYN, RST or FIN, flags known. */
const ESTABLISHED_MASK = 0xff | (0x17 << 8) | FLAGS_UNKNOWN;
const ESTABLISHED = TCP | (0x10 << 8);
const TCP_KEY = (TCP << 16) | KEY_TAKEN;

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
    const row = i * ROW;
    const word = rows[row + KIND] ?? 0;
    if (word === 0) continue;
    const src = rows[row + SRC] ?? 0;
    const dst = rows[row + DST] ?? 0;
    const ports = rows[row + PORTS] ?? 0;
    const payload = rows[row + PAYLOAD] ?? 0;
    const sport = ports >>> 16;
    const dport = ports & 0xffff;

    // 0. Nine of ten packets: a segment within a connection that is known already, in its likelier direction. Which
    // direction that is cannot be foretold by the processor, so it is computed with masks instead of branches.
    if ((word & ESTABLISHED_MASK) === ESTABLISHED) {
      const backward = (sport - dport) >> 31;
      const swap = (src ^ dst) & backward;
      const source = src ^ swap;
      const target = dst ^ swap;
      const key = (dport ^ ((sport ^ dport) & backward)) | TCP_KEY | ((word & IPV6) << 8);
      let h = Math.imul(source, seed0) ^ Math.imul(target, seed1) ^ Math.imul(key, seed2);
      h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
      let at = (h ^ (h >>> 13)) & mask;
      let known = at * RECORD;
      while (
        words[known + KEY] !== 0 &&
        (words[known + KEY] !== key || words[known] !== source || words[known + 1] !== target)
      ) {
        at = (at + 1) & mask;
        known = at * RECORD;
      }
      const data = -payload >> 31;
      const expected =
        (backward & (A_ACK | (data & A_DATA))) | (~backward & (A_OPEN | C_ACK | (data & C_DATA)));
      // An empty slot has no state at all, so it fails this too.
      if (((words[known + STATE] ?? 0) & expected) === expected) {
        const counter = known + OTHERS - backward;
        words[counter] = (words[counter] ?? 0) + 1;
        continue;
      }
    }

    let kind = word & 0xff;
    const flags = (word >>> 8) & 0x3f;

    // 1. What this packet can be.
    let plan = EITHER;
    let replyPort = sport;
    switch (kind) {
      case TCP:
        if ((word & (FLAGS_UNKNOWN | GUESSED)) === FLAGS_UNKNOWN) continue;
        if ((flags & 0x16) === 0x10) plan = EITHER;
        else if ((flags & 0x17) === 0x12) plan = ANSWER_OR_PROBE;
        else if ((flags & 0x06) === 0x04) plan = ANSWER_OR_RESET;
        else plan = PROBE;
        break;
      case UDP:
        break;
      case SCTP: {
        const chunk = (word >>> 8) & 0xff;
        if (chunk === 1 || chunk === 10) plan = PROBE;
        else if (chunk === 2 || chunk === 6 || chunk === 11) plan = ANSWER;
        else continue;
        break;
      }
      case PING:
      case ARP:
      case NDP:
        plan = PROBE;
        break;
      case PONG:
      case ARP_REPLY:
      case NDP_REPLY:
        kind = kind === PONG ? PING : kind === ARP_REPLY ? ARP : NDP;
        plan = ANSWER;
        replyPort = dport;
        break;
      case OTHER_IP:
        replyPort = dport;
        break;
      default:
        plan = QUOTED;
        kind = word >>> 24;
    }
    const keyHigh = (kind << 16) | ((word & IPV6) << 8) | KEY_TAKEN;

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
        const candidate = at * RECORD;
        const found = words[candidate + KEY];
        if (found === 0) break;
        if (found === key && words[candidate] === source && words[candidate + 1] === target) {
          slot = candidate;
          break;
        }
        at = (at + 1) & mask;
      }
      if (slot >= 0) break;
      if (!reverse) free = at * RECORD;
      if (attempt === 2) reverse = !reverse;
    }

    // 3. What it tells.
    if (slot >= 0) {
      const state = words[slot + STATE] ?? 0;
      if (reverse) {
        let learned = 0;
        if (kind === TCP) {
          if (plan === ANSWER_OR_PROBE) learned = A_OPEN;
          else if (plan === ANSWER_OR_RESET) learned = A_RST;
          else if ((word & FLAGS_UNKNOWN) !== 0 && words[slot + ANSWERS] === 0)
            // Flags cut off: the first answer to a SYN is a SYN-ACK with options, or a bare RST.
            learned = payload > 0 ? A_OPEN : A_RST;
          else learned = payload > 0 ? A_ACK | A_DATA : A_ACK;
        } else if (kind === SCTP) learned = ((word >>> 8) & 0xff) === 6 ? A_RST : A_OPEN;
        else learned = A_OPEN;
        if ((state & learned) !== learned) words[slot + STATE] = state | learned;
        const answers = words[slot + ANSWERS] ?? 0;
        if (answers === 0) words[slot + ANSWER_PACKET] = firstNumber + i;
        words[slot + ANSWERS] = answers + 1;
        continue;
      }
      if (plan === QUOTED) {
        const learned =
          payload === ERROR_PORT
            ? A_PORT
            : payload === ERROR_FILTERED
              ? A_FILTERED
              : payload === ERROR_PROTOCOL
                ? A_PROTOCOL
                : A_TTL;
        words[slot + STATE] = state | learned;
        if (words[slot + ANSWER_PACKET] === 0) words[slot + ANSWER_PACKET] = firstNumber + i;
        continue;
      }
      if (kind === TCP && plan !== PROBE) {
        if (plan === ANSWER_OR_RESET) {
          const half = (state & (A_OPEN | C_ACK)) === A_OPEN ? C_HALF : 0;
          words[slot + STATE] = state | C_RST | half;
          words[slot + OTHERS] = (words[slot + OTHERS] ?? 0) + 1;
          continue;
        }
        if (plan === EITHER && (state & A_OPEN) !== 0) {
          const learned = payload > 0 ? C_ACK | C_DATA : C_ACK;
          if ((state & learned) !== learned) words[slot + STATE] = state | learned;
          words[slot + OTHERS] = (words[slot + OTHERS] ?? 0) + 1;
          continue;
        }
      }
      if (kind === TCP && (word & FLAGS_UNKNOWN) !== 0) continue;
      words[slot + PROBES] = (words[slot + PROBES] ?? 0) + 1;
      times[(slot + LAST_TIME) >> 1] = packetTimes[i] ?? 0;
      const probe = probeBits(kind, plan, flags, word, payload);
      if ((state & probe) !== probe) {
        words[slot + STATE] = state | probe;
        // Another technique than before may look different: the shape kept is that of the first SYN, if there is one.
        if ((probe & P_SYN) !== 0 && (state & P_SYN) === 0) describeProbe(words, slot, batch, rows, i);
      }
      continue;
    }

    // 4. Not known yet: a packet that may begin a record does so.
    if (plan === ANSWER || plan === ANSWER_OR_RESET || plan === QUOTED) continue;
    if (kind === TCP && (word & FLAGS_UNKNOWN) !== 0) continue;
    if (records >= limit) break;
    records++;
    slot = free;
    words[slot + SOURCE] = src;
    words[slot + TARGET] = dst;
    words[slot + KEY] = keyHigh | dport;
    let state = probeBits(kind, plan, flags, word, payload);
    if (sport < 1024 && dport >= 1024 && kind !== OTHER_IP) state |= FROM_SERVICE;
    words[slot + STATE] = state;
    words[slot + PROBES] = 1;
    words[slot + FIRST_PACKET] = firstNumber + i;
    const time = packetTimes[i] ?? 0;
    times[(slot + FIRST_TIME) >> 1] = time;
    times[(slot + LAST_TIME) >> 1] = time;
    describeProbe(words, slot, batch, rows, i);
  }
  table.count = records;
  return i;
}

/** The STATE bits of a packet that probes. */
function probeBits(kind: number, plan: number, flags: number, word: number, payload: number): number {
  if (kind !== TCP) {
    return kind === SCTP && ((word >>> 8) & 0xff) === 10 ? P_COOKIE : P_OTHER;
  }
  const tiny = (word & FRAGMENTED) === 0 ? 0 : TINY;
  if (plan === EITHER) {
    const stray = (flags & 1) === 0 ? P_ACK : P_MAIMON;
    return tiny | stray | (payload > 0 ? C_DATA : 0);
  }
  if (plan === ANSWER_OR_PROBE) return tiny | P_SYNACK;
  switch (flags) {
    case 0x02:
      return tiny | P_SYN;
    case 0x01:
      return tiny | P_FIN;
    case 0x00:
      return tiny | P_NULL;
    case 0x29:
      return tiny | P_XMAS;
    default:
      return tiny | P_ODD | (flags << ODD_SHIFT);
  }
}
