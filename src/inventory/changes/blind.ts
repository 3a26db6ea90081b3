/** Rule R6: when many are silent at once, it is the scanner that does not see. */
import type { Asset } from '../../core/asset.ts';
import type { Network } from '../../core/fold.ts';
import type { Networks } from '../identity/networks.ts';
import type { Thresholds } from '../thresholds.ts';
import { maySleepFor } from './presence.ts';

/** A host that a look should have seen, as it was there before and was asked strongly enough. */
export interface ExpectedHost {
  asset: Asset;
  address: string;
  network: string;
  seen: boolean;
}

/** Sleepers and guests may be silent at any time: they tell nothing about the scanner. */
export const isReliable = (asset: Asset, networks: Networks, limits: Thresholds): boolean =>
  asset.state === 'present' &&
  asset.class !== 'ephemeral' &&
  maySleepFor(asset, networks, limits) === undefined;

/** Networks that the look may not have seen, and why. */
export function blindNetworks(
  expected: readonly ExpectedHost[],
  networks: readonly { name: string; network: Network }[],
  limits: Thresholds,
): Map<string, string> {
  const blind = new Map<string, string>();
  for (const [name, all] of Map.groupBy(expected, ({ network }) => network)) {
    // Who was met for some days stands for the network; passers-by only where there is nobody else.
    const steady = all.filter(
      ({ asset: { firstSeen, lastSeen } }) => lastSeen - firstSeen >= limits.steadyTime,
    );
    const hosts = steady.length >= limits.blindHosts ? steady : all;
    const silent = hosts.filter(({ seen }) => !seen);
    const gateways = networks.flatMap((one) =>
      one.name === name && one.network.gateway ? [one.network.gateway] : [],
    );
    const lost = silent.find(({ address }) => gateways.includes(address));
    if (silent.length >= limits.blindHosts && silent.length > limits.blindShare * hosts.length)
      blind.set(name, `${silent.length} of ${hosts.length} hosts that were there are silent`);
    else if (lost) blind.set(name, `the gateway ${lost.address} is silent`);
  }
  return blind;
}
