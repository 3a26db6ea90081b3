/**
 * One look folded into what is known: who its hosts are, what changed, and which differences were held back. It asks
 * nobody and changes nothing it is given; the same knowledge and the same look give the same answer, always.
 */
import type { Asset, AssetFlag } from '../core/asset.ts';
import type { Known, Recheck, Tested } from '../core/fold.ts';
import type { Look, MarkType } from '../core/look.ts';
import { Away } from './changes/away.ts';
import { blindNetworks, type ExpectedHost, isReliable } from './changes/blind.ts';
import { Findings } from './changes/findings.ts';
import { judgePlacement } from './changes/hosts.ts';
import { SEARCH, withoutMiddleboxes } from './changes/middlebox.ts';
import { againstMiss, judgeMiss, judgeVoidMiss, maySleepFor } from './changes/presence.ts';
import type { Expectation } from './changes/severity.ts';
import { type Question, weigh } from './changes/weigh.ts';
import { LookCoverage } from './coverage.ts';
import { foldHost, type HostFold } from './fold-host.ts';
import type { FoldedLook, NotCompared } from './folded-look.ts';
import { answeredItself, normalMark } from './identity/grade.ts';
import { currentAddresses, Ledger } from './identity/ledger.ts';
import { Networks } from './identity/networks.ts';
import { type Placement, placeSightings } from './identity/place.ts';
import { SiteMemory } from './memory.ts';
import { TestedBefore } from './tested-before.ts';
import { THRESHOLDS, type Thresholds } from './thresholds.ts';

export interface FoldOptions {
  /** A public id for what this seed names; the same seed gives the same id, so that a rebuild gives the same rows. */
  uid: (of: 'asset' | 'event', seed: string) => string;
  thresholds?: Partial<Thresholds>;
  /** Whether the maker of a MAC is known; left out, all are. */
  knownMaker?: (mac: string) => boolean;
  /** What the baseline says of a change (rule R17). */
  expectation?: (question: Question) => Expectation | undefined;
}

export function foldLook(known: Known, given: Look, options: FoldOptions): FoldedLook {
  return new Fold(known, given, options).run();
}

class Fold {
  readonly #known: Known;
  readonly #given: Look;
  readonly #options: FoldOptions;
  readonly #limits: Thresholds;
  readonly #ledger: Ledger;
  readonly #networks: Networks;
  readonly #memory: SiteMemory;
  readonly #findings: Findings;
  readonly #coverage: LookCoverage;
  readonly #before: ReadonlyMap<string, Asset>;
  readonly #notCompared: NotCompared[] = [];
  readonly #recheck: Recheck[] = [];
  readonly #tested: Omit<Tested, 'looks' | 'look'>[] = [];

  constructor(known: Known, given: Look, options: FoldOptions) {
    this.#known = known;
    this.#given = given;
    this.#options = options;
    this.#limits = { ...THRESHOLDS, ...options.thresholds };
    this.#ledger = new Ledger(known.assets);
    this.#networks = new Networks(known.networks);
    this.#memory = new SiteMemory(known.memory);
    this.#findings = new Findings(given.hash);
    this.#coverage = new LookCoverage(given, known, this.#networks);
    this.#before = new Map(known.assets.map((asset) => [asset.uid, asset]));
  }

  run(): FoldedLook {
    const { look, silenced, indexes } = this.#withoutMiddleboxes();
    this.#spendSharedCards(look);
    const { placements, notes } = this.#place(look);
    const context = this.#hostContext();
    for (const placement of placements) judgePlacement(placement, context);
    const hosts = this.#hosts(placements);
    const blind = this.#blind(hosts, silenced);
    const tested = new TestedBefore(this.#known.tested, this.#ledger);
    for (const [uid, sighted] of hosts) this.#foldHost(uid, sighted, look, tested, blind);
    this.#misses(hosts, silenced, tested, blind);
    this.#spendCommonKeys(placements);
    this.#baseline(placements);
    for (const { address, last, why } of this.#coverage.gaps)
      this.#notCompared.push({ address, ...(last === undefined ? {} : { last }), why });
    const { events, closed } = this.#weigh();
    const placed = new Array<string | undefined>(this.#given.sightings.length).fill(undefined);
    for (const { index, asset } of placements)
      placed[indexes[index] ?? index] = asset === undefined ? undefined : this.#ledger.get(asset)?.uid;
    return {
      assets: this.#ledger.changed(),
      events,
      closed,
      suppressed: this.#findings.suppressed,
      notes,
      tested: this.#tested,
      memory: this.#memory.changes,
      placed,
      notCompared: this.#notCompared,
      recheck: this.#recheck,
    };
  }

  #withoutMiddleboxes() {
    const given = this.#given;
    const { vantage, endedAt: at } = given;
    const verdict = withoutMiddleboxes(given, this.#memory.middleboxes(vantage), {
      ledger: this.#ledger,
      networks: this.#networks,
      coverage: this.#coverage,
      limits: this.#limits,
    });
    for (const box of verdict.answers) {
      const { protocol, port, network, count, sample } = box;
      this.#findings.suppress(`${network} ${protocol}/${port}`, 'R10', 'answered by something on the way');
      if (!this.#memory.setMiddlebox(vantage, box, true)) continue;
      this.#findings.add({
        kind: 'middlebox.answers',
        rule: 'R10',
        at,
        network,
        subject: `middlebox ${vantage} ${protocol}/${port}`,
        ...(port === SEARCH ? {} : { protocol, port }),
        count,
        sample,
        after:
          port === SEARCH ? `the search is answered at ${count} addresses` : `open at ${count} addresses`,
      });
    }
    for (const box of verdict.over) {
      this.#memory.setMiddlebox(vantage, box, false);
      const subject = `middlebox ${vantage} ${box.protocol}/${box.port}`;
      this.#findings.end({ network: box.network, subject, at });
    }
    for (const address of verdict.void) this.#notCompared.push({ address, why: 'middlebox' });
    return { look: verdict.look, silenced: verdict.void, indexes: verdict.indexes };
  }

  #place(look: Look) {
    const { uid, knownMaker } = this.#options;
    const days = new Map(this.#known.assets.flatMap(({ memo }) => Object.entries(memo?.days ?? {})));
    return placeSightings(look, {
      site: look.site,
      ledger: this.#ledger,
      networks: this.#networks,
      constraints: this.#known.constraints,
      thresholds: this.#limits,
      uid: (seed) => uid('asset', seed),
      silent: (address) => this.#coverage.isSilent(address),
      waiting: (marks) => this.#memory.waited(marks),
      spent: (type, value) => this.#memory.spent(type, value),
      steady: (mac) => (days.get(mac)?.count ?? 0) >= this.#limits.steadyDays,
      unplaced: (marks) => this.#memory.wait(marks, this.#limits.waitingMarks),
      ...(knownMaker ? { knownMaker } : {}),
    });
  }

  /** A card that answers for many addresses is a router's, or one that answers ARP for others. */
  #spendSharedCards(look: Look): void {
    const addresses = new Map<string, Set<string>>();
    for (const { marks, address, said } of look.sightings)
      for (const mark of marks)
        if (mark.type === 'mac' && address !== undefined && said !== 'third_party') {
          const value = normalMark(mark);
          addresses.set(value, (addresses.get(value) ?? new Set()).add(address));
        }
    for (const [value, there] of addresses) {
      const [holder] = this.#ledger.holders({ type: 'mac', value });
      for (const address of holder ? currentAddresses(holder) : []) there.add(address);
      if (there.size <= this.#limits.addressesOfCard) continue;
      this.#spend({ type: 'mac', value }, `it answers for ${there.size} addresses: a router`, 'router');
    }
  }

  /** A key that many assets have at once came with their firmware or image. */
  #spendCommonKeys(placements: readonly Placement[]): void {
    const keys = new Map(
      placements.flatMap(({ marks }) =>
        marks.flatMap((mark) =>
          mark.worth === 'key' ? [[`${mark.type} ${mark.value}`, mark] as const] : [],
        ),
      ),
    );
    for (const mark of keys.values()) {
      const holders = this.#ledger.holders(mark).filter(({ state }) => state === 'present');
      if (holders.length >= this.#limits.keyOnAssets)
        this.#spend(mark, `${holders.length} assets alive at once have it`);
    }
  }

  #spend(mark: { type: MarkType; value: string }, why: string, flag?: AssetFlag): void {
    this.#memory.spend(mark, why);
    for (const asset of this.#ledger.holders(mark))
      this.#ledger.put({
        ...asset,
        ...(flag && !asset.flags.includes(flag) ? { flags: [...asset.flags, flag] } : {}),
        identifiers: asset.identifiers.map((one) =>
          one.type === mark.type && one.value === mark.value ? { ...one, worth: 'none' } : one,
        ),
      });
  }

  #hostContext() {
    return {
      ledger: this.#ledger,
      networks: this.#networks,
      coverage: this.#coverage,
      findings: this.#findings,
      away: new Away({
        known: this.#before.values(),
        networks: this.#networks,
        coverage: this.#coverage,
        limits: this.#limits,
      }),
      before: (uid: string) => this.#before.get(uid),
    };
  }

  /** Sightings by the asset they became, without what only others say. */
  #hosts(placements: readonly Placement[]): Map<string, Placement[]> {
    const hosts = new Map<string, Placement[]>();
    for (const placement of placements) {
      const uid = placement.asset === undefined ? undefined : this.#ledger.get(placement.asset)?.uid;
      if (uid === undefined || placement.sighting.said === 'third_party') continue;
      const there = hosts.get(uid);
      if (there) there.push(placement);
      else hosts.set(uid, [placement]);
    }
    return hosts;
  }

  /** Networks in which the silence of this look says nothing, and why. */
  #blind(hosts: ReadonlyMap<string, Placement[]>, silenced: ReadonlySet<string>): Map<string, string> {
    const { vantage, degraded, coverage, discovery: way, endedAt: at, completeness, recheck } = this.#given;
    const expected: ExpectedHost[] = [];
    if (completeness === 'full' && !recheck)
      for (const [uid, asset] of this.#before) {
        if (!isReliable(asset, this.#networks, this.#limits)) continue;
        const now = this.#ledger.get(uid);
        const seen =
          now !== undefined && (hosts.get(now.uid) ?? []).some(({ sighting }) => answeredItself(sighting));
        const address = currentAddresses(asset).find(
          (one) => this.#coverage.asksHost(one) && !silenced.has(one),
        );
        if (address === undefined || (!seen && againstMiss(asset, { at, vantage, way }))) continue;
        expected.push({ asset, address, network: this.#networks.nameOf(address), seen });
      }
    const named = this.#known.networks.map((network) => ({
      network,
      name: network.name ?? `${network.first}-${network.last}`,
    }));
    const blind = blindNetworks(expected, named, this.#limits);
    if (degraded !== undefined) {
      const all = [...new Set(expected.map(({ network }) => network))];
      const first = coverage[0]?.first;
      for (const network of all.length > 0 || first === undefined ? all : [this.#networks.nameOf(first)])
        blind.set(network, degraded);
    }
    for (const [network, why] of blind) {
      this.#memory.setBlind(vantage, network, true);
      this.#findings.add({
        kind: 'vantage.degraded',
        rule: 'R6',
        at,
        network,
        subject: `vantage ${vantage}`,
        after: why,
      });
    }
    for (const network of new Set(expected.map((one) => one.network)))
      if (!blind.has(network) && this.#memory.isBlind(vantage, network)) {
        this.#memory.setBlind(vantage, network, false);
        this.#findings.end({ network, subject: `vantage ${vantage}`, at });
      }
    return blind;
  }

  #foldHost(
    uid: string,
    placements: readonly Placement[],
    look: Look,
    tested: TestedBefore,
    blind: ReadonlyMap<string, string>,
  ): void {
    const asset = this.#ledger.get(uid);
    if (!asset) return;
    const before = this.#before.get(uid);
    const folded: HostFold = foldHost(asset, before, placements, {
      look,
      coverage: this.#coverage,
      tested,
      findings: this.#findings,
      limits: this.#limits,
      blind: (address) => this.#given.degraded ?? blind.get(this.#networks.nameOf(address)),
    });
    this.#ledger.put(folded.asset);
    this.#tested.push(...folded.tested);
    this.#recheck.push(...folded.recheck);
    this.#notCompared.push(...folded.notCompared);
  }

  /** Hosts that the look covered and did not see (rule R5). */
  #misses(
    hosts: ReadonlyMap<string, Placement[]>,
    silenced: ReadonlySet<string>,
    tested: TestedBefore,
    blind: ReadonlyMap<string, string>,
  ): void {
    const { completeness, recheck, vantage, discovery: way, endedAt: at, degraded } = this.#given;
    if (completeness !== 'full' || recheck) return;
    for (const asset of this.#ledger.all()) {
      const before = this.#before.get(asset.uid);
      if (!before || asset.state !== 'present' || hosts.has(asset.uid)) continue;
      const covered = currentAddresses(before).filter(
        (one) => this.#coverage.isSilent(one) && !silenced.has(one),
      );
      const [address] = covered;
      if (address === undefined) continue;
      for (const one of covered)
        this.#tested.push({ asset: asset.uid, address: one, vantage, aspect: 'host', lastAt: at });
      const against = againstMiss(asset, { at, vantage, way });
      const blinded = degraded ?? blind.get(this.#networks.nameOf(address));
      if (against || blinded !== undefined) {
        if (against?.why === 'downgraded' || !against)
          this.#notCompared.push({ address, asset: asset.uid, why: against ? 'downgraded' : 'degraded' });
        this.#findings.suppress(
          `${asset.uid} presence`,
          against ? 'R5' : 'R6',
          against?.why ?? `a look that may have been blind: ${blinded}`,
        );
        if (!against && degraded === undefined) this.#ledger.put(judgeVoidMiss(asset, at));
        continue;
      }
      const look = tested.looksAtHost(asset) + 1;
      const sleep = maySleepFor(asset, this.#networks, this.#limits);
      const { asset: after, change, held } = judgeMiss(asset, { at, look, sleep }, this.#limits);
      if (after !== asset) this.#ledger.put(after);
      if (held) this.#findings.suppress(`${asset.uid} presence`, held.rule, held.why);
      if (change) this.#presence(after, address, at, change);
    }
  }

  #presence(
    asset: Asset,
    address: string,
    at: number,
    change: NonNullable<ReturnType<typeof judgeMiss>['change']>,
  ): void {
    const flaps = change.kind === 'flapping.started';
    this.#findings.add({
      ...change,
      at,
      asset: asset.uid,
      address,
      subject: flaps ? 'flapping presence' : 'presence',
      from: change.before === 'present' ? 'here' : 'gone',
      to: change.after === 'present' ? 'here' : 'gone',
    });
  }

  #baseline(placements: readonly Placement[]): void {
    const { coverage, endedAt: at, recheck } = this.#given;
    const [first] = coverage;
    if (!first || recheck || !this.#coverage.isFirst()) return;
    this.#findings.add({
      kind: 'baseline.recorded',
      rule: 'R1',
      at,
      network: this.#networks.nameOf(first.first),
      subject: 'baseline',
      count: placements.filter(({ created }) => created).length,
      after: `${first.first} to ${first.last}`,
    });
  }

  #weigh() {
    const { expectation, uid } = this.#options;
    const openIncidents = this.#known.openIncidents;
    const network = (of: string): string => {
      const address = this.#ledger.get(of)?.addresses.at(-1)?.address;
      return address === undefined ? '' : this.#networks.nameOf(address);
    };
    const sizes = new Map<string, number>();
    for (const asset of this.#ledger.all())
      if (asset.state === 'present' || this.#before.get(asset.uid)?.state === 'present')
        sizes.set(network(asset.uid), (sizes.get(network(asset.uid)) ?? 0) + 1);
    return weigh(this.#findings, {
      look: this.#given,
      ledger: this.#ledger,
      memory: this.#memory,
      thresholds: this.#limits,
      uid: (seed) => uid('event', seed),
      ...(expectation ? { expectation } : {}),
      ...(openIncidents ? { openIncidents } : {}),
      network,
      hosts: (name) => sizes.get(name) ?? 0,
    });
  }
}
