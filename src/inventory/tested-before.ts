/** What was asked of an asset before, and how often: the base of "opened" against "discovered". */
import type { Asset } from '../core/asset.ts';
import type { Tested } from '../core/fold.ts';
import type { Protocol } from '../core/result.ts';
import { currentAddresses, type Ledger } from './identity/ledger.ts';
import { PortSpans } from './port-spans.ts';

export interface PortHistory {
  /** Whether this vantage asked it at this address, or at one that the asset has no longer. */
  asked: boolean;
  /** How many looks asked it, and when the last one did; 0 where none. */
  looks: number;
  lastAt: number;
  /** Hash of that look. */
  look?: string;
}

export class TestedBefore {
  readonly #rows = new Map<string, Tested[]>();

  constructor(tested: readonly Tested[], ledger: Ledger) {
    for (const row of tested) {
      const uid = ledger.get(row.asset)?.uid ?? row.asset;
      const there = this.#rows.get(uid);
      if (there) there.push(row);
      else this.#rows.set(uid, [row]);
    }
  }

  port(
    asset: Asset,
    address: string | undefined,
    vantage: string,
    protocol: Protocol,
    port: number,
  ): PortHistory {
    const current = currentAddresses(asset);
    const history: PortHistory = { asked: false, looks: 0, lastAt: 0 };
    for (const row of this.#rows.get(asset.uid) ?? []) {
      if (
        row.aspect !== 'port' ||
        row.vantage !== vantage ||
        row.protocol !== protocol ||
        row.ports === undefined
      )
        continue;
      if (!PortSpans.of(row.ports).has(port)) continue;
      history.looks += row.looks;
      if (row.address === address || !current.includes(row.address)) history.asked = true;
      if (row.lastAt > history.lastAt) {
        history.lastAt = row.lastAt;
        history.look = row.look;
      }
    }
    return history;
  }

  /** How many looks asked whether the host is there. */
  looksAtHost(asset: Asset): number {
    return (this.#rows.get(asset.uid) ?? []).reduce(
      (sum, { aspect, looks }) => sum + (aspect === 'host' ? looks : 0),
      0,
    );
  }

  /** Vantages that asked a port of it, the latest first. */
  vantagesOf(asset: Asset, protocol: Protocol, port: number): string[] {
    const last = new Map<string, number>();
    for (const row of this.#rows.get(asset.uid) ?? [])
      if (
        row.aspect === 'port' &&
        row.protocol === protocol &&
        row.ports !== undefined &&
        PortSpans.of(row.ports).has(port)
      )
        last.set(row.vantage, Math.max(last.get(row.vantage) ?? 0, row.lastAt));
    return [...last].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([vantage]) => vantage);
  }
}
