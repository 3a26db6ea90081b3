/**
 * Open ports of an asset of which nothing is pending. Of a hundred ports a look mostly says of each what is known already:
 * those are neither read whole nor judged. Whoever needs them all asks for them here, and may hear that they were not read.
 */
import type { Asset, Service } from './asset.ts';

/** More of an asset must be read than was thought, before the rules can judge it. */
export class NotRead extends Error {}

/** All services of an asset. One that stands in its list holds against what was settled. */
export function servicesOf({ services, settled }: Pick<Asset, 'services' | 'settled'>): readonly Service[] {
  if (!settled) return services;
  const key = ({ vantage, protocol, port }: Service) => `${protocol} ${port} ${vantage}`;
  const all = new Map(settled.all().map((one) => [key(one), one]));
  for (const one of services) all.set(key(one), one);
  return [...all.values()].sort(inOrder);
}

/** In the order in which they are kept. */
const inOrder = (a: Service, b: Service): number =>
  compared(a.vantage, b.vantage) || compared(a.protocol, b.protocol) || a.port - b.port;

const compared = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The same asset with all of its services in its list. */
export function whole(asset: Asset): Asset {
  if (!asset.settled) return asset;
  const { settled: _, ...rest } = asset;
  return { ...rest, services: servicesOf(asset) };
}
