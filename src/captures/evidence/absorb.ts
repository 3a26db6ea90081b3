/**
 * The hot loop. Nine of ten packets of ordinary traffic are segments of conversations from which little is to be learned:
 * they are looked up and counted right here, everything else goes to {@link Learner.learn}. The lookup is
 * written out on purpose: in a function of its own it measured at about half the speed.
 */
import type { PacketBatch } from '../container/batch.ts';
import * as R from '../decode/record.ts';
import type { FlowTable } from './flows.ts';
import * as F from './flows.ts';
import type { Learner } from './learn.ts';

// Constants of this module are folded into the machine code; imported ones would be loaded again at every use, which
// made this loop three times as slow.
const { FLOW, FLOW_IPV6, FLOW_KEY, FLOW_TAKEN, META, PLAIN, X_ACK, X_DATA, X_PACKETS, Y_ACK, Y_DATA } = F;
const DNS_PORT = 53;
/** A bit that no entry has. */
const NEVER = 1 << 30;
const { DST, FLAGS_UNKNOWN, IPV6, KIND, PAYLOAD, PORTS, ROW, SRC, TCP, UDP } = R;

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
      }
    }
    if (!learner.learn(batch, rows, i, found)) return i;
    words = flows.words;
    mask = flows.mask;
  }
  return count;
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
