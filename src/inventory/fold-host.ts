/** Everything that a look says of one host that was seen: its life, ports, services, certificates, system, filters. */
import type { Asset, AssetFlag } from '../core/asset.ts';
import type { Recheck, Tested } from '../core/fold.ts';
import type { Look } from '../core/look.ts';
import type { Protocol } from '../core/result.ts';
import { judgeFacts } from './changes/facts.ts';
import { judgeFiltering } from './changes/filtering.ts';
import type { Findings } from './changes/findings.ts';
import { subjectOf } from './changes/kinds.ts';
import { judgeSeen } from './changes/presence.ts';
import { judgeSystem } from './changes/system.ts';
import type { LookCoverage } from './coverage.ts';
import { foldPorts, type SightedPorts } from './fold-ports.ts';
import type { NotCompared } from './folded-look.ts';
import { answeredItself } from './identity/grade.ts';
import type { Placement } from './identity/place.ts';
import { PortWords } from './port-words.ts';
import type { TestedBefore } from './tested-before.ts';
import type { Thresholds } from './thresholds.ts';

export interface HostContext {
  look: Look;
  coverage: LookCoverage;
  tested: TestedBefore;
  findings: Findings;
  limits: Thresholds;
  /** Why the look may have been blind at this address. */
  blind: (address: string) => string | undefined;
}

export interface HostFold {
  asset: Asset;
  tested: Omit<Tested, 'looks' | 'look'>[];
  recheck: Recheck[];
  notCompared: NotCompared[];
}

/** One sighting of the host, ready to be compared. */
interface Sighted extends SightedPorts {
  /** It accepts everything, so its ports say nothing (rule R9). */
  tarpit: boolean;
  /** That was not seen in this look: it asked too little to tell otherwise. */
  assumed: boolean;
}

export function foldHost(
  asset: Asset,
  before: Asset | undefined,
  placements: readonly Placement[],
  context: HostContext,
): HostFold {
  const folding = new HostFolding(asset, before, placements, context);
  folding.presence();
  folding.everything();
  folding.ports();
  folding.facts();
  folding.system();
  folding.filtering();
  return folding.result();
}

class HostFolding {
  #asset: Asset;
  readonly #before: Asset | undefined;
  readonly #context: HostContext;
  readonly #sighted: readonly Sighted[];
  readonly #recheck: Recheck[] = [];
  readonly #notCompared: NotCompared[] = [];

  constructor(
    asset: Asset,
    before: Asset | undefined,
    placements: readonly Placement[],
    context: HostContext,
  ) {
    this.#asset = asset;
    this.#before = before;
    this.#context = context;
    this.#sighted = placements.map((placement) => this.#ready(placement));
  }

  #ready(placement: Placement): Sighted {
    const { sighting } = placement;
    const { look, coverage, limits } = this.#context;
    const { address = '' } = sighting;
    const words = PortWords.of(sighting);
    const { told, open } = words.count('tcp');
    const gap = coverage.gap(address, 'port');
    const blind = this.#context.blind(address);
    const nearlyAll = told > 0 && open >= limits.everythingShare * told;
    const seen =
      sighting.acceptsEverything === true ||
      gap === 'tarpit' ||
      (told >= limits.everythingPorts && nearlyAll);
    // A handful of ports, all open, is what such a host shows to whoever asks no more.
    const { accepted = 0 } = this.#asset.memo ?? {};
    const assumed = !seen && nearlyAll && told < Math.min(accepted, limits.everythingPorts);
    return {
      placement,
      words,
      tarpit: seen || assumed,
      assumed,
      host: {
        baseline: this.#before === undefined && placement.splitFrom === undefined,
        late: this.#before !== undefined && sighting.at < this.#before.lastSeen,
        positivesOnly: look.completeness !== 'full' || sighting.partial === true || gap !== undefined,
        ...(blind === undefined ? {} : { blind }),
        answers: words.answers(),
        recheck: look.recheck === true,
        unverified: sighting.said === 'imported',
      },
    };
  }

  presence(): void {
    const { look, tested, findings, limits } = this.#context;
    const newest = this.#sighted
      .filter(({ placement, host }) => answeredItself(placement.sighting) && !host.late)
      .sort((a, b) => b.placement.sighting.at - a.placement.sighting.at)[0];
    const stale =
      this.#asset.state !== 'present' && (newest?.placement.sighting.at ?? 0) <= this.#asset.stateSince;
    if (
      !newest ||
      (stale && this.#before !== undefined) ||
      (this.#before === undefined && stale && this.#asset.state === 'absent')
    )
      return;
    const { at, address } = newest.placement.sighting;
    const active = look.kind !== 'capture' && look.completeness !== 'positives';
    const lookNumber = tested.looksAtHost(this.#asset) + 1;
    const verdict = judgeSeen(
      this.#asset,
      { at, vantage: look.vantage, way: look.discovery, active, look: lookNumber },
      limits,
    );
    this.#asset = verdict.asset;
    const { change, held, calm } = verdict;
    const flaps = change?.kind === 'flapping.started';
    if (change)
      findings.add({
        ...change,
        at,
        asset: this.#asset.uid,
        subject: flaps ? 'flapping presence' : 'presence',
        ...(address === undefined ? {} : { address }),
        ...(flaps ? {} : { from: 'gone', to: 'here' }),
      });
    if (held) findings.suppress(`${this.#asset.uid} presence`, held.rule, held.why);
    if (calm) findings.end({ asset: this.#asset.uid, subject: 'flapping presence', at });
  }

  /** Rule R9: told once when it begins. */
  everything(): void {
    const { findings } = this.#context;
    const subject = 'accepts_everything';
    const flag: AssetFlag = 'accepts_everything';
    const has = this.#asset.flags.includes(flag);
    const tarpit =
      this.#sighted.find((one) => one.tarpit && !one.assumed) ?? this.#sighted.find((one) => one.tarpit);
    const { uid } = this.#asset;
    if (tarpit) {
      const { at, address } = tarpit.placement.sighting;
      if (!has) this.#asset = { ...this.#asset, flags: [...this.#asset.flags, flag] };
      const accepted = tarpit.words.count('tcp').told;
      if (!tarpit.assumed && accepted !== this.#asset.memo?.accepted)
        this.#asset = { ...this.#asset, memo: { ...this.#asset.memo, accepted } };
      if (!has && this.#before !== undefined && !tarpit.host.late)
        findings.add({
          kind: 'host.accepts_everything',
          rule: 'R9',
          at,
          asset: uid,
          subject,
          ...(address === undefined ? {} : { address }),
          after: 'accepts a connection at every port',
        });
      findings.suppress(`${uid} ports`, 'R9', 'it accepts everything: its ports say nothing');
      if (address !== undefined) this.#notCompared.push({ address, asset: uid, why: 'accepts_everything' });
      return;
    }
    const clear = this.#sighted.find(
      ({ words, host }) => !host.positivesOnly && !host.late && words.asked().size > 0,
    );
    if (!has || !clear) return;
    const { accepted: _, ...memo } = this.#asset.memo ?? {};
    this.#asset = { ...this.#asset, flags: this.#asset.flags.filter((one) => one !== flag), memo };
    findings.end({ asset: uid, subject, at: clear.placement.sighting.at });
  }

  ports(): void {
    const { look, tested, findings, limits } = this.#context;
    const sighted = this.#sighted.filter(({ tarpit }) => !tarpit);
    const { asset, recheck } = foldPorts(this.#asset, sighted, { look, tested, findings, limits });
    this.#asset = asset;
    this.#recheck.push(...recheck);
  }

  #suppress(
    { vantage, protocol, port }: { vantage: string; protocol: Protocol; port: number },
    rule: string,
    why: string,
  ): void {
    this.#context.findings.suppress(`${this.#asset.uid} ${vantage} ${protocol}/${port}`, rule, why);
  }

  facts(): void {
    const { look, findings, limits, tested } = this.#context;
    for (const { placement, host, tarpit } of this.#sighted) {
      const { facts, at, address } = placement.sighting;
      if (facts.length === 0 || tarpit) continue;
      const vantage = look.vantage;
      const verdict = judgeFacts(
        this.#asset,
        vantage,
        {
          facts,
          at,
          baseline: host.baseline,
          late: host.late,
          look: (protocol, port) => tested.ports(this.#asset, address, vantage).of(protocol, port).looks + 1,
        },
        limits,
      );
      const { facts: kept, services, flags } = verdict;
      this.#asset = { ...this.#asset, facts: kept, services, flags };
      const { uid } = this.#asset;
      for (const change of verdict.changes) {
        const of = subjectOf(change.kind);
        findings.add({
          ...change,
          at,
          asset: uid,
          vantage,
          subject: `${of} ${change.protocol}/${change.port}`,
          ...(address === undefined ? {} : { address }),
        });
      }
      for (const { type, protocol, port } of verdict.returns)
        findings.end({ asset: uid, subject: `${type} ${protocol}/${port}`, at });
      for (const { protocol, port, rule, why } of verdict.held)
        this.#suppress({ vantage, protocol, port }, rule, why);
      for (const { protocol, port } of verdict.valid)
        if (this.#asset.memo?.warned?.includes(`${protocol}/${port}`)) {
          findings.end({ asset: uid, subject: `cert-end ${protocol}/${port}`, at });
          this.#warn(`${protocol}/${port}`, false);
        }
      for (const { kind, protocol, port } of verdict.changes)
        if (kind === 'cert.expiring' || kind === 'cert.expired') this.#warn(`${protocol}/${port}`, true);
    }
  }

  /** Ports with an open warning about the end of their certificate. */
  #warn(port: string, warned: boolean): void {
    const others = (this.#asset.memo?.warned ?? []).filter((one) => one !== port);
    this.#asset = {
      ...this.#asset,
      memo: { ...this.#asset.memo, warned: warned ? [...others, port] : others },
    };
  }

  system(): void {
    const { findings, limits } = this.#context;
    for (const { placement, host } of this.#sighted) {
      if (host.late || placement.sighting.os === undefined) continue;
      const { asset, change, held } = judgeSystem(
        this.#asset,
        placement.sighting.os,
        placement.sighting.at,
        limits,
      );
      this.#asset = asset;
      const { at, address } = placement.sighting;
      if (change)
        findings.add({
          kind: 'os.changed',
          rule: 'R13',
          at,
          asset: asset.uid,
          subject: 'os',
          ...change,
          ...(address === undefined ? {} : { address }),
        });
      if (held) findings.suppress(`${asset.uid} os`, 'R13', held);
    }
  }

  filtering(): void {
    const { look, findings, limits } = this.#context;
    for (const { placement, words, host, tarpit } of this.#sighted) {
      if (
        tarpit ||
        host.positivesOnly ||
        host.late ||
        host.blind !== undefined ||
        host.unverified ||
        host.recheck
      )
        continue;
      const { at, address } = placement.sighting;
      for (const protocol of words.asked().keys()) {
        const known = this.#asset.memo?.filtering ?? [];
        const { kept, change, held } = judgeFiltering(
          known,
          { vantage: look.vantage, protocol, at },
          words.shut(protocol),
          limits,
        );
        if (kept !== known) this.#asset = { ...this.#asset, memo: { ...this.#asset.memo, filtering: kept } };
        const { uid } = this.#asset;
        if (change)
          findings.add({
            kind: 'filtering.changed',
            rule: 'R4',
            at,
            asset: uid,
            subject: `filtering ${look.vantage} ${protocol}`,
            protocol,
            ...change,
            ...(address === undefined ? {} : { address }),
          });
        if (held) findings.suppress(`${uid} filtering ${protocol}`, 'R4', held);
      }
    }
  }

  result(): HostFold {
    return {
      asset: this.#asset,
      tested: this.#tested(),
      recheck: this.#recheck,
      notCompared: this.#notCompared,
    };
  }

  /** What was asked of it: of looks that can tell what did not answer, and of hosts whose answers mean something. */
  #tested(): HostFold['tested'] {
    const { look } = this.#context;
    if (look.completeness !== 'full') return [];
    const asset = this.#asset.uid;
    const { vantage } = look;
    return this.#sighted.flatMap(({ placement, words, host, tarpit }) => {
      const { address, at } = placement.sighting;
      if (address === undefined || host.unverified) return [];
      const row = { asset, address, vantage, lastAt: at };
      const ports = host.positivesOnly || tarpit ? [] : [...words.asked()];
      return [
        ...(look.recheck ? [] : [{ ...row, aspect: 'host' as const }]),
        ...ports.map(([protocol, text]) => ({ ...row, aspect: 'port' as const, protocol, ports: text })),
      ];
    });
  }
}
