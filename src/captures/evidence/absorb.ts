/**
 * The hot loop. Nine of ten packets of ordinary traffic are segments of conversations from which nothing new is to be
 * learned: they are looked up and counted right here, everything else goes to {@link Evidence.learn}. The lookup is
 * written out on purpose: in a function of its own it measured at about half the speed.
 */
import type { PacketBatch } from '../container/batch.ts';
import * as R from '../decode/record.ts';
import type { Evidence } from './evidence.ts';
import * as F from './flows.ts';

// Constants of this module are folded into the machine code; imported ones would be loaded again at every use, which
// made this loop three times as slow.
const { FLOW, FLOW_IPV6, FLOW_KEY, FLOW_TAKEN, META, X_ACK, X_DATA, X_PACKETS, Y_ACK, Y_DATA } = F;
const DNS_PORT = 53;
const { DST, FLAGS_UNKNOWN, IPV6, KIND, PAYLOAD, PORTS, ROW, SRC, TCP, UDP } = R;

/** TCP with ACK, without SYN, RST or FIN, flags known. */
const ESTABLISHED_MASK = 0xff | (0x17 << 8) | FLAGS_UNKNOWN;
const ESTABLISHED = TCP | (0x10 << 8);

/**
 * Takes packets from index `from` on; gives the index of the first it could not take because the table is full, or the
 * batch's count. The caller makes room and calls again.
 */
export function absorb(evidence: Evidence, batch: PacketBatch, rows: Int32Array, from: number): number {
  const { flows } = evidence;
  const [seed0, seed1, seed2] = flows.seeds;
  const { count } = batch;
  let { words, mask } = flows;
  for (let i = from; i < count; i++) {
    const row = i * ROW;
    const word = rows[row + KIND] ?? 0;
    if (word === 0) continue;
    // DNS answers are read each time: they name the addresses that are used next.
    const isUdp = (word & 0xff) === UDP && (rows[row + PORTS] ?? 0) >>> 16 !== DNS_PORT;
    if (isUdp || (word & ESTABLISHED_MASK) === ESTABLISHED) {
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
      let h = Math.imul(x, seed0) ^ Math.imul(y, seed1) ^ Math.imul(sorted ^ key, seed2);
      h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
      let slot = (h ^ (h >>> 13)) & mask;
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
      const data = -(rows[row + PAYLOAD] ?? 0) >> 31;
      const known = isUdp
        ? (byY & Y_DATA) | (~byY & X_DATA)
        : (byY & (Y_ACK | (data & Y_DATA))) | (~byY & (X_ACK | (data & X_DATA)));
      // An empty entry has no bits at all, so it fails this too.
      if ((meta & known) === known) {
        const counter = at + X_PACKETS - byY;
        words[counter] = (words[counter] ?? 0) + 1;
        continue;
      }
    }
    if (!evidence.learn(batch, rows, i)) return i;
    words = flows.words;
    mask = flows.mask;
  }
  return count;
}
