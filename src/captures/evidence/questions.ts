/** What has no flows: ICMP, ARP and neighbour questions, other IP protocols, and ICMP errors about anything. */
import * as R from '../decode/record.ts';
import { SIMPLE } from './cells.ts';
import * as E from './endpoints.ts';
import type { Exchange } from './exchange.ts';

/** The same question again within this time (microseconds) is one frame that was captured twice. */
const TWICE = 50;
/** LINKTYPE_ETHERNET: the first octet of a frame says whether it goes to one station. */
const ETHERNET = 1;

/** ICMP, ARP, NDP and other IP protocols have no flows: source, target and type say all. */
export function question(x: Exchange, kind: number): void {
  if ((kind === R.ARP || kind === R.NDP) && isUnicast(x)) return;
  const ipv6 = (x.word & R.IPV6) !== 0;
  const key = (kind << 16) | x.dport | (ipv6 ? E.KEY_IPV6 : 0) | E.KEY_TAKEN;
  let slot = x.evidence.endpoints.find(x.src, x.dst, key);
  if (slot < 0) slot = x.begin(key);
  else if (x.since(slot) <= TWICE) {
    x.evidence.duplicates++;
    return;
  } else x.touch(slot, true);
  const { words } = x.evidence.endpoints;
  const asked = (words[slot + E.PROBES] ?? 0) + 1;
  words[slot + E.PROBES] = asked;
  if (asked === 2) notePause(x, slot);
  if (E.attemptsOf(words, slot) < E.MOST) words[slot + E.STATE] = (words[slot + E.STATE] ?? 0) + E.ATTEMPT;
}

/** Keeps the pause before the second question where a TCP probe has its window. */
function notePause({ evidence, time }: Exchange, slot: number): void {
  const { words, times } = evidence.endpoints;
  const pause = (time - (times[(slot + E.FIRST_TIME) >> 1] ?? Number.NaN)) / E.PAUSE_UNIT;
  const units = pause >= 0 ? Math.min(Math.round(pause), 0xffff) : 0;
  words[slot + E.WINDOW_ID] = (units << 16) | ((words[slot + E.WINDOW_ID] ?? 0) & 0xffff);
}

/** Who asks a known station whether its address still holds searches for nobody (RFC 1122, 2.3.2.1; RFC 4861, 7.3). */
function isUnicast({ batch, packet }: Exchange): boolean {
  const at = batch.offsets[packet] ?? 0;
  const isEthernet = batch.links[packet] === ETHERNET && (batch.captured[packet] ?? 0) > 0;
  return isEthernet && (batch.view.getUint8(at) & 1) === 0;
}

export function reply(x: Exchange, kind: number): boolean {
  const ipv6 = (x.word & R.IPV6) !== 0;
  const key = (kind << 16) | x.dport | (ipv6 ? E.KEY_IPV6 : 0) | E.KEY_TAKEN;
  const slot = x.evidence.endpoints.find(x.dst, x.src, key);
  if (slot < 0) return false;
  const { words } = x.evidence.endpoints;
  words[slot + E.STATE] = (words[slot + E.STATE] ?? 0) | E.A_OPEN;
  words[slot + E.ANSWERS] = (words[slot + E.ANSWERS] ?? 0) + 1;
  words[slot + E.ANSWER_PACKET] ||= x.number();
  return true;
}

/** An ICMP error; the row is that of the packet it quotes. */
export function learnError(x: Exchange, protocol: number): void {
  x.at = -1;
  const learned =
    x.payload === R.ERROR_PORT
      ? E.A_PORT
      : x.payload === R.ERROR_FILTERED
        ? E.A_FILTERED
        : x.payload === R.ERROR_PROTOCOL
          ? E.A_PROTOCOL
          : E.A_TTL;
  const { words } = x.evidence.endpoints;
  if (protocol !== R.TCP && protocol !== R.UDP && protocol !== R.SCTP) {
    const ipv6 = (x.word & R.IPV6) !== 0;
    const key = (protocol << 16) | x.dport | (ipv6 ? E.KEY_IPV6 : 0) | E.KEY_TAKEN;
    const slot = x.evidence.endpoints.find(x.src, x.dst, key);
    if (slot >= 0) refused(x, words, slot, learned);
    return;
  }
  x.locate(protocol);
  const place = x.place();
  if (place >= 0 && x.mine() && (learned & SIMPLE) !== 0) {
    x.evidence.cells.answer(place, learned);
    return;
  }
  const slot = x.slot();
  if (slot >= 0) {
    // An error about an answer says nothing of the endpoint that was asked.
    if (x.mine()) refused(x, words, slot, learned);
  } else {
    x.word = (x.word & ~0xff) | protocol;
    x.tooEarly(x.fromX, learned);
  }
}

function refused(x: Exchange, words: Int32Array, slot: number, learned: number): void {
  words[slot + E.STATE] = (words[slot + E.STATE] ?? 0) | learned;
  words[slot + E.ANSWER_PACKET] ||= x.number();
}
