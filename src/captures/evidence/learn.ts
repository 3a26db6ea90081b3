/** What a packet adds to the evidence. The common case, a segment of a known conversation, never comes here (absorb.ts). */
import type { PacketBatch } from '../container/batch.ts';
import * as R from '../decode/record.ts';
import { learnSctp, learnUdp } from './datagrams.ts';
import type { Evidence } from './evidence.ts';
import { Exchange } from './exchange.ts';
import { learnError, question, reply } from './questions.ts';
import { learnTcp } from './tcp.ts';

export class Learner {
  readonly evidence: Evidence;
  readonly #exchange: Exchange;

  constructor(evidence: Evidence) {
    this.evidence = evidence;
    this.#exchange = new Exchange(evidence);
  }

  /**
   * Takes packet `packet` of the batch; false when it may need a record and there is no room for one. `flow` is the place
   * of its flow among the younger ones, or -1, and `gap` then the place where it would go, if that was looked for.
   */
  learn(batch: PacketBatch, rows: Int32Array, packet: number, flow: number, gap: number): boolean {
    if (!this.evidence.prepare()) return false;
    const x = this.#exchange;
    x.take(batch, rows, packet, flow, gap);
    const kind = x.word & 0xff;
    switch (kind) {
      case R.TCP:
        learnTcp(x);
        break;
      case R.UDP:
        learnUdp(x);
        break;
      case R.SCTP:
        learnSctp(x);
        break;
      case R.PING:
      case R.ARP:
      case R.NDP:
        question(x, kind);
        break;
      case R.PONG:
        reply(x, R.PING);
        break;
      case R.ARP_REPLY:
        reply(x, R.ARP);
        break;
      case R.NDP_REPLY:
        reply(x, R.NDP);
        break;
      case R.OTHER_IP:
        if (!reply(x, R.OTHER_IP)) question(x, R.OTHER_IP);
        break;
      case R.ERROR:
        learnError(x, x.word >>> 24);
        break;
    }
    return true;
  }
}
