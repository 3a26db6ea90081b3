/** What the targets told: each endpoint in the words of a port scanner, depending on how it was asked. */
import { PortRanges } from '../../core/port-set.ts';
import type { AddressBook } from '../decode/addresses.ts';
import * as R from '../decode/record.ts';
import { type Cell, isProbed } from '../evidence/cells.ts';
import * as P from '../evidence/endpoints.ts';
import { isTcpKind, SCTP_COOKIE } from '../evidence/kinds.ts';
import { type AnswerGroup, type AnswersSeen, MAX_LISTED, type Technique } from '../findings.ts';
import { byTarget, gatherRanges, membersOf } from './group.ts';
import { eachRun } from './large.ts';
import { addressText } from './text.ts';

type State = 'open' | 'closed' | 'filtered' | 'unfiltered' | 'silent';
const UNREACHABLE = P.A_FILTERED | P.A_PORT | P.A_PROTOCOL;
/** A sign of life from the target itself. */
const ALIVE = P.A_OPEN | P.A_RST | P.A_ACK | P.A_PORT;

/** nmap's manual, "Port Scanning Techniques", says what each answer means to each kind of probe. */
export function answerOf(technique: Technique, state: number): State {
  const open = (state & P.A_OPEN) !== 0;
  const reset = (state & P.A_RST) !== 0;
  switch (technique) {
    case 'syn':
    case 'connect':
    case 'idle':
      if (open) return 'open';
      return reset ? 'closed' : (state & UNREACHABLE) !== 0 ? 'filtered' : 'silent';
    case 'ack':
      return reset ? 'unfiltered' : (state & UNREACHABLE) !== 0 ? 'filtered' : 'silent';
    case 'udp':
      if (open) return 'open';
      if ((state & P.A_PORT) !== 0) return 'closed';
      return (state & UNREACHABLE) !== 0 ? 'filtered' : 'silent';
    case 'sctp-init':
    case 'sctp-cookie-echo':
      if (open) return 'open';
      return reset ? 'closed' : (state & UNREACHABLE) !== 0 ? 'filtered' : 'silent';
    case 'ip-protocol':
      // Any answer in that protocol shows it is spoken, "port unreachable" and RST included.
      if ((state & (P.A_OPEN | P.A_RST | P.A_ACK | P.A_PORT)) !== 0) return 'open';
      if ((state & P.A_PROTOCOL) !== 0) return 'closed';
      return (state & P.A_FILTERED) !== 0 ? 'filtered' : 'silent';
    default:
      // Stealth probes: an open port stays silent, but some flags with SYN among them are answered.
      if (open) return 'open';
      return reset ? 'closed' : (state & UNREACHABLE) !== 0 ? 'filtered' : 'silent';
  }
}

/** IP protocol number that a record of any kind probed. */
export function protocolOf(key: number, ipv6: boolean): number {
  const kind = (key >>> 16) & 0xff;
  if (kind === R.OTHER_IP) return key & 0xffff;
  if (isTcpKind(kind)) return R.TCP;
  if (kind === SCTP_COOKIE) return R.SCTP;
  return kind === R.PING ? (ipv6 ? 58 : 1) : kind;
}

export function answersSeen(
  words: Int32Array,
  slots: Int32Array,
  technique: Technique,
  sweep: boolean,
  ipv6: boolean,
  book: AddressBook,
  cells: readonly Cell[] = [],
): AnswersSeen {
  const group = (): AnswerGroup => ({ count: 0, targets: [] });
  const answers: AnswersSeen = {
    open: group(),
    closed: group(),
    filtered: group(),
    unfiltered: group(),
    silent: group(),
    alive: [],
  };
  let listed: Partial<Record<State, PortRanges>> = {};
  let latest: State | undefined;
  let told = answers.silent;
  let ports: PortRanges | undefined;
  // Called for every port of every target, of which most are in the state of the one before.
  const take = (first: number, last: number, state: State) => {
    if (state !== latest) {
      latest = state;
      told = answers[state];
      if (told.targets.length < MAX_LISTED) listed[state] ??= new PortRanges();
      ports = listed[state];
    }
    told.count += last - first + 1;
    ports?.add(first, last);
  };
  const vertical = new Map(cells.filter(({ port }) => port === undefined).map((cell) => [cell.target, cell]));
  const targets = gatherRanges(slots, byTarget(words), 1);
  for (let g = 0; g < targets.count; g++) {
    const some = membersOf(targets, g);
    const target = words[(some[0] ?? 0) + P.TARGET] ?? 0;
    if (answers.alive.length < MAX_LISTED && isAlive(words, some))
      answers.alive.push(addressText(book, target, ipv6));
    if (sweep) continue;
    listed = {};
    latest = undefined;
    eachState(words, some, technique, ipv6, take);
    const cell = vertical.get(target);
    if (cell) eachRun(cell, (first, last, state) => take(first, last, answerOf(technique, state)));
    for (const state of STRENGTH) {
      const ports = listed[state];
      if (ports)
        answers[state].targets.push({ ip: addressText(book, target, ipv6), ports: ports.toString() });
    }
  }
  for (const { port, target: network, states } of cells) {
    if (port === undefined) continue;
    for (let at = 0; at < states.length; at++) {
      const state = states[at] ?? 0;
      if (!isProbed(state)) continue;
      const group = answers[answerOf(technique, state)];
      group.count++;
      if (group.targets.length < MAX_LISTED)
        group.targets.push({ ip: addressText(book, network | at, ipv6), ports: `${port}` });
      if ((state & ALIVE) !== 0 && answers.alive.length < MAX_LISTED)
        answers.alive.push(addressText(book, network | at, ipv6));
    }
  }
  return answers;
}

function isAlive(words: Int32Array, slots: Int32Array): boolean {
  for (let i = 0; i < slots.length; i++)
    if (((words[(slots[i] ?? 0) + P.STATE] ?? 0) & ALIVE) !== 0) return true;
  return false;
}

/** Strongest first: several records can stand for one IP protocol, and then the strongest answer holds. */
const STRENGTH: readonly State[] = ['open', 'closed', 'filtered', 'unfiltered', 'silent'];

/** Gives the ports of one target, each as a range of one with its state. */
function eachState(
  words: Int32Array,
  slots: Int32Array,
  technique: Technique,
  ipv6: boolean,
  take: (first: number, last: number, state: State) => void,
): void {
  const stateOf = (slot: number) => answerOf(technique, words[slot + P.STATE] ?? 0);
  if (technique !== 'ip-protocol') {
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] ?? 0;
      const port = (words[slot + P.KEY] ?? 0) & 0xffff;
      take(port, port, stateOf(slot));
    }
    return;
  }
  const strongest = new Map<number, State>();
  for (const slot of slots) {
    const protocol = protocolOf(words[slot + P.KEY] ?? 0, ipv6);
    const before = strongest.get(protocol);
    const state = stateOf(slot);
    if (before === undefined || STRENGTH.indexOf(state) < STRENGTH.indexOf(before))
      strongest.set(protocol, state);
  }
  for (const [protocol, state] of strongest) take(protocol, protocol, state);
}
