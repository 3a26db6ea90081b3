/** A host of an nmap report, ours or somebody's, as a sighting. */
import type { RunFacts } from '../details.ts';
import type { Mark, Sighting } from '../look.ts';
import type { HostResult } from '../result.ts';
import { portWords } from './ports.ts';
import { scriptWords } from './scripts.ts';

export interface SeenBy {
  /** How its ports were asked: `RunFacts.asked`. */
  asked: RunFacts['asked'];
  said: Sighting['said'];
  /** When the look ended, for hosts that do not say when they were. */
  endedAt: number;
  /** It is known to accept everything. */
  acceptsEverything?: boolean;
}

/** The sighting of a host; undefined where nothing of it was seen: it is down, or only called up (-Pn). */
export function sightingOf(host: HostResult, seen: SeenBy): Sighting | undefined {
  if (host.status !== 'up' && !host.ports.some(({ state }) => state === 'open')) return undefined;
  const { ports, counted } = host.timed_out
    ? portWords({ ports: host.ports, partial: true }, seen.asked)
    : portWords(host, seen.asked);
  const answered = ports.length > 0 || counted.some(({ word, vague }) => word === 'closed' && !vague);
  // What was not searched for is called up by nmap: `user-set` with -Pn, no reason at all in reports of old.
  const found = host.reason !== undefined && host.reason !== 'user-set';
  if (!answered && !found && host.mac === undefined) return undefined;
  // The report broke off within it: a table of a script may lack its end.
  const { marks, facts } = host.partial ? { marks: [], facts: [] } : scriptWords(host);
  const [guess] = host.os ?? [];
  const family = guess?.classes?.[0]?.family;
  const { ended } = host.details ?? {};
  return {
    at: ended === undefined ? seen.endedAt : ended * 1000,
    address: host.address,
    said: seen.said,
    marks: [...marksOf(host), ...marks],
    ports,
    counted,
    ...(host.vendor === undefined ? {} : { vendor: host.vendor }),
    ...(guess && family !== undefined ? { os: { family, name: guess.name, accuracy: guess.accuracy } } : {}),
    facts,
    ...(seen.acceptsEverything ? { acceptsEverything: true } : {}),
    ...(host.partial || host.timed_out ? { partial: true } : {}),
  };
}

/** Names as they are compared: lower case, without the dot that ends an absolute one (RFC 1034 3.1). */
export const nameOf = (name: string): string => name.toLowerCase().replace(/\.$/, '');

function marksOf({ mac, hostnames = [] }: HostResult): Mark[] {
  return [
    // nmap tells a MAC only of hosts on its own link (nmap manual, HOST DISCOVERY).
    ...(mac === undefined ? [] : [{ type: 'mac' as const, value: mac.toLowerCase() }]),
    ...hostnames.map(({ name, type }) => ({
      type: type === 'PTR' ? ('ptr' as const) : ('asked_name' as const),
      value: nameOf(name),
    })),
  ];
}
