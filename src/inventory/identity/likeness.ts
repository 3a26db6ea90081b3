/** Whether what an address offers now resembles what its host offered: a hint that is never enough alone. */
import type { Asset } from '../../core/asset.ts';
import { servicesOf } from '../../core/settled.ts';
import type { PortWords } from '../port-words.ts';

/**
 * Jaccard index of (port, product) over the ports that the sighting tells of; undefined where there is nothing to compare.
 * A product that one side does not know agrees with any.
 */
export function likeness(asset: Asset, words: PortWords): number | undefined {
  const now = new Map<string, string | undefined>(
    [...words.open()].map(({ protocol, port, service }) => [`${protocol}/${port}`, service?.product]),
  );
  const services = servicesOf(asset);
  const then = new Map<string, string | undefined>(
    services.flatMap(({ protocol, port, word, service }) =>
      word === 'open' && words.word(protocol, port) !== undefined
        ? [[`${protocol}/${port}`, service?.product] as const]
        : [],
    ),
  );
  if (now.size === 0 || services.length === 0) return undefined;
  let shared = 0;
  for (const [port, product] of now) {
    if (!then.has(port)) continue;
    const before = then.get(port);
    if (product === undefined || before === undefined || product === before) shared += 1;
  }
  const all = new Set([...now.keys(), ...then.keys()]).size;
  return shared / all;
}
