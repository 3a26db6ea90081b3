/**
 * Ports of a host that answered first, open or not, which are asked again while the scan goes on: when they fall silent
 * or answer otherwise, the host has turned against us, and what the others say is worth nothing.
 */
import { type PortSet, sorted } from '../../core/port-set.ts';
import { isIcmpRefusal } from '../coverage/port-reasons.ts';
import { sample } from './certainty.ts';
import { type Answer, type HostFindings, type HostSeen, isSilence } from './findings.ts';
import { FRAGILE_PORTS } from './politeness.ts';
import { isPopular, popularFirst } from './popular-ports.ts';
import type { Sweeper } from './sweeper.ts';

/** Sentinels of a host. */
const OPEN = 8;
const OTHER = 4;
/** Ports that are asked at once for the load, where few hosts share the rate of the sweep. */
const LOAD = 48;
export const FEW_HOSTS = 4;
/** Milliseconds before a host that seems to have turned is asked again, alone; packets a second then. */
const BREATH_MS = 500;
export const ALONE_RATE = 20;

/** What answered, by port; an open one is worth more than the others. */
export type Sentinels = ReadonlyMap<number, Answer>;

export interface Suspicion {
  /** Hosts of which no sentinel answers as it did, also when they were left alone. */
  turned: HostFindings[];
  hurried: Hurried[];
}

/** A host whose sentinels answer when they are left alone, but not when they are hurried. */
export interface Hurried {
  host: HostFindings;
  /** It refused some then; otherwise it only said nothing. */
  refused: boolean;
}

/** Chosen anew when a host has none yet: those that nmap asked first, then any. */
export function sentinelsOf(host: HostFindings): Sentinels {
  const first = (ports: Iterable<number>, most: number) =>
    popularFirst(ports)
      .filter((port) => !FRAGILE_PORTS.includes(port))
      .slice(0, most);
  const others = [...host.answers].flatMap(([port, answer]) =>
    isSilence(answer) || host.untested.has(port) ? [] : [port],
  );
  const open = first(host.open.keys(), OPEN).map((port): [number, Answer] => [port, OPEN_ANSWER]);
  const rest = first(others, OTHER).flatMap((port): [number, Answer][] => {
    const answer = host.answers.get(port);
    return answer === undefined ? [] : [[port, answer]];
  });
  return new Map([...open, ...rest]);
}

const OPEN_ANSWER: Answer = { state: 'open', reason: 'syn-ack' };

/** Those that count: where one was open, a reset of the others may be that of somebody who refuses us. */
export function telling(sentinels: Sentinels): [port: number, answer: Answer][] {
  const open = [...sentinels].filter(([, { state }]) => state === 'open');
  return open.length > 0 ? open : [...sentinels];
}

/** How many of the sentinels that count answered as before. Where one was open, only those that were open count. */
export function held(sentinels: Sentinels, answers: HostSeen['answers'] | undefined) {
  const counted = telling(sentinels);
  const good = counted.filter(([port, before]) => {
    const now = answers?.get(port);
    return now !== undefined && sameAnswer(before, now);
  });
  return { asked: counted.length, held: good.length };
}

/** A connection that is refused is the reset that a raw probe would have met. */
const sameAnswer = (one: Answer, other: Answer) =>
  one.state === other.state && (one.state !== 'filtered' || isSilence(one) === isSilence(other));

/** What the host says now where it said something else before: what is told to whom it refuses, besides silence. */
export function masksOf(sentinels: Sentinels, answers: HostSeen['answers'] | undefined): Answer[] {
  const told = [...sentinels].flatMap(([port, before]) => {
    const now = answers?.get(port) ?? SILENCE;
    return sameAnswer(before, now) && !(isIcmp(now) && !isIcmp(before)) ? [] : [now];
  });
  return [...told.filter((answer) => !isSilence(answer)), SILENCE];
}

export const SILENCE: Answer = { state: 'filtered', reason: 'no-response' };
const RESET: Answer = { state: 'closed', reason: 'reset' };
const isIcmp = ({ reason }: Answer) => isIcmpRefusal(reason);

/** Whether this answer is one of those that everybody gets who is refused. */
export const isMasked = (answer: Answer, masks: readonly Answer[]): boolean =>
  masks.some((mask) => mask.state === answer.state && isIcmp(mask) === isIcmp(answer));

/**
 * Asks the sentinels of the hosts at the rate of the sweep, with a `load` of other ports where few hosts share it, and
 * alone those of the hosts that did not answer so.
 */
export async function look(
  hosts: readonly HostFindings[],
  sweeper: Sweeper,
  { rate, load = true }: { rate: number; load?: boolean },
): Promise<Suspicion> {
  const suspicion: Suspicion = { turned: [], hurried: [] };
  const watched = watchedOf(hosts);
  if (watched.size === 0) return suspicion;
  const others = load && watched.size <= FEW_HOSTS ? loadOf([...watched.keys()]) : [];
  const asked = sorted([...portsOf(watched), ...others]);
  const seen = await sweeper.sweep('Sentinels', addressesOf(watched), asked, { rate, retries: 1 });
  const suspects = [...watched].flatMap(([host, sentinels]) => {
    const answers = answersOf(host, seen);
    const opened = gained(host, answers);
    const { asked: count, held: good } = held(sentinels, answers);
    const anyOpen = [...sentinels.values()].some(({ state }) => state === 'open');
    const lost = anyOpen ? good < count : good === 0;
    return lost || opened ? [{ host, opened, answers }] : [];
  });
  for (const one of seen) hosts.find(({ address }) => address === one.host.address)?.absorb(one);
  if (suspects.length === 0) return suspicion;
  await sweeper.pause(BREATH_MS);
  const doubted = watchedOf(suspects.map(({ host }) => host));
  const alone = await askAlone(doubted, sweeper);
  for (const { host, opened, answers } of suspects) {
    const sentinels = doubted.get(host) ?? new Map();
    const now = answersOf(host, alone);
    const turned = held(sentinels, now).held === 0;
    host.sentinels = sentinels;
    host.masks = masksOf(sentinels, turned ? now : answers);
    const refused = opened || host.masks.some((mask) => !isSilence(mask));
    if (opened) host.masks = [...host.masks, RESET];
    if (turned) suspicion.turned.push(host);
    else suspicion.hurried.push({ host, refused });
  }
  return suspicion;
}

function watchedOf(hosts: readonly HostFindings[]): Map<HostFindings, Sentinels> {
  const all = hosts.map((host): [HostFindings, Sentinels] => [host, sentinelsOf(host)]);
  return new Map(all.filter(([, sentinels]) => sentinels.size > 0));
}

/** Other ports, to ask many at once: those first that nmap asked first, as a closed one of them may be open. */
function loadOf(hosts: readonly HostFindings[]): number[] {
  const ports = popularFirst(hosts.flatMap(({ answers }) => [...answers.keys()]));
  const popular = ports.filter(isPopular);
  return [...popular, ...sample(ports.slice(popular.length), LOAD - popular.length)];
}

/** Whether a port that was refused is open. */
function gained(host: HostFindings, answers: HostSeen['answers'] | undefined): boolean {
  return [...(answers ?? [])].some(([port, { state }]) => {
    const before = host.answers.get(port);
    return state === 'open' && before !== undefined && !isSilence(before);
  });
}

/** Asks the sentinels of some hosts slowly, and nothing else. */
export async function askAlone(
  watched: ReadonlyMap<HostFindings, Sentinels>,
  sweeper: Sweeper,
): Promise<HostSeen[]> {
  const pace = { rate: ALONE_RATE * watched.size, floor: 1, retries: 1 };
  return await sweeper.sweep('Sentinels alone', addressesOf(watched), portsOf(watched), pace);
}

export const answersOf = ({ address }: HostFindings, seen: readonly HostSeen[]) =>
  seen.find(({ host }) => host.address === address)?.answers;

/** The sentinels of all hosts, no more than a few: those of one are often those of the others. */
function portsOf(watched: ReadonlyMap<HostFindings, Sentinels>): PortSet {
  return sorted([...watched.values()].flatMap((sentinels) => [...sentinels.keys()]));
}

const addressesOf = (watched: ReadonlyMap<HostFindings, Sentinels>) =>
  [...watched.keys()].map(({ address }) => address);
