/** The inventory's part of the store, as somebody sees it who may see some sites alone. */
import { PortolanError } from '../core/errors.ts';
import type { Store } from '../store/store.ts';

/**
 * Of other sites nothing is found, counted, said or kept. What is asked by a host's or a change's own id (its history, a
 * decision about it) needs no look here: whoever asks has found the id by one of these.
 * @param sites by name
 */
export function ofSites(store: Store, sites: readonly string[]): Store {
  const { assets, changes, expectations, looks, sites: about } = store;
  const may = (site: string) => {
    if (!sites.includes(site)) throw otherSite(sites);
  };
  const within = <Ask extends { site?: string }>(ask: Ask) => {
    if (ask.site !== undefined) may(ask.site);
    return { ...ask, sites };
  };
  return {
    ...store,
    assets: {
      ...assets,
      page: async (query) => await assets.page(within(query)),
      count: async (query) => await assets.count(within(query)),
      find: async (meant) => await assets.find(meant, sites),
      countBy: async (query, by, limit) => await assets.countBy(within(query), by, limit),
      countServices: async (query, services, limit) =>
        await assets.countServices(within(query), services, limit),
      holding: async (site, addresses) => (sites.includes(site) ? await assets.holding(site, addresses) : []),
    },
    changes: {
      ...changes,
      page: async (query) => await changes.page(within(query)),
      counts: async (query) => await changes.counts(within(query)),
      quarters: async (query) => await changes.quarters(within(query)),
    },
    expectations: {
      ...expectations,
      list: async (chosen = {}) => await expectations.list(within(chosen)),
      async add(entries) {
        for (const { site } of entries) may(site);
        return await expectations.add(entries);
      },
      async remove(uids, by) {
        const own = await expectations.list({ uids, sites });
        return await expectations.remove(
          own.map(({ uid }) => uid),
          by,
        );
      },
    },
    looks: {
      ...looks,
      list: async (filter) => await looks.list(within(filter)),
      async begin(head) {
        may(head.site);
        return await looks.begin(head);
      },
    },
    sites: {
      ...about,
      list: async () => (await about.list()).filter(({ name }) => sites.includes(name)),
      networks: async (site) => (sites.includes(site) ? await about.networks(site) : []),
      covered: async (site, part) => (sites.includes(site) ? await about.covered(site, part) : []),
    },
  };
}

const otherSite = (sites: readonly string[]) =>
  new PortolanError(
    'forbidden',
    'You may see and change some sites alone, and this is another one.',
    `Leave the site out, or name one of yours: ${sites.join(', ')}.`,
  );
