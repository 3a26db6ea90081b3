/** Gathers what a file tells into looks, a bounded number of hosts at a time: memory stays flat, whatever its size. */
import { createHash } from 'node:crypto';
import { type Address, parseAddress, type Span } from '../../core/address.ts';
import type { Fact, Look, Mark, PortSighting, Sighting } from '../../core/look.ts';
import type { Asked, Found, LeftOut } from './format.ts';

/** Hosts of one look, and ports, marks and facts of all of them. */
const MOST_HOSTS = 10_000;
const MOST_PIECES = 200_000;

export interface Place {
  site: string;
  /** Where was it looked from; `import` where nobody says. */
  vantage: string;
  /** Of what has no time in the file: when the file was written. */
  writtenAt: number;
  now: number;
  /** Of traffic: one's own networks, all else is left out. Absent: everything is kept. */
  within?: readonly Span[];
}

interface Gathered {
  found: Found;
  ports: Map<string, PortSighting>;
  marks: Map<string, Mark>;
  facts: Map<string, Fact>;
}

const ELSEWHERE = 'addresses outside of your networks';
const FUTURE = 'times that are still to come';

export class Gatherer {
  readonly #place: Place;
  readonly #left: LeftOut;
  #hosts = new Map<string, Gathered>();
  #pieces = 0;
  /** A look has been given away: what is to come is a part of the file only. */
  #parted = false;

  constructor(place: Place, left: LeftOut) {
    this.#place = place;
    this.#left = left;
  }

  get parted(): boolean {
    return this.#parted;
  }

  /** @returns a look, when there is enough for one */
  add(found: Found): Look | undefined {
    const { within, now } = this.#place;
    const address = parseAddress(found.address);
    if (!address || (within && !within.some((span) => holds(span, address)))) {
      this.#left.add(ELSEWHERE, found.address);
      return undefined;
    }
    const { at, ...rest } = found;
    if (at !== undefined && at > now) this.#left.add(FUTURE, new Date(Math.min(at, 8e15)).toISOString());
    this.#merge(at === undefined || at > now ? rest : found);
    if (this.#hosts.size < MOST_HOSTS && this.#pieces < MOST_PIECES) return undefined;
    this.#parted = true;
    return this.#take({ completeness: 'positives', coverage: [], gaps: [], notCompared: [] });
  }

  /** What is left at the end of the file. */
  end(asked: Asked): Look | undefined {
    const whole = this.#parted
      ? { ...asked, completeness: 'positives' as const, coverage: [], gaps: [] }
      : asked;
    return this.#hosts.size === 0 && whole.coverage.length === 0 ? undefined : this.#take(whole);
  }

  #merge(found: Found): void {
    const known = this.#hosts.get(found.address);
    const host = known ?? { found, ports: new Map(), marks: new Map(), facts: new Map() };
    if (known) host.found = { ...known.found, ...found, ...latest(known.found.at, found.at) };
    else this.#hosts.set(found.address, host);
    for (const port of found.ports ?? []) {
      const key = `${port.protocol} ${port.port}`;
      const before = host.ports.get(key);
      // The fuller description stays.
      if (before && (before.service?.confidence ?? 0) > (port.service?.confidence ?? 0)) continue;
      if (!before) this.#pieces += 1;
      host.ports.set(key, port);
    }
    for (const mark of found.marks ?? []) this.#keep(host.marks, mark);
    for (const fact of found.facts ?? []) this.#keep(host.facts, fact);
  }

  #keep<T>(kept: Map<string, T>, one: T): void {
    const key = JSON.stringify(one);
    if (!kept.has(key)) this.#pieces += 1;
    kept.set(key, one);
  }

  #take({ completeness, coverage, gaps, discovery, startedAt, endedAt }: Asked): Look {
    const { site, vantage, writtenAt } = this.#place;
    const told = [...this.#hosts.values()];
    this.#hosts = new Map();
    this.#pieces = 0;
    // What has no time of its own must not make the same file another look.
    const digest = createHash('sha256').update(
      JSON.stringify({ site, vantage, completeness, coverage, gaps }),
    );
    const times: number[] = [];
    const sightings = told.map((host): Sighting => {
      const sighting = sightingOf(host);
      digest.update(JSON.stringify(sighting));
      const { at = endedAt ?? writtenAt } = sighting;
      times.push(at);
      return { ...sighting, at };
    });
    const [first, last] = [
      times.reduce((a, b) => Math.min(a, b), endedAt ?? writtenAt),
      times.reduce((a, b) => Math.max(a, b), 0),
    ];
    const end = endedAt ?? (last > 0 ? last : writtenAt);
    return {
      kind: 'import',
      site,
      vantage,
      hash: digest.digest('hex'),
      startedAt: Math.min(startedAt ?? first, end),
      endedAt: end,
      completeness,
      ...(discovery === undefined ? {} : { discovery }),
      coverage,
      gaps,
      sightings,
    };
  }
}

function sightingOf({ found, ports, marks, facts }: Gathered): Omit<Sighting, 'at'> & { at?: number } {
  return {
    counted: [],
    ...found,
    said: 'imported',
    ports: [...ports.values()],
    marks: [...marks.values()],
    facts: [...facts.values()],
  };
}

function latest(a: number | undefined, b: number | undefined): { at?: number } {
  const at = a === undefined ? b : b === undefined ? a : Math.max(a, b);
  return at === undefined ? {} : { at };
}

const holds = (span: Span, { family, value }: Address) =>
  span.family === family && value >= span.first && value <= span.last;
