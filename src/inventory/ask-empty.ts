/** Addresses of our own networks at which nobody is, as far as our looks tell. Times are milliseconds since the epoch. */
import type { Store } from '../store/store.ts';
import { holderAt, holders } from './ask-learnt.ts';
import { AddressRuns, Networks } from './identity/networks.ts';

const DAY = 86_400_000;
/** A look that is older says nothing of that time. */
const RECENT = 7 * DAY;

/** What looks before a time found at an address. */
export interface Found {
  /** The newest of them that is known. */
  lookedAt: number;
  empty: boolean;
}

/**
 * Of each address that was looked at within the week before a time, and not only since then, whether somebody was there.
 * Whoever was met there later counts as there already. Addresses that no such look covered are left out.
 */
export async function askFound(
  store: Store,
  addresses: readonly string[],
  before: number,
  site: string,
): Promise<ReadonlyMap<string, Found>> {
  const networks = new Networks([]);
  const covered = (await store.sites.covered(site)).filter(({ aspect }) => aspect === 'host');
  // Of looks in between only the first and the last are kept.
  const looks = new AddressRuns(
    covered.flatMap(({ first, last, firstAt, lastAt }) => {
      const at = lastAt <= before ? lastAt : firstAt;
      return at <= before && before - at <= RECENT ? [{ first, last, what: at }] : [];
    }),
  );
  const looked = addresses.flatMap((address) => {
    const times = looks.at(networks.parse(address));
    return times.length === 0 ? [] : [[address, Math.max(...times)] as const];
  });
  const assets = await holders(
    store,
    site,
    looked.map(([address]) => address),
  );
  return new Map(
    looked.map(([address, lookedAt]) => [
      address,
      { lookedAt, empty: holderAt(assets, address, before) === undefined },
    ]),
  );
}
