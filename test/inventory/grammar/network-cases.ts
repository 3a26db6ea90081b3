/**
 * Cases of a whole network: `id ; net: LAST kind gw=N ; looks ; claims ; why`. The network is 10.7.0.0 to 10.7.0.LAST. A
 * look is groups of hosts apart by `&`, `1-20,25: U 22+ | mac:*`, in the words of host-look.ts, where `*` is the number of
 * the host; who is in no group is silent. After `||` stand words of the look: those of host-look.ts, `cover:1-63`,
 * `withheld:64-127`, `unreached:1-9`, `ask:1..100` for ports that nobody needs to answer at, and `again` for the very same
 * report as before. Claims are of the last look, or after `all:` of all looks, repeats counted as one: events, `assets=12`,
 * `uncompared:downgraded=3`, `cluster@1`, `open=0` for incidents.
 */
import type { ChangeEvent } from '../../../src/core/asset.ts';
import type { Network } from '../../../src/core/fold.ts';
import type { CoverageGap, Look, Sighting } from '../../../src/core/look.ts';
import type { FoldedLook } from '../../../src/inventory/folded-look.ts';
import { currentAddresses } from '../../../src/inventory/identity/ledger.ts';
import { RememberedSite } from '../remembered-site.ts';
import { coverageOf } from './change-cases.ts';
import { asWritten, expectedEvents, sameEvents } from './expected.ts';
import { type HostLook, hostLook, portRange } from './host-look.ts';
import { CaseError, type CaseLine, type CaseResult } from './lines.ts';

const DAY = 86_400_000;
const BEGIN = Date.UTC(2026, 0, 5, 8);
const address = (host: number | string) => `10.7.0.${host}`;

export function runNetworkCase({ fields }: CaseLine): CaseResult {
  const [id = '', net = '', looks, claims, why = ''] = fields;
  if (looks === undefined || claims === undefined)
    throw new CaseError('a case is: id ; net: … ; looks ; claims ; why');
  const watched = new WholeNetwork(net);
  for (const look of looks.split('->')) watched.see(look.trim());
  const { right, came } = watched.judge(claims);
  return { id, right, expected: claims, came, why };
}

class WholeNetwork {
  readonly #site = new RememberedSite();
  readonly #last: number;
  readonly #folded: FoldedLook[] = [];
  #at = BEGIN;
  #look: Look | undefined;

  constructor(net: string) {
    const [last = '', ...words] = net.replace(/^net:\s*/, '').split(/\s+/);
    this.#last = Number(last);
    if (!(this.#last > 0 && this.#last < 256)) throw new CaseError(`"${last}" is no last host of a network`);
    const network: Network = { first: address(0), last: address(this.#last), name: 'lab' };
    for (const word of words.filter(Boolean)) {
      const gateway = /^gw=(\d+)$/.exec(word)?.[1];
      if (gateway !== undefined) network.gateway = address(gateway);
      else if (word === 'dhcp' || word === 'static' || word === 'guest') network.kind = word;
      else throw new CaseError(`nobody knows the word "${word}" of a network`);
    }
    this.#site.networks.push(network);
  }

  see(text: string): void {
    const [hosts = '', words = ''] = text.split('||');
    const of = new LookWords(words, this.#last);
    if (this.#look && !of.again) this.#at += of.look.words.after ?? DAY;
    const look = of.again && this.#look ? this.#look : this.#lookOf(hosts, of);
    this.#look = look;
    const folded = this.#site.fold(look);
    if (folded) this.#folded.push(folded);
    else this.#folded.push({ ...NOTHING });
  }

  #lookOf(text: string, { look: { words }, covered, gaps, asks }: LookWords): Look {
    const at = this.#at;
    const seen = new Map<number, HostLook>();
    for (const group of text
      .split('&')
      .map((one) => one.trim())
      .filter(Boolean)) {
      const [, numbers, rest] = /^([\d,-]+):\s*(.+)$/.exec(group) ?? [];
      if (numbers === undefined || rest === undefined) throw new CaseError(`"${group}" is not HOSTS: U …`);
      for (const host of numbersIn(numbers)) seen.set(host, hostLook(rest.replaceAll('*', String(host))));
    }
    const up = [...seen].filter(([, { host }]) => host === 'U');
    const positives = words.flags.has('passive') || words.flags.has('nocov');
    const ports = up.flatMap(([, one]) => one.ports);
    const counted = [...up.flatMap(([, one]) => one.counted), ...asks];
    return {
      kind: words.flags.has('passive') ? 'capture' : words.flags.has('nocov') ? 'import' : 'scan',
      site: 'home',
      vantage: words.vantage ?? (words.flags.has('passive') ? 'capture:tap' : 'A'),
      hash: `look ${this.#folded.length}`,
      startedAt: at,
      endedAt: at,
      completeness: positives ? 'positives' : words.flags.has('partial') ? 'partial' : 'full',
      discovery: words.way ?? 'ip',
      ...(words.flags.has('degraded') ? { degraded: 'nmap gave up' } : {}),
      coverage: positives
        ? []
        : covered.flatMap(([first, last]) => coverageOf(address(first), address(last), ports, counted)),
      gaps,
      sightings: up.map(
        ([host, one]): Sighting => ({
          at,
          address: address(host),
          said: 'queried',
          marks: one.words.marks,
          ports: one.ports,
          counted: one.counted,
          facts: one.words.facts,
          ...(one.words.os ? { os: one.words.os } : {}),
          ...(one.words.flags.has('tarpit') ? { acceptsEverything: true } : {}),
        }),
      ),
    };
  }

  judge(claims: string): { right: boolean; came: string } {
    const all = claims.startsWith('all:');
    const words = claims
      .replace(/^all:/, '')
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean);
    const facts = words.filter((one) => /[=@]/.test(one));
    const expected = expectedEvents(words.filter((one) => !facts.includes(one)).join(', ') || 'none');
    const last = this.#folded.at(-1);
    const events = told(all ? this.#folded.flatMap((one) => one.events) : (last?.events ?? []));
    const came = events.filter(({ kind }) => kind !== 'baseline.recorded');
    const checked = facts.map((fact) => this.#check(fact, last));
    return {
      right: sameEvents(came, expected) && checked.every(({ right }) => right),
      came: [asWritten(came, true), ...checked.map(({ came: one }) => one)].join(', '),
    };
  }

  #check(fact: string, last: FoldedLook | undefined): { right: boolean; came: string } {
    const [, name = '', value = ''] = /^([^=@]+)[=@](.+)$/.exec(fact) ?? [];
    const assets = [...this.#site.assets.values()].filter(({ mergedInto }) => mergedInto === undefined);
    if (name.startsWith('uncompared:')) {
      const count = last?.notCompared.filter(({ why }) => `uncompared:${why}` === name).length ?? 0;
      return { right: count === Number(value), came: `${name}=${count}` };
    }
    if (name === 'assets') return { right: assets.length === Number(value), came: `assets=${assets.length}` };
    if (name === 'open')
      return {
        right: this.#site.incidents.size === Number(value),
        came: `open=${[...this.#site.incidents.keys()].length}`,
      };
    if (name === 'severity') {
      const told_ = last?.events.map(({ severity }) => severity).join('/') ?? '';
      return { right: told_ === value, came: `severity=${told_}` };
    }
    const at = assets.find((asset) => currentAddresses(asset).includes(address(value)));
    if (!at) return { right: false, came: `nobody@${value}` };
    return {
      right: at.flags.some((flag) => flag === name),
      came: `${at.flags.join('+') || 'no flag'}@${value}`,
    };
  }
}

const NOTHING: FoldedLook = {
  assets: [],
  events: [],
  closed: [],
  suppressed: [],
  notes: [],
  tested: [],
  memory: {},
  placed: [],
  notCompared: [],
  recheck: [],
};

/** Events that are told by themselves; repeats of one subject are one, their counts added. */
function told(events: readonly ChangeEvent[]): ChangeEvent[] {
  const subjects = new Map<string, ChangeEvent>();
  for (const event of events) {
    if (event.partOf !== undefined) continue;
    const key = `${event.kind} ${event.dedupeKey}`;
    const there = subjects.get(key);
    subjects.set(
      key,
      there?.count === undefined ? event : { ...there, count: there.count + (event.count ?? 0) },
    );
  }
  return [...subjects.values()];
}

class LookWords {
  readonly look: HostLook;
  readonly again: boolean;
  readonly covered: [number, number][];
  readonly gaps: CoverageGap[] = [];
  readonly asks: HostLook['counted'] = [];

  constructor(text: string, last: number) {
    const own: string[] = [];
    const covered: [number, number][] = [];
    let again = false;
    for (const word of text.trim().split(/\s+/).filter(Boolean)) {
      const [name, value = ''] = word.split(':');
      if (word === 'again') again = true;
      else if (name === 'cover') covered.push(...value.split(',').map(range));
      else if (name === 'withheld' || name === 'unreached') {
        const why = name === 'withheld' ? 'withheld' : 'not_reached';
        for (const [first, end] of value.split(',').map(range))
          this.gaps.push({ address: address(first), last: address(end), aspect: 'host', why });
      } else if (name === 'ask') {
        const ports = portRange(`${value}-`);
        if (!ports) throw new CaseError(`"${word}" is not ask:1..100`);
        this.asks.push(...ports.counted);
      } else own.push(word);
    }
    this.look = hostLook(`U | ${own.join(' ')}`);
    this.again = again;
    this.covered = covered.length > 0 ? covered : [[1, last]];
  }
}

function range(text: string): [number, number] {
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  if (first === undefined) throw new CaseError(`"${text}" is no range of hosts`);
  return [Number(first), Number(last ?? first)];
}

const numbersIn = (text: string): number[] =>
  text.split(',').flatMap((piece) => {
    const [first, last] = range(piece);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
