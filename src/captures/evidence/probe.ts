/** A source probed an endpoint: by a record of its own, or in a cell of a large scan. */
import * as R from '../decode/record.ts';
import { SIMPLE } from './cells.ts';
import * as E from './endpoints.ts';
import { EARLY_MS, type Exchange } from './exchange.ts';
import * as F from './flows.ts';
import * as K from './kinds.ts';
import { PAUSE } from './revisits.ts';

/** The same bytes again within this time (microseconds) are one frame that was captured twice, not sent twice. */
const TWICE = 20_000;
/** ... where no IP id tells it from another. */
const TWICE_WITHOUT_ID = 1000;
/** After so many probes of one flow the rest is only counted. */
export const MANY_PROBES = 16;

/** The source sent a probe of this kind, over the flow at hand where the protocol has flows. */
export function probe(x: Exchange, kind: number): void {
  const { endpoints, flows } = x.evidence;
  const ipv6 = (x.word & R.IPV6) !== 0;
  if (x.evidence.cells.any) {
    const place = x.evidence.cells.find(x.src, x.dst, x.dport, kind, ipv6);
    if (place >= 0 && probePlace(x, place)) return;
  }
  const key = (kind << 16) | x.dport | (ipv6 ? E.KEY_IPV6 : 0) | E.KEY_TAKEN;
  let slot = endpoints.find(x.src, x.dst, key);
  const fresh = slot < 0;
  if (fresh) slot = x.begin(key);
  const protocol = x.word & 0xff;
  const at = x.at >= 0 ? x.at : x.enter(protocol);
  const meta = flows.words[at + F.META] ?? 0;
  const before = flows.words[at + F.ENDPOINT] ?? 0;
  const note = flows.words[at + F.NOTE] ?? 0;
  const number = slot / E.RECORD + 1;
  const sameFlow = before === number && x.mine();
  const same = sameFlow && (meta & F.ENDED) === 0;
  const signature = x.signature();
  if (sameFlow && isTwice(x, slot, note, signature)) {
    x.evidence.duplicates++;
    return;
  }
  const again = same && protocol === R.TCP && note >>> 16 === signature >>> 16;
  if (!fresh) x.touch(slot, !again);
  const { words } = endpoints;
  words[slot + E.PROBES] = (words[slot + E.PROBES] ?? 0) + 1;
  let state = words[slot + E.STATE] ?? 0;
  let ended = 0;
  if (before === 0 && note !== 0 && x.sinceNote(at) <= EARLY_MS) {
    state |= note;
    words[slot + E.ANSWER_PACKET] ||= x.number();
    x.evidence.early++;
    if ((note & E.A_RST) !== 0) ended = F.ENDED;
  }
  if (!again && !(same && protocol !== R.TCP) && E.attemptsOf(words, slot) < E.MOST) state += E.ATTEMPT;
  if ((x.word & R.FRAGMENTED) !== 0 && protocol === R.TCP) state |= E.TINY;
  if (x.payload > 0 && (kind === K.ACK_PROBE || kind === K.MAIMON_PROBE)) state |= E.C_DATA;
  words[slot + E.STATE] = state;
  if (before !== number) {
    flows.settleOne(at);
    flows.words[at + F.X_PACKETS] = 0;
    flows.words[at + F.Y_PACKETS] = 0;
  }
  flows.words[at + F.META] =
    (meta & F.FLOW_KEY) | (x.fromX ? 0 : F.Y_BEGAN) | (ended || (K.isSynKind(kind) ? F.PLAIN : 0));
  flows.words[at + F.ENDPOINT] = number;
  flows.words[at + F.NOTE] = signature;
}

/** True when the packet at hand is one that was just captured, by its signature and the time since. */
function isTwice(x: Exchange, slot: number, note: number, signature: number): boolean {
  const { words } = x.evidence.endpoints;
  const isUdp = E.kindOf(words, slot) === K.UDP_PROBE;
  // Of several payloads sent at once, the first is remembered too.
  if (note !== signature && !(isUdp && words[slot + E.SEQUENCE] === signature)) return false;
  return x.since(slot) <= ((signature & 0xffff) === 0 ? TWICE_WITHOUT_ID : TWICE);
}

/** The same for an endpoint of a cell; false when it has a record already, from before the cell was made. */
function probePlace(x: Exchange, place: number): boolean {
  const { flows, cells } = x.evidence;
  const at = x.at >= 0 ? x.at : x.enter(x.word & 0xff);
  const before = flows.words[at + F.ENDPOINT] ?? 0;
  const note = flows.words[at + F.NOTE] ?? 0;
  const signature = x.signature();
  const ms = Math.trunc(x.time / 1000) | 0;
  const same = before === -1 - place && x.mine();
  if (
    same &&
    note === signature &&
    Math.abs((ms - (flows.words[at + F.X_PACKETS] ?? 0)) | 0) <= TWICE / 1000
  ) {
    x.evidence.duplicates++;
    return true;
  }
  const early = before === 0 && note !== 0 && x.sinceNote(at) <= EARLY_MS ? note : 0;
  if ((early & ~SIMPLE) !== 0) return false;
  if (early !== 0) x.evidence.early++;
  if (before > 0) flows.settleOne(at);
  if (x.time - cells.lastTime(place) > PAUSE)
    x.evidence.revisits.add(x.src, cells.kindOf(place).kind, (x.word & R.IPV6) !== 0, x.time);
  cells.probe(place, early, x.time);
  const ended = (early & E.A_RST) !== 0 ? F.ENDED : 0;
  flows.words[at + F.META] =
    ((flows.words[at + F.META] ?? 0) & F.FLOW_KEY) | (x.fromX ? 0 : F.Y_BEGAN) | ended;
  flows.words[at + F.ENDPOINT] = -1 - place;
  flows.words[at + F.NOTE] = signature;
  flows.words[at + F.X_PACKETS] = ms;
  return true;
}
