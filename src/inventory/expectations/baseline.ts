/** All that is expected of a site, asked for one host at a time. */
import type { Asset } from '../../core/asset.ts';
import type { Expectation } from '../../core/expectation.ts';
import { matches } from '../../core/query/match.ts';
import { parseQuery } from '../../core/query/parse.ts';
import type { Query } from '../../core/query/query.ts';
import type { Expectation as Judged } from '../changes/severity.ts';
import type { Question } from '../changes/weigh.ts';
import { entriesOf, judgeChange, opens } from './judge.ts';

const OF_ONE = /^id:(\S+)$/;

export class Baseline {
  /** Most entries are of one host, and made by accepting: those are not tried on all others. */
  readonly #ofOne = new Map<string, Expectation[]>();
  readonly #ofMany: Expectation[] = [];
  readonly #queries = new Map<string, Query>();

  constructor(entries: readonly Expectation[]) {
    for (const entry of entries) {
      const [, uid] = OF_ONE.exec(entry.selector) ?? [];
      if (uid === undefined) this.#ofMany.push(entry);
      else this.#ofOne.set(uid, [...(this.#ofOne.get(uid) ?? []), entry]);
    }
  }

  /** Which hosts it speaks of: these, and those that one of these queries selects. */
  get speaksOf(): { uids: string[]; selectors: string[] } {
    const selectors = this.#ofMany.map(({ selector }) => selector);
    return { uids: [...this.#ofOne.keys()], selectors: [...new Set(selectors)] };
  }

  /** The entries that hold for a host at a time. @param at milliseconds since the epoch */
  of(asset: Asset, at: number): Expectation[] {
    const own = this.#ofOne.get(asset.uid) ?? [];
    return entriesOf(asset, [...own, ...this.#ofMany], at, (selector) =>
      matches(this.#query(selector), asset, { now: at, incidents: [] }),
    );
  }

  /** What the rules ask when they weigh a change (rule R17). */
  judge({ finding, asset }: Question): Judged | undefined {
    const entries = this.of(asset, finding.at);
    const verdict = judgeChange(finding, entries);
    if (verdict === 'unknown') return undefined;
    return { effect: opens(finding.kind) ? 'allow' : 'require', met: verdict === 'expected' };
  }

  #query(selector: string): Query {
    const known = this.#queries.get(selector) ?? parseQuery(selector);
    this.#queries.set(selector, known);
    return known;
  }
}
