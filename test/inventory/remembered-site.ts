/** A site kept in memory: what the store does for real, as plainly as it can be said. */
import { createHash } from 'node:crypto';
import type { Asset, ChangeEvent } from '../../src/core/asset.ts';
import type { Asked, Constraint, Known, Network, Tested } from '../../src/core/fold.ts';
import type { Look } from '../../src/core/look.ts';
import { type FoldOptions, foldLook } from '../../src/inventory/fold-look.ts';
import type { FoldedLook } from '../../src/inventory/folded-look.ts';

export const uid: FoldOptions['uid'] = (of, seed) =>
  `${of[0]}_${createHash('sha256').update(seed).digest('hex').slice(0, 16)}`;

export interface Incident {
  key: string;
  kind: string;
  count: number;
}

export class RememberedSite {
  readonly name: string;
  readonly assets = new Map<string, Asset>();
  readonly tested = new Map<string, Tested>();
  readonly asked = new Map<string, Asked>();
  readonly memory: Record<string, unknown> = {};
  readonly incidents = new Map<string, Incident>();
  readonly constraints: Constraint[] = [];
  readonly networks: Network[] = [];
  readonly #looks = new Set<string>();

  constructor(name = 'home') {
    this.name = name;
  }

  known(): Known {
    return {
      site: this.name,
      foldSeq: this.#looks.size,
      assets: [...this.assets.values()],
      tested: [...this.tested.values()],
      asked: [...this.asked.values()],
      networks: this.networks,
      constraints: this.constraints,
      memory: { ...this.memory },
      openIncidents: [...this.incidents.keys()],
    };
  }

  /** Folds a look in; undefined when the very same one was folded before. */
  fold(look: Look, options: Partial<FoldOptions> = {}): FoldedLook | undefined {
    if (this.#looks.has(look.hash)) return undefined;
    const folded = foldLook(this.known(), look, { uid, ...options });
    this.#looks.add(look.hash);
    for (const asset of folded.assets) this.assets.set(asset.uid, asset);
    for (const row of folded.tested) this.#test(row, look.hash);
    for (const [key, value] of Object.entries(folded.memory))
      if (value === null) delete this.memory[key];
      else this.memory[key] = value;
    for (const row of look.coverage) this.#ask(row, look);
    for (const event of folded.events) this.#open(event);
    for (const { dedupeKey } of folded.closed) this.incidents.delete(dedupeKey);
    return folded;
  }

  asset(uid_: string | undefined): Asset | undefined {
    const asset = uid_ === undefined ? undefined : this.assets.get(uid_);
    return asset?.mergedInto === undefined ? asset : this.asset(asset.mergedInto);
  }

  #test(row: Omit<Tested, 'looks' | 'look'>, look: string): void {
    const key = [row.asset, row.address, row.vantage, row.aspect, row.protocol, row.ports].join(' ');
    const there = this.tested.get(key);
    const newer = row.lastAt >= (there?.lastAt ?? 0);
    this.tested.set(key, {
      ...row,
      lastAt: Math.max(there?.lastAt ?? 0, row.lastAt),
      looks: (there?.looks ?? 0) + 1,
      look: newer || !there ? look : there.look,
    });
  }

  #ask(row: Look['coverage'][number], { vantage, startedAt, endedAt, hash }: Look): void {
    const key = [vantage, row.first, row.last, row.aspect, row.protocol, row.ports, row.technique].join(' ');
    const there = this.asked.get(key);
    this.asked.set(key, {
      ...row,
      vantage,
      firstAt: Math.min(there?.firstAt ?? startedAt, startedAt),
      lastAt: Math.max(there?.lastAt ?? endedAt, endedAt),
      looks: (there?.looks ?? 0) + 1,
      look: hash,
    });
  }

  #open({ incident, dedupeKey: key, kind, count }: ChangeEvent): void {
    if (incident === false) return;
    const there = this.incidents.get(key);
    this.incidents.set(key, { key, kind: there?.kind ?? kind, count: (there?.count ?? 0) + (count ?? 1) });
  }
}
