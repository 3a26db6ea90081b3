/** Rule R6: when many are silent at once, it is the scanner that does not see. */
import type { Asset } from '../../core/asset.ts';
import type { Network } from '../../core/fold.ts';
import type { Thresholds } from '../thresholds.ts';

/** A host that a look should have seen, as it was there before and was asked strongly enough. */
export interface ExpectedHost {
  asset: Asset;
  address: string;
  network: string;
  seen: boolean;
}

/** Sleepers and guests may be silent at any time: they tell nothing about the scanner. */
export const isReliable = ({ class: of, state }: Asset): boolean =>
  state === 'present' && (of === 'always_on' || of === 'normal');

/** Networks that the look may not have seen, and why. */
export function blindNetworks(
  expected: readonly ExpectedHost[],
  networks: readonly { name: string; network: Network }[],
  limits: Thresholds,
): Map<string, string> {
  const blind = new Map<string, string>();
  for (const [name, hosts] of Map.groupBy(expected, ({ network }) => network)) {
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
