/**
 * Cases of identity: `id ; sighting -> sighting -> … ; labels ; why`. A sighting is `batch:site: words`; sightings of one
 * batch and site that follow each other are one look. Labels name the assets in the order of the sightings, `-` is none,
 * `A+B` the asset that A and B became.
 */
import type { Look, Mark, PortSighting, Sighting } from '../../../src/core/look.ts';
import { RememberedSite } from '../remembered-site.ts';
import { hostKeys } from './evidence.ts';
import { CaseError, type CaseLine, type CaseResult, digitsOf, macOf } from './lines.ts';

const HOUR = 3_600_000;
const BEGIN = Date.UTC(2026, 0, 5, 8);

interface Seen {
  batch: string;
  site: string;
  address?: string;
  range?: 'dhcp' | 'static' | 'guest';
  hours?: number;
  sighting: Omit<Sighting, 'at' | 'address' | 'ports'>;
  likeness?: 'alike' | 'unlike';
  /** Labels that a user says it is, or is not: `is=A`, `not=A`. */
  user: { word: 'must' | 'cannot'; label: string }[];
}

export function runIdentityCase({ fields }: CaseLine): CaseResult {
  const [id = '', sightings, labels, why = ''] = fields;
  if (sightings === undefined || labels === undefined)
    throw new CaseError('a case is: id ; sightings ; labels ; why');
  const seen = sightings.split('->').map((one) => readSighting(one.trim()));
  const expected = labels.split(/\s+/).filter(Boolean);
  if (expected.length !== seen.length)
    throw new CaseError(`it has ${seen.length} sightings and ${expected.length} labels`);
  const { right, came } = watch(seen, expected);
  return { id, right, expected: labels, came, why };
}

function readSighting(text: string): Seen {
  const [, batch, site, rest = ''] = /^(\w+):(\w+):?\s*(.*)$/.exec(text) ?? [];
  if (batch === undefined || site === undefined) throw new CaseError(`"${text}" is not batch:site: words`);
  const marks: Mark[] = [];
  const seen: Seen = { batch, site, sighting: { said: 'queried', marks, counted: [], facts: [] }, user: [] };
  for (const word of rest.split(/\s+/).filter(Boolean)) {
    const equals = word.indexOf('=');
    const [name, value] = equals < 0 ? [word, ''] : [word.slice(0, equals), word.slice(equals + 1)];
    readWord(seen, marks, name, value, word);
  }
  return seen;
}

function readWord(seen: Seen, marks: Mark[], name: string, value: string, word: string): void {
  switch (name) {
    case 'a':
      seen.address = value.includes('.') ? value : `10.8.0.${value}`;
      return;
    case 'm':
      return void marks.push(...value.split(',').map((one): Mark => ({ type: 'mac', value: mac(one) })));
    case 'ssh': {
      const keys = hostKeys(value);
      marks.push(...keys.marks);
      seen.sighting = { ...seen.sighting, facts: keys.facts };
      return;
    }
    case 'tls':
      return void marks.push({ type: 'tls_key', value: digitsOf(`tls ${value}`, 64) });
    case 'snmp':
      return void marks.push({ type: 'snmp_engine', value });
    case 'serial':
      return void marks.push({ type: 'serial', value });
    case 'n':
      return void marks.push({ type: 'name', value });
    case 'p':
      return void marks.push({ type: 'ptr', value });
    case 'via':
      if (value !== 'third' && value !== 'import') break;
      seen.sighting = { ...seen.sighting, said: value === 'third' ? 'third_party' : 'imported' };
      return;
    case 'dh':
      if (!/^\d+(\.\d+)?$/.test(value)) break;
      seen.hours = Number(value);
      return;
    case 'is':
    case 'not':
      seen.user.push({ word: name === 'is' ? 'must' : 'cannot', label: value });
      return;
    case 'dhcp':
    case 'static':
    case 'guest':
      seen.range = name;
      return;
    case 'alike':
    case 'unlike':
      seen.likeness = name;
      return;
  }
  throw new CaseError(`nobody knows the word "${word}"`);
}

/** `Gaa` a card, `Lx1` made up by the host, `V1` a virtual router's; behind the letter may stand real digits. */
function mac(word: string): string {
  const [letter, rest] = [word[0], word.slice(1)];
  const real = /^[0-9a-fA-F:-]{6,17}$/.test(rest);
  switch (letter) {
    case 'G':
      return macOf(rest, 'card');
    case 'L':
      return macOf(rest, 'random');
    case 'V':
      return macOf(real ? rest : `00005e0001${digitsOf(rest, 2)}`, 'card');
    default:
      throw new CaseError(`the MAC "${word}" begins neither with G, L nor V`);
  }
}

const USUAL: PortSighting[] = [22, 80].map((port) => ({ port, protocol: 'tcp', word: 'open' }));
const OTHER: PortSighting[] = [3389, 445].map((port) => ({ port, protocol: 'tcp', word: 'open' }));

function watch(seen: readonly Seen[], expected: readonly string[]): { right: boolean; came: string } {
  const sites = new Map<string, RememberedSite>();
  const labels = new Map<string, string>();
  const came: string[] = [];
  const addresses = new Set<string>();
  let right = true;
  let at = BEGIN;
  for (let from = 0; from < seen.length; ) {
    const first = seen[from];
    if (!first) break;
    let to = from + 1;
    while (seen[to]?.batch === first.batch && seen[to]?.site === first.site) to += 1;
    const batch = seen.slice(from, to);
    const site = sites.get(first.site) ?? new RememberedSite(first.site);
    sites.set(first.site, site);
    const sightings = batch.map((one, index): Sighting => {
      const same = from + index > 0 && seen[from + index - 1]?.batch === one.batch;
      if (from + index > 0) at += one.hours === undefined ? (same ? 1 : 24 * HOUR) : one.hours * HOUR;
      const fresh = one.address !== undefined && !addresses.has(`${first.site} ${one.address}`);
      if (one.address !== undefined) addresses.add(`${first.site} ${one.address}`);
      const queried = one.sighting.said === 'queried';
      const ports = !queried
        ? []
        : one.likeness === 'unlike'
          ? OTHER
          : one.likeness === 'alike' || fresh
            ? USUAL
            : [];
      return { ...one.sighting, at, ports, ...(one.address === undefined ? {} : { address: one.address }) };
    });
    for (const { range, address } of batch)
      if (range && address) site.networks.push({ first: address, last: address, kind: range });
    const folded = site.fold(lookOf(first, sightings, at));
    batch.forEach((one, index) => {
      const uid = folded?.placed[index];
      const verdict = label(site, uid, expected[from + index] ?? '-', labels, came.length);
      right &&= verdict.right;
      came.push(verdict.name);
      if (uid !== undefined)
        for (const { word, label: other } of one.user)
          site.constraints.push({ a: uid, b: labels.get(other) ?? other, word });
    });
    from = to;
  }
  return { right, came: came.join(' ') };
}

function lookOf({ batch, site }: Seen, sightings: readonly Sighting[], at: number): Look {
  return {
    kind: 'scan',
    site,
    vantage: 'A',
    hash: `${site} ${batch} ${at}`,
    startedAt: sightings[0]?.at ?? at,
    endedAt: at,
    completeness: 'full',
    discovery: 'arp',
    coverage: [],
    gaps: [],
    sightings,
  };
}

/** Whether the asset is the one of this label; a label that is new takes an asset that is new. */
function label(
  site: RememberedSite,
  uid: string | undefined,
  expected: string,
  labels: Map<string, string>,
  place: number,
): { right: boolean; name: string } {
  if (uid === undefined) return { right: expected === '-', name: '-' };
  const now = (one: string) => labels.get(one) !== undefined && site.asset(labels.get(one))?.uid === uid;
  const names = [...labels.keys()].filter((one) => now(one));
  if (expected === '-') return { right: false, name: names.join('+') || 'new' };
  const wanted = expected.split('+');
  if (names.length === 0) {
    const fresh = wanted.length === 1 && !labels.has(expected);
    const name = fresh ? expected : `new${place + 1}`;
    labels.set(name, uid);
    return { right: fresh, name };
  }
  // Of a merged asset the case may go on to say A as well as A+B.
  return { right: wanted.every((one) => names.includes(one)), name: names.join('+') };
}
