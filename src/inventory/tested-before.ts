/** What was asked of an asset before, and how often: the base of "opened" against "discovered". */
import type { Asset } from '../core/asset.ts';
import type { Tested } from '../core/fold.ts';
import type { Protocol } from '../core/result.ts';
import { currentAddresses, type Ledger } from './identity/ledger.ts';
import { PortSpans } from './port-spans.ts';

interface PortHistory {
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

  /** What one vantage asked of the ports of an asset, seen now at this address. */
  ports(asset: Asset, address: string | undefined, vantage: string): PortsTested {
    const current = currentAddresses(asset);
    const rows = (this.#rows.get(asset.uid) ?? []).flatMap((row) =>
      row.aspect === 'port' && row.vantage === vantage && row.ports !== undefined
        ? [
            {
              row,
              spans: PortSpans.of(row.ports),
              here: row.address === address || !current.includes(row.address),
            },
          ]
        : [],
    );
    return new PortsTested(rows);
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

class PortsTested {
  readonly #rows: readonly { row: Tested; spans: PortSpans; here: boolean }[];

  constructor(rows: readonly { row: Tested; spans: PortSpans; here: boolean }[]) {
    this.#rows = rows;
  }

  /** When it last asked any; 0 where it did not. */
  get lastAt(): number {
    return this.#rows.reduce((last, { row }) => Math.max(last, row.lastAt), 0);
  }

  of(protocol: Protocol, port: number): PortHistory {
    const history: PortHistory = { asked: false, looks: 0, lastAt: 0 };
    for (const { row, spans, here } of this.#rows) {
      if (row.protocol !== protocol || !spans.has(port)) continue;
      history.looks += row.looks;
      if (here) history.asked = true;
      if (row.lastAt > history.lastAt) {
        history.lastAt = row.lastAt;
        history.look = row.look;
      }
    }
    return history;
  }
}
