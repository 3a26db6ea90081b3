/**
 * Where messages may go. A channel is set by whoever may write alerts, so its address could be one that only this machine
 * reaches (server-side request forgery): a name is looked up once, every address it has is judged, and the connection is
 * made to one that was.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { intersect, parseAddress, parseNetwork } from '../../core/address.ts';
import { ChannelFailure } from './failure.ts';

/** What an address is by the registries (intel/classify.ts). */
export type Classify = (address: string) => { kind: string; embedded?: { ipv4: string; kind: string } };

export interface OutgoingRules {
  classify: Classify;
  /** Networks beside the public ones (alerts.allowedNetworks). */
  allowedNetworks: () => readonly string[];
}

export interface Pinned {
  /** As the channel names it: what a certificate must be for. */
  host: string;
  address: string;
  family: 4 | 6;
  /** It lies in a network that the settings name, and not just anywhere. */
  listed: boolean;
}

/** @throws ChannelFailure for a name that is not known, and for an address that nothing may be sent to */
export async function pin(host: string, rules: OutgoingRules): Promise<Pinned> {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const found = isIP(bare) ? [bare] : await addressesOf(bare);
  const judged = found.map((address) => ({ address, ...judge(address, rules) }));
  const refused = judged.find(({ why }) => why !== undefined);
  const [first] = judged;
  if (refused === undefined && first)
    return {
      host: bare,
      address: first.address,
      family: isIP(first.address) === 6 ? 6 : 4,
      listed: judged.every(({ listed }) => listed),
    };
  throw new ChannelFailure(
    `${bare} ${isIP(bare) ? '' : `has the address ${refused?.address ?? '?'}, which `}is ${refused?.why ?? 'unknown'}: nothing is sent there unless alerts.allowedNetworks names it.`,
  );
}

async function addressesOf(name: string): Promise<string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch (cause) {
    throw new ChannelFailure(`The name ${name} is not known here.`, { cause });
  }
}

function judge(
  address: string,
  { classify, allowedNetworks }: OutgoingRules,
): { why?: string; listed: boolean } {
  if (isListed(address, allowedNetworks())) return { listed: true };
  const { kind, embedded } = classify(address);
  if (embedded !== undefined) return { why: `an address that stands for ${embedded.ipv4}`, listed: false };
  return kind === 'public'
    ? { listed: false }
    : { why: `not public (${kind.replaceAll('_', ' ')})`, listed: false };
}

function isListed(text: string, networks: readonly string[]): boolean {
  const address = parseAddress(text);
  if (address === undefined) return false;
  const span = { family: address.family, first: address.value, last: address.value };
  return networks.some((network) => {
    const listed = parseNetwork(network);
    return listed !== undefined && intersect(listed, span) !== undefined;
  });
}
