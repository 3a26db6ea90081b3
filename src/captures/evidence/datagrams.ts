/** What UDP datagrams and SCTP chunks tell. */
import * as R from '../decode/record.ts';
import * as E from './endpoints.ts';
import type { Exchange } from './exchange.ts';
import * as F from './flows.ts';
import * as K from './kinds.ts';
import { DNS_PORT } from './names.ts';
import { MANY_PROBES, probe } from './probe.ts';

/** So many answers before their questions mean that the two directions of a tap are apart, at most by this time. */
const SKEWED = 1;
const SKEW = 50e3;
/** ... and so many refusals of what was not seen say the same. */
const ORPHANS = 8;

export function learnUdp(x: Exchange): void {
  if (x.sport === DNS_PORT) readNames(x);
  x.locate(R.UDP);
  const slot = x.slot();
  if (slot >= 0 && !x.mine()) {
    if (!isQuestionAfterAnswer(x, slot)) {
      x.answer(E.A_OPEN, F.Y_DATA);
      return;
    }
    x.takeBack(slot, E.A_OPEN);
  } else if (slot >= 0) {
    if ((x.evidence.endpoints.words[slot + E.PROBES] ?? 0) >= MANY_PROBES) {
      x.touch(slot, true);
      x.goOn(slot, 0, F.X_DATA, E.PROBES);
      return;
    }
  }
  probe(x, K.UDP_PROBE);
}

/** Where answers are known to come early, or this one says that it is one, the question comes only now. */
function isQuestionAfterAnswer(x: Exchange, slot: number): boolean {
  const isAnswer = ((x.evidence.endpoints.words[slot + E.STATE] ?? 0) & E.DNS_ANSWER) !== 0;
  const { early, orphans } = x.evidence;
  const skewed = early >= SKEWED || orphans >= ORPHANS;
  const known = skewed ? x.dport < x.sport : isAnswer && x.dport === DNS_PORT;
  return known && x.since(slot) <= SKEW;
}

function readNames(x: Exchange): void {
  const batch = x.batch;
  const at = x.rows[x.packet * R.ROW + R.TRANSPORT_AT] ?? -1;
  const end = (batch.offsets[x.packet] ?? 0) + (batch.captured[x.packet] ?? 0);
  if (at >= 0) x.evidence.names.read(batch.view, at + 8, Math.min(end, at + 8 + x.payload));
}

export function learnSctp(x: Exchange): void {
  const chunk = (x.word >>> 8) & 0xff;
  x.locate(R.SCTP);
  if (chunk === 1) probe(x, K.SCTP_INIT);
  else if (chunk === 10) probe(x, K.SCTP_COOKIE);
  else if ((chunk === 2 || chunk === 6 || chunk === 11) && x.slot() >= 0 && !x.mine())
    x.answer(chunk === 6 ? E.A_RST : E.A_OPEN, 0);
}
