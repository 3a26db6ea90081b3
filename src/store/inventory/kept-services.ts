/**
 * The services of an asset as a fold reads them: of those that are settled only which they are, until one is wanted. Of most
 * ports a look says what is known already, and nothing more need be read of them.
 */
import type { Service, SettledPorts } from '../../core/asset.ts';
import type { PortSighting } from '../../core/look.ts';
import type { Protocol } from '../../core/result.ts';
import { sameService } from '../../core/same-service.ts';
import { NotRead } from '../../core/settled.ts';
import { type ServiceFrame, type ServiceText, serviceOfRow } from './service-text.ts';

/** The ports of one asset that one vantage knows, those that are not settled among them. */
export interface PortsText {
  asset: number;
  vantage: string;
  protocol: Service['protocol'];
  ports: number[];
  /** Numbers of what each says of itself. */
  prints: (number | null)[];
}

interface List extends PortsText {
  /** Rows that were read, by port. */
  rows: Map<number, ServiceText>;
  /** Ports of which something is pending. */
  pending: ReadonlySet<number>;
  /** Where the next port is looked for first: looks tell of ports in the order in which they are kept. */
  next: number;
}

export class KeptServices implements SettledPorts {
  readonly address: string | undefined;
  readonly #lists: readonly List[];
  readonly #frame: ServiceFrame;

  constructor(lists: readonly PortsText[], pending: readonly ServiceText[], frame: ServiceFrame) {
    this.address = frame.only;
    this.#frame = frame;
    this.#lists = lists.map((list) => {
      const own = pending.filter(
        ([, vantage, protocol]) => vantage === list.vantage && protocol === list.protocol,
      );
      const rows = new Map(own.map((row) => [row[3], row]));
      return { ...list, rows, pending: new Set(rows.keys()), next: 0 };
    });
  }

  /** Takes further rows of it. */
  read(rows: readonly ServiceText[]): void {
    for (const row of rows) this.#list(row[1], row[2])?.rows.set(row[3], row);
  }

  /** Those that are not settled. */
  unsettled(): Service[] {
    return this.#lists.flatMap(({ rows, pending }) =>
      [...pending].sort((a, b) => a - b).flatMap((port) => this.#made(rows.get(port))),
    );
  }

  count(vantage: string): number {
    return this.#of(vantage).reduce((sum, { ports, pending }) => sum + ports.length - pending.size, 0);
  }

  *ports(vantage: string): Generator<Pick<Service, 'protocol' | 'port'>> {
    for (const { ports, pending, protocol } of this.#of(vantage))
      for (const port of ports) if (!pending.has(port)) yield { protocol, port };
  }

  has(protocol: Protocol, port: number): boolean {
    return this.#lists.some((list) => list.protocol === protocol && placeOf(list, port) !== undefined);
  }

  agrees(vantage: string, { protocol, port, service }: PortSighting): boolean {
    const list = this.#list(vantage, protocol);
    const at = list && placeOf(list, port);
    if (at === undefined) return false;
    if (service === undefined) return true;
    const print = list?.prints[at] ?? null;
    return print !== null && sameService(this.#frame.fingerprints.get(print), service);
  }

  at(vantage: string, protocol: Protocol, port: number): Service | undefined {
    const list = this.#list(vantage, protocol);
    if (!list || placeOf(list, port) === undefined) return undefined;
    return this.#made(list.rows.get(port));
  }

  all(): Service[] {
    return this.#lists.flatMap(({ ports, pending, rows }) =>
      ports.flatMap((port) => (pending.has(port) ? [] : [this.#made(rows.get(port))])),
    );
  }

  #made(row: ServiceText | undefined): Service {
    if (!row) throw new NotRead();
    return serviceOfRow(row, this.#frame);
  }

  #of(vantage: string): List[] {
    return this.#lists.filter((list) => list.vantage === vantage);
  }

  #list(vantage: string, protocol: Protocol): List | undefined {
    return this.#lists.find((list) => list.vantage === vantage && list.protocol === protocol);
  }
}

/** Of a settled port its place in the list. */
function placeOf(list: List, port: number): number | undefined {
  const at = list.ports[list.next] === port ? list.next : list.ports.indexOf(port);
  list.next = at + 1;
  return at < 0 || list.pending.has(port) ? undefined : at;
}
