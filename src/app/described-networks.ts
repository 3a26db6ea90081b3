/** The networks of the configuration, as the inventory keeps them. */
import type { Config } from '../config/schema.ts';
import { formatAddress, parseNetwork } from '../core/address.ts';
import { readAge } from '../inventory/proof/clock.ts';
import type { SiteNetwork } from '../store/inventory/site-reads.ts';
import type { Store } from '../store/open.ts';

/** Has them written before the next fold, and once more when the configuration was reloaded with others. */
export function networkDescriber(store: () => Promise<Store>, config: Config): () => Promise<void> {
  let written: string | undefined;
  return async () => {
    const wanted = JSON.stringify([config.inventory.site, config.inventory.networks]);
    if (wanted === written) return;
    await describeNetworks(await store(), config);
    written = wanted;
  };
}

/** Writes the networks of the configuration where they differ from those that are kept. */
async function describeNetworks(store: Store, { inventory }: Config): Promise<void> {
  const described = Map.groupBy(Object.entries(inventory.networks), ([, { site = inventory.site }]) => site);
  for (const [site, entries] of described) {
    const networks = entries.flatMap(
      ([name, { network, addresses, gateway, discovery, ports }]): SiteNetwork[] => {
        const span = parseNetwork(network);
        if (!span) return [];
        const objectives = Object.entries({ discovery, ports }).flatMap(([word, text]) => {
          const age = text === undefined ? undefined : readAge(text);
          return age === undefined ? [] : [[word, age] as const];
        });
        return [
          {
            first: formatAddress({ family: span.family, value: span.first }),
            last: formatAddress({ family: span.family, value: span.last }),
            name,
            ...(addresses === undefined ? {} : { kind: addresses }),
            ...(gateway === undefined ? {} : { gateway }),
            ...(objectives.length > 0 ? { objectives: Object.fromEntries(objectives) } : {}),
          },
        ];
      },
    );
    const kept = await store.sites.networks(site);
    if (JSON.stringify(sorted(kept)) !== JSON.stringify(sorted(networks)))
      await store.sites.setNetworks(site, networks);
  }
}

const sorted = (networks: readonly SiteNetwork[]) =>
  networks
    .map(({ first, last, name, kind, gateway, objectives }) => [first, last, name, kind, gateway, objectives])
    .sort((a, b) => String(a[0]).localeCompare(String(b[0])) || String(a[1]).localeCompare(String(b[1])));
