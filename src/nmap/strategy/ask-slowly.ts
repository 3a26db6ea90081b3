/**
 * Goes on where a host blocks us or takes few connections at a time: when its sentinels answer again, the ports that
 * were asked in vain are asked in small blocks, sentinels among them, slower when those fall silent and faster while they
 * hold. It ends when the time for it is up, or the host has turned again and again: that is a no.
 */
import { sorted } from '../../core/port-set.ts';
import type { HostFindings } from './findings.ts';
import { popularFirst } from './popular-ports.ts';
import { answersOf, askAlone, held, type Sentinels } from './sentinels.ts';
import type { Sweeper, SweepPace } from './sweeper.ts';

/**
 * Milliseconds before each look whether a host that turned answers again; fail2ban's ten minutes are not waited for.
 * Silence would have made nmap wait as well, but not a refusal.
 */
const WAITS_MS = { silent: [1000, 2000, 4000], refused: [1000, 2000] } as const;
/** How often a host may turn before it is left alone. */
const MOST_TURNS = 3;
/** Packets a second to each host: the first block, the least, and the most. */
const FIRST_RATE = 10;
const LEAST_RATE = 2;
const MOST_RATE = 200;
const BLOCK_SECONDS = 4;
/** Milliseconds in all. */
const TURNED_MS = 60_000;
const LIMITED_MS = 600_000;

/**
 * Packets a second to a host that takes so few connections. Linux counts one that has ended until two of its clock ticks
 * later (nf_conncount.c), of ten milliseconds at the most.
 */
export const limitedRate = (atOnce: number): number => 40 * atOnce;

/** Services asked at a time: nmap begins the next one while the host still counts the last. */
export const servicesAtOnce = (atOnce: number): number => Math.max(1, Math.floor(atOnce / 2));

export type Ask = (
  label: string,
  hosts: readonly HostFindings[],
  ports: readonly number[],
  pace: SweepPace,
) => ReturnType<Sweeper['sweep']>;

/** Asks the untested ports of hosts that turned. @returns those that answer as before at the end */
export async function askTurned(
  hosts: readonly HostFindings[],
  sweeper: Sweeper,
  ask: Ask,
): Promise<HostFindings[]> {
  const back = await comeBack(hosts, sweeper);
  const slow = { first: FIRST_RATE, most: MOST_RATE, until: sweeper.now() + TURNED_MS, turns: MOST_TURNS };
  return await askInBlocks(back, sweeper, ask, slow);
}

/** Asks the untested ports of a host that takes few connections of us, that many at a time. */
export async function askLimited(host: HostFindings, sweeper: Sweeper, ask: Ask): Promise<void> {
  if (host.atOnce === 'any') return;
  const rate = limitedRate(host.atOnce);
  const until = sweeper.now() + LIMITED_MS;
  const slow = { first: rate, most: rate, until, turns: 3 * MOST_TURNS, atOnce: host.atOnce };
  await askInBlocks([host], sweeper, ask, slow);
}

/** Waits for hosts to answer again, as long as WAITS_MS says. */
async function comeBack(hosts: readonly HostFindings[], sweeper: Sweeper): Promise<HostFindings[]> {
  const back: HostFindings[] = [];
  const refused = hosts.every(({ turned }) => turned?.how === 'refused');
  for (const wait of WAITS_MS[refused ? 'refused' : 'silent']) {
    const away = hosts.filter((host) => !back.includes(host));
    if (away.length === 0) break;
    await sweeper.pause(wait);
    const watched = new Map(away.map((host): [HostFindings, Sentinels] => [host, host.sentinels]));
    const seen = await askAlone(watched, sweeper);
    back.push(...away.filter((host) => holds(host, answersOf(host, seen))));
  }
  return back;
}

/** Half of its sentinels answer as they did; of a host that refuses single connections, all. */
function holds(host: HostFindings, answers: Parameters<typeof held>[1]): boolean {
  const { asked, held: good } = held(host.sentinels, answers);
  return good > 0 && good >= asked * (host.atOnce === 'any' ? 0.5 : 1);
}

async function askInBlocks(
  hosts: readonly HostFindings[],
  sweeper: Sweeper,
  ask: Ask,
  {
    first,
    most,
    until,
    turns,
    atOnce,
  }: { first: number; most: number; until: number; turns: number; atOnce?: number },
): Promise<HostFindings[]> {
  let rate = first;
  let going = [...hosts];
  const done: HostFindings[] = [];
  const turned = new Map<HostFindings, number>();
  while (going.length > 0 && sweeper.now() < until) {
    const left = popularFirst(going.flatMap(({ untested }) => [...untested]));
    const block = left.slice(0, Math.max(1, Math.floor(rate * BLOCK_SECONDS)));
    if (block.length === 0) break;
    const sentinels = going.flatMap((host) => [...host.sentinels.keys()]);
    const seen = await ask('Asked slowly', going, sorted([...block, ...sentinels]), {
      rate: rate * going.length,
      floor: (rate * going.length) / 2,
      retries: 1,
      ...(atOnce === undefined ? {} : { atOnce }),
    });
    const failing: HostFindings[] = [];
    for (const host of going) {
      const answers = answersOf(host, seen);
      if (!holds(host, answers)) failing.push(host);
      else for (const port of block) host.settle(port, answers?.get(port));
    }
    rate = failing.length > 0 ? Math.max(LEAST_RATE, rate / 4) : Math.min(most, rate * 2);
    for (const host of failing) turned.set(host, (turned.get(host) ?? 0) + 1);
    const gone = failing.filter((host) => (turned.get(host) ?? 0) >= turns);
    const back = await comeBack(
      failing.filter((host) => !gone.includes(host)),
      sweeper,
    );
    going = going.filter((host) => !failing.includes(host) || back.includes(host));
    done.push(...going.filter(({ untested }) => untested.size === 0));
    going = going.filter(({ untested }) => untested.size > 0);
  }
  return [...done, ...going];
}
