/** Holds what is seen against what is expected (rule R17, and drift in both directions). */
import type { Asset, ChangeEvent, Service } from '../../core/asset.ts';
import type { Expectation } from '../../core/expectation.ts';
import { isPortOf, portSet } from '../../core/port-set.ts';

/** Whether a selector of an expectation means an asset. */
export type Selects = (selector: string, asset: Asset) => boolean;

/**
 * `expected`: an entry allows or requires it. `unexpected`: an entry forbids it, or people said what may be open on the
 * asset and it is not among that. `unknown`: nothing was said of this asset, or of single ports alone: by accepting their
 * changes, or by saying only what must not be open.
 */
export type Verdict = 'expected' | 'unexpected' | 'unknown';

/** The entries that hold for an asset at a moment. */
export function entriesOf(
  asset: Asset,
  expectations: readonly Expectation[],
  now: number,
  selects: Selects,
): Expectation[] {
  return expectations.filter(
    (entry) => entry.site === asset.site && holdsAt(entry, now) && selects(entry.selector, asset),
  );
}

export const holdsAt = ({ approvedAt, expiresAt, removedAt }: Expectation, at: number): boolean =>
  approvedAt <= at &&
  (expiresAt === undefined || at < expiresAt) &&
  (removedAt === undefined || at < removedAt);

/** Whether an open port is expected. `entries` are those of its asset. */
export function judgePort(
  service: Pick<Service, 'protocol' | 'port' | 'service'>,
  entries: readonly Expectation[],
): Verdict {
  const about = entries.filter((entry) => isAbout(entry, service));
  if (about.some(({ effect }) => effect === 'forbid')) return 'unexpected';
  if (about.some((entry) => entry.effect !== 'forbid' && fitsProduct(entry, service))) return 'expected';
  const isList = entries.some(({ change, effect }) => change === undefined && effect !== 'forbid');
  return about.length > 0 || isList ? 'unexpected' : 'unknown';
}

/** Whether a change is expected: a port that opens where it may, one that closes where it need not be open. */
export function judgeChange(
  event: Pick<ChangeEvent, 'kind' | 'protocol' | 'port' | 'after'>,
  entries: readonly Expectation[],
): Verdict {
  const { kind, protocol, port } = event;
  if (entries.length === 0 || protocol === undefined || port === undefined) return 'unknown';
  if (OPENS.has(kind)) return judgePort({ protocol, port }, entries);
  if (!CLOSES.has(kind)) return 'unknown';
  const about = entries.filter((entry) => isAbout(entry, { protocol, port }));
  if (about.some(({ effect }) => effect === 'require')) return 'unexpected';
  return about.some(({ effect }) => effect === 'forbid') ? 'expected' : 'unknown';
}

const OPENS: ReadonlySet<string> = new Set(['port.opened', 'port.discovered']);
export const opens = (kind: string): boolean => OPENS.has(kind);
const CLOSES: ReadonlySet<string> = new Set(['port.closed', 'port.unreachable']);

/** What is there and must not be, and what must be there and is not. */
export interface Drift {
  asset: Asset;
  kind: 'unexpected' | 'missing';
  protocol: Service['protocol'];
  port: number;
  /** The entry that says so; absent where none allows the port. */
  entry?: Expectation;
}

/** How an asset differs from what is expected of it; nothing where nothing was said of it. */
export function driftOf(asset: Asset, entries: readonly Expectation[]): Drift[] {
  if (entries.length === 0) return [];
  const open = asset.services.filter(({ word }) => word === 'open');
  const unexpected = open
    .filter((service) => judgePort(service, entries) === 'unexpected')
    .map(({ protocol, port, ...rest }): Drift => {
      const entry = entries.find(
        (one) => one.effect === 'forbid' && isAbout(one, { protocol, port, ...rest }),
      );
      return { asset, kind: 'unexpected', protocol, port, ...(entry ? { entry } : {}) };
    });
  const missing = entries
    .filter(({ effect }) => effect === 'require')
    .flatMap((entry) =>
      portSet(entry.ports)
        .filter(
          (port) => !open.some((service) => service.protocol === entry.protocol && service.port === port),
        )
        .map((port): Drift => ({ asset, kind: 'missing', protocol: entry.protocol, port, entry })),
    );
  return [...unexpected, ...missing];
}

function isAbout(entry: Expectation, { protocol, port }: Pick<Service, 'protocol' | 'port'>): boolean {
  return entry.protocol === protocol && isPortOf(entry.ports, port);
}

/** A service that does not say what it is cannot be the wrong one. */
function fitsProduct({ product }: Expectation, { service }: Pick<Service, 'service'>): boolean {
  return product === undefined || service?.product === undefined || service.product === product;
}
