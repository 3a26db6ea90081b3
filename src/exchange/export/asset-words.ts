/** What most formats say of an asset, in the words they share. */
import type { Asset, Service } from '../../core/asset.ts';

/** The addresses it has now. */
export const addressesOf = ({ addresses }: Asset): string[] => [
  ...new Set(addresses.flatMap(({ address, to }) => (to === undefined ? [address] : []))),
];

export const macsOf = ({ identifiers }: Asset): string[] =>
  identifiers.flatMap(({ type, value, endedAt }) => (type === 'mac' && endedAt === undefined ? [value] : []));

const NAMES: ReadonlySet<string> = new Set(['name', 'ptr', 'asked_name']);

/** Its name first, then the others it has. */
export const namesOf = ({ name, identifiers }: Asset): string[] => [
  ...new Set([
    ...(name === undefined ? [] : [name]),
    ...identifiers.flatMap(({ type, value, endedAt }) =>
      NAMES.has(type) && endedAt === undefined ? [value] : [],
    ),
  ]),
];

/** Its open ports, each once: several vantages may know the same one. */
export function openPortsOf({ services }: Asset): Service[] {
  const open = services.filter(({ word }) => word === 'open');
  const once = new Map(open.map((service) => [`${service.protocol} ${service.port}`, service]));
  return [...once.values()].toSorted((a, b) => a.protocol.localeCompare(b.protocol) || a.port - b.port);
}

/** A name to call it by. */
export const titleOf = (asset: Asset): string => asset.name ?? addressesOf(asset)[0] ?? asset.uid;

export const isoTime = (at: number | undefined): string =>
  at === undefined ? '' : new Date(at).toISOString();
