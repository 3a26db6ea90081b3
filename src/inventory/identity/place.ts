/**
 * Every sighting of a look, one at a time in the order of observation, becomes one of the known assets, a new one, or
 * nobody. Nothing here knows of ports: what changed is judged afterwards.
 */
import type { Asset } from '../../core/asset.ts';
import type { Constraint, IdentityNote } from '../../core/fold.ts';
import type { Look, Sighting } from '../../core/look.ts';
import type { Thresholds } from '../thresholds.ts';
import { answeredItself, type GradeContext, type GradedMark, gradeMarks } from './grade.ts';
import { type Found, findAsset, type LadderContext } from './ladder.ts';
import { currentAddresses, currentMarks, type Ledger } from './ledger.ts';
import { againstMerge, mergeAssets, olderFirst, splitAsset } from './merge.ts';
import type { Networks } from './networks.ts';
import { type Differences, heard, isEphemeral, record, type SeenInLook } from './record.ts';
import { confidenceOf, isAnchor, reasonOf } from './words.ts';

export interface PlaceContext extends GradeContext {
  site: string;
  ledger: Ledger;
  networks: Networks;
  constraints: readonly Constraint[];
  thresholds: Thresholds;
  /** A public id from what is to be the same in every rebuild. */
  uid: (seed: string) => string;
  /** True of an address that the look asked and where nobody answered. */
  silent: (address: string) => boolean;
  /** Marks that waited for a host with this one. */
  waiting: (marks: readonly GradedMark[]) => readonly GradedMark[];
  /** Told of marks that found no host and made none. */
  unplaced: (marks: readonly GradedMark[]) => void;
}

/** Where one sighting went, and what of its host differs by that. */
export interface Placement {
  index: number;
  sighting: Sighting;
  marks: readonly GradedMark[];
  /** Public id at the time; a merge later in the look leads on from it. */
  asset?: string;
  created?: true;
  /** It was part of this asset until now. */
  splitFrom?: string;
  /** Who had the address until now. */
  displaced?: string;
  differences: Differences;
}

export interface Placed {
  placements: Placement[];
  notes: IdentityNote[];
}

export function placeSightings(look: Look, context: PlaceContext): Placed {
  const placing = new Placing(look, context);
  const order = look.sightings.map((sighting, index) => ({ sighting, index }));
  order.sort(
    (a, b) =>
      a.sighting.at - b.sighting.at ||
      byAddress(a.sighting, b.sighting, context.networks) ||
      a.index - b.index,
  );
  for (const { sighting, index } of order) placing.place(sighting, index);
  return { placements: placing.placements, notes: placing.notes };
}

function byAddress(a: Sighting, b: Sighting, networks: Networks): number {
  const [one, other] = [networks.parse(a.address ?? ''), networks.parse(b.address ?? '')];
  if (!one || !other) return Number(one === undefined) - Number(other === undefined);
  return one.family - other.family || (one.value < other.value ? -1 : one.value > other.value ? 1 : 0);
}

class Placing {
  readonly placements: Placement[] = [];
  readonly notes: IdentityNote[] = [];
  readonly #seen = new Map<string, SeenInLook>();
  readonly #look: Look;
  readonly #context: PlaceContext;
  readonly #ladder: LadderContext;

  constructor(look: Look, context: PlaceContext) {
    this.#look = look;
    this.#context = context;
    const { ledger, networks, constraints, thresholds } = context;
    const glimpse = look.completeness === 'positives';
    this.#ladder = { ledger, networks, constraints, thresholds, glimpse, seen: this.#seen };
  }

  place(sighting: Sighting, index: number): void {
    const marks = gradeMarks(sighting, this.#context);
    const found = findAsset(sighting, marks, this.#ladder);
    const note = (rung: string, why: string, asset?: string) =>
      this.#note(sighting, marks, found, { rung, why, ...(asset === undefined ? {} : { asset }) });
    const queried = answeredItself(sighting);
    if (
      !found.asset &&
      !(queried && (sighting.address !== undefined || marks.some(({ worth }) => worth !== 'none')))
    ) {
      note(
        'unplaced',
        queried ? 'it shows neither an address nor a mark' : 'only others speak of it: it makes no host',
      );
      if (!queried) this.#context.unplaced(marks);
      this.placements.push({ index, sighting, marks, differences: {} });
      return;
    }
    if (!found.asset) {
      this.#create(sighting, index, marks, found);
      return;
    }
    const { asset, rung = 'address' } = found;
    if (found.ambiguous)
      note(
        'identity.ambiguous',
        `${found.candidates.length} assets have it: the one seen last was taken`,
        asset.uid,
      );
    const shared = sharedMarks(asset, marks);
    const why = reasonOf(asset, marks, sighting.address);
    const { asset: after, differences } = this.#record(asset, sighting, marks);
    this.#context.ledger.put(
      queried && sighting.at > asset.lastSeen ? { ...after, why, confidence: confidenceOf(shared) } : after,
    );
    note(rung, why, asset.uid);
    const displaced = queried ? this.#displace(after.uid, sighting) : undefined;
    this.#mergeInto(after.uid, sighting, marks);
    this.placements.push({
      index,
      sighting,
      marks,
      asset: after.uid,
      differences,
      ...(displaced === undefined ? {} : { displaced }),
    });
  }

  #record(asset: Asset, sighting: Sighting, marks: readonly GradedMark[]) {
    const seen = this.#seen.get(asset.uid) ?? { macs: new Set(), addresses: new Set() };
    const recorded = record(asset, sighting, marks, {
      lookHash: this.#look.hash,
      networks: this.#context.networks,
      thresholds: this.#context.thresholds,
      seen,
      covered: this.#context.silent,
    });
    if (answeredItself(sighting)) {
      for (const { type, value, worth } of marks)
        if (type === 'mac' && worth !== 'none') seen.macs.add(value);
      if (sighting.address !== undefined) seen.addresses.add(sighting.address);
      this.#seen.set(asset.uid, seen);
    }
    return recorded;
  }

  #create(sighting: Sighting, index: number, marks: readonly GradedMark[], found: Found): void {
    const { ledger, site, uid, waiting } = this.#context;
    const { at, address } = sighting;
    const divided = this.#divide(sighting, marks, found);
    const fresh: Asset = {
      uid: uid(`${this.#look.hash} ${index}`),
      site,
      class: 'normal',
      state: 'present',
      criticality: 'normal',
      static: false,
      tags: [],
      firstSeen: at,
      lastSeen: at,
      stateSince: at,
      misses: 0,
      flags: [],
      confidence: confidenceOf(marks),
      why:
        found.vetoes.length > 0
          ? `new: ${found.vetoes.map(({ why }) => why).join('; ')}`
          : 'new: nothing of it was known',
      identifiers: [],
      addresses: [],
      services: [],
      facts: [],
      ...divided?.taken,
    };
    const asset = heard(
      this.#record(fresh, sighting, marks).asset,
      { at, said: 'third_party' },
      waiting(marks),
    );
    ledger.put(isEphemeral(asset) ? { ...asset, class: 'ephemeral' } : asset);
    this.#note(sighting, marks, found, {
      rung: divided ? 'split' : 'new',
      why: divided
        ? `two of one kind at two addresses in one look: taken out of ${divided.from}`
        : (fresh.why ?? ''),
      asset: asset.uid,
    });
    const displaced = address === undefined ? undefined : this.#displace(asset.uid, sighting);
    this.placements.push({
      index,
      sighting,
      marks,
      asset: asset.uid,
      created: true,
      differences: {},
      ...(divided ? { splitFrom: divided.from } : {}),
      ...(displaced === undefined ? {} : { displaced }),
    });
  }

  /** Takes what belongs to the sighting out of an asset that has its mark and yet cannot be it. */
  #divide(sighting: Sighting, marks: readonly GradedMark[], { vetoes }: Found) {
    const macs = marks.filter(({ type, worth }) => type === 'mac' && worth !== 'none');
    for (const { asset: vetoed } of vetoes) {
      const asset = this.#context.ledger.get(vetoed);
      const owns = macs.filter(
        (mark) =>
          asset && currentMarks(asset).some(({ type, value }) => type === 'mac' && value === mark.value),
      );
      if (!asset || owns.length === 0 || !this.#seen.has(asset.uid)) continue;
      const { kept, taken } = splitAsset(asset, sighting.address, owns);
      this.#context.ledger.put(kept);
      return { from: asset.uid, taken };
    }
    return undefined;
  }

  /** Whoever had the address has it no longer, unless this is about the past. @returns who that was. */
  #displace(uid: string, { address, at }: Sighting): string | undefined {
    const { ledger } = this.#context;
    if (address === undefined) return undefined;
    const now = ledger.get(uid);
    if (!now || !currentAddresses(now).includes(address)) return undefined;
    const others = ledger.at(address).filter((asset) => asset.uid !== now.uid);
    for (const other of others) {
      const since =
        other.addresses.find((one) => one.address === address && one.to === undefined)?.from ?? at;
      if (since > at) {
        ledger.put(leave(now, address, since));
        return undefined;
      }
      ledger.put(leave(other, address, at));
    }
    return others[0]?.uid;
  }

  /** The asset takes in others whose marks the same sighting shows, or that a user says are the same. */
  #mergeInto(uid: string, sighting: Sighting, marks: readonly GradedMark[]): void {
    const { ledger, constraints, thresholds } = this.#context;
    const others = new Map<string, { other: Asset; must: boolean }>();
    const self = () => ledger.get(uid)?.uid;
    for (const { a, b, word } of constraints) {
      const [one, two] = [ledger.get(a), ledger.get(b)];
      const other = one?.uid === self() ? two : two?.uid === self() ? one : undefined;
      if (word === 'must' && other && other.uid !== self()) others.set(other.uid, { other, must: true });
    }
    if (answeredItself(sighting))
      for (const mark of marks.filter(
        ({ type, worth }) => isAnchor(worth) || (type === 'mac' && worth === 'weak'),
      ))
        for (const other of ledger.holders(mark))
          if (other.uid !== self() && !others.has(other.uid)) others.set(other.uid, { other, must: false });
    for (const { other, must } of others.values()) {
      const asset = ledger.get(uid);
      if (!asset || asset.uid === other.uid) continue;
      const [older, younger] = olderFirst(asset, other);
      const why = must
        ? undefined
        : (this.#forbidden(older, younger) ?? againstMerge(older, younger, marks, thresholds));
      const about = { at: sighting.at, marks: plain(marks), candidates: [older.uid, younger.uid] };
      if (why !== undefined) {
        this.notes.push({
          ...about,
          asset: asset.uid,
          rung: 'merge.proposed',
          vetoes: [why],
          why: `marks of both, but ${why}`,
        });
        continue;
      }
      const { merged, tombstone } = mergeAssets(older, younger);
      ledger.put(tombstone);
      ledger.put(merged);
      const seen = { macs: new Set<string>(), addresses: new Set<string>() };
      for (const one of [older.uid, younger.uid]) {
        for (const mac of this.#seen.get(one)?.macs ?? []) seen.macs.add(mac);
        for (const address of this.#seen.get(one)?.addresses ?? []) seen.addresses.add(address);
      }
      this.#seen.set(older.uid, seen);
      this.notes.push({
        ...about,
        asset: older.uid,
        rung: 'merge',
        vetoes: [],
        why: must ? 'a user says that they are one' : 'one sighting shows marks of both',
      });
    }
  }

  #forbidden(a: Asset, b: Asset): string | undefined {
    const { constraints, ledger } = this.#context;
    const cannot = constraints.some(({ word, a: one, b: two }) => {
      const pair = [ledger.get(one)?.uid, ledger.get(two)?.uid];
      return word === 'cannot' && pair.includes(a.uid) && pair.includes(b.uid);
    });
    return cannot ? 'a user says that they are two' : undefined;
  }

  #note(
    { at, address }: Sighting,
    marks: readonly GradedMark[],
    { candidates, vetoes }: Found,
    { rung, why, asset }: { rung: string; why: string; asset?: string },
  ): void {
    this.notes.push({
      at,
      ...(address === undefined ? {} : { address }),
      ...(asset === undefined ? {} : { asset }),
      rung,
      marks: plain(marks),
      candidates: candidates.filter((uid) => uid !== asset),
      vetoes: vetoes.map((veto) => `${veto.asset} ${veto.why}`),
      why,
    });
  }
}

const leave = (asset: Asset, address: string, to: number): Asset => ({
  ...asset,
  addresses: asset.addresses.map((one) =>
    one.address === address && one.to === undefined ? { ...one, to } : one,
  ),
});

const plain = (marks: readonly GradedMark[]) => marks.map(({ type, value }) => ({ type, value }));

const sharedMarks = (asset: Asset, marks: readonly GradedMark[]): GradedMark[] =>
  marks.filter((mark) =>
    currentMarks(asset).some(({ type, value }) => type === mark.type && value === mark.value),
  );
