/**
 * The hot loop. Nine of ten packets of ordinary traffic are segments of conversations from which little is to be learned:
 * they are looked up and counted right here, everything else goes to {@link Learner.learn}. The lookup is
 * written out on purpose: in a function of its own it measured at about half the speed.
 */
import type { PacketBatch } from '../container/batch.ts';
import * as R from '../decode/record.ts';
import * as E from './endpoints.ts';
import type { Evidence } from './evidence.ts';
import type { FlowTable } from './flows.ts';
import * as F from './flows.ts';
import type { Learner } from './learn.ts';

// Constants of this module are folded into the machine code; imported ones would be loaded again at every use, which
// made this loop three times as slow.
const { ENDED, ENDPOINT, FLOW, FLOW_IPV6, FLOW_KEY, FLOW_TAKEN, META, PLAIN, X_ACK, X_DATA, X_PACKETS } = F;
const { Y_ACK, Y_BEGAN, Y_DATA, Y_PACKETS } = F;
const { A_OPEN, A_RST, ANSWER_PACKET, ANSWERS, RECORD, STATE } = E;
const DNS_PORT = 53;
/** A bit that no entry has. */
const NEVER = 1 << 30;
const { DST, FLAGS_UNKNOWN, IPV6, KIND, PAYLOAD, PORTS, ROW, SRC, TCP, UDP } = R;

const RST = 0x04 << 8;
const RST_MASK = (0x06 << 8) | FLAGS_UNKNOWN;
const SYN_ACK = 0x12 << 8;
const SYN_ACK_MASK = (0x17 << 8) | FLAGS_UNKNOWN;
/** TCP with ACK, without SYN or RST, flags known. */
const ESTABLISHED_MASK = 0xff | (0x16 << 8) | FLAGS_UNKNOWN;
const ESTABLISHED = TCP | (0x10 << 8);

/**
 * Takes packets from index `from` on; gives the index of the first it could not take because the table is full, or the
 * batch's count. The caller makes room and calls again.
 */
export function absorb(learner: Learner, batch: PacketBatch, rows: Int32Array, from: number): number {
  const { flows } = learner.evidence;
  const { count } = batch;
  const hashes = flows.hashes;
  look(flows, rows, from, count);
  let { words, mask } = flows;
  for (let i = from; i < count; i++) {
    const row = i * ROW;
    const word = rows[row + KIND] ?? 0;
    if (word === 0) continue;
    const isTcp = (word & 0xff) === TCP;
    let found = -1;
    let gap = -1;
    if (isTcp || (word & 0xff) === UDP) {
      const src = rows[row + SRC] ?? 0;
      const dst = rows[row + DST] ?? 0;
      const ports = rows[row + PORTS] ?? 0;
      const sport = ports >>> 16;
      const dport = ports & 0xffff;
      // Which end sent it cannot be foretold by the processor, so it is computed with masks instead of branches.
      const byY = sport === dport ? (src > dst ? 0 : -1) : (sport - dport) >> 31;
      const swap = (src ^ dst) & byY;
      const x = src ^ swap;
      const y = dst ^ swap;
      const both = (sport ^ dport) & byY;
      const sorted = ((sport ^ both) << 16) | (dport ^ both);
      const key = (word & 0xff) | (((word & IPV6) >>> 16) * FLOW_IPV6) | FLOW_TAKEN;
      let slot = (hashes[i] ?? 0) & mask;
      let at = slot * FLOW;
      let meta = words[at + META] ?? 0;
      while (
        meta !== 0 &&
        ((meta & FLOW_KEY) !== key || words[at] !== x || words[at + 1] !== y || words[at + 2] !== sorted)
      ) {
        slot = (slot + 1) & mask;
        at = slot * FLOW;
        meta = words[at + META] ?? 0;
      }
      if (meta !== 0) {
        found = at;
        const data = -(rows[row + PAYLOAD] ?? 0) >> 31;
        // Other segments, and DNS answers, which name the addresses that are used next, are looked at each time.
        const known = isTcp
          ? (word & ESTABLISHED_MASK) === ESTABLISHED
            ? (byY & (Y_ACK | (data & Y_DATA))) | (~byY & (X_ACK | (data & X_DATA)))
            : NEVER
          : sport === DNS_PORT
            ? NEVER
            : (byY & Y_DATA) | (~byY & X_DATA);
        if ((meta & known) === known || ((meta & PLAIN) !== 0 && known !== NEVER)) {
          if ((meta & known) !== known) words[at + META] = meta | known;
          const counter = at + X_PACKETS - byY;
          words[counter] = (words[counter] ?? 0) + 1;
          continue;
        }
        const mine = ((meta & Y_BEGAN) !== 0) === (byY !== 0);
        if (isTcp && !mine && answered(learner.evidence, at, word, batch.firstNumber + i)) continue;
      } else gap = at;
    }
    if (!learner.learn(batch, rows, i, found, gap)) return i;
    words = flows.words;
    mask = flows.mask;
  }
  return count;
}

/**
 * Takes the first answer to a probe, a RST or a SYN-ACK, as {@link Learner.learn} does, with less ado: half of the packets
 * of a scan are such. False when there is more to it.
 */
function answered(evidence: Evidence, at: number, word: number, packet: number): boolean {
  const flows = evidence.flows.words;
  const meta = flows[at + META] ?? 0;
  const number = flows[at + ENDPOINT] ?? 0;
  const isReset = (word & RST_MASK) === RST;
  if (!isReset && ((word & SYN_ACK_MASK) !== SYN_ACK || (meta & ENDED) !== 0)) return false;
  if (number < 0 && isReset) evidence.cells.answer(-1 - number, A_RST);
  else if (number <= 0 || ((flows[at + X_PACKETS] ?? 0) | (flows[at + Y_PACKETS] ?? 0)) !== 0) return false;
  else {
    const { words } = evidence.endpoints;
    const slot = (number - 1) * RECORD;
    words[slot + STATE] = (words[slot + STATE] ?? 0) | (isReset ? A_RST : A_OPEN);
    words[slot + ANSWERS] = (words[slot + ANSWERS] ?? 0) + 1;
    words[slot + ANSWER_PACKET] ||= packet;
  }
  if (isReset) flows[at + META] = (meta | ENDED) & ~PLAIN;
  return true;
}

/**
 * Computes where the flow of each packet is to be found, and looks there: many look-ups at a time, none of which waits for
 * another, bring their memory into the cache much faster than one after another would.
 */
function look(flows: FlowTable, rows: Int32Array, from: number, count: number): void {
  const { words, mask, hashes } = flows;
  const [seed0, seed1, seed2] = flows.seeds;
  let seen = 0;
  for (let i = from; i < count; i++) {
    const row = i * ROW;
    const word = rows[row + KIND] ?? 0;
    const src = rows[row + SRC] ?? 0;
    const dst = rows[row + DST] ?? 0;
    const ports = rows[row + PORTS] ?? 0;
    const sport = ports >>> 16;
    const dport = ports & 0xffff;
    const byY = sport === dport ? (src > dst ? 0 : -1) : (sport - dport) >> 31;
    const swap = (src ^ dst) & byY;
    const both = (sport ^ dport) & byY;
    const sorted = ((sport ^ both) << 16) | (dport ^ both);
    const key = (word & 0xff) | (((word & IPV6) >>> 16) * FLOW_IPV6) | FLOW_TAKEN;
    let h = Math.imul(src ^ swap, seed0) ^ Math.imul(dst ^ swap, seed1) ^ Math.imul(sorted ^ key, seed2);
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
    h ^= h >>> 13;
    hashes[i] = h;
    seen ^= words[(h & mask) * FLOW + META] ?? 0;
  }
  flows.seen = seen;
}
