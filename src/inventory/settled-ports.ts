/** What a look says of the ports that are settled: most are as they are known, and the others are to be judged. */
import type { Asset, Service, SettledPorts } from '../core/asset.ts';
import type { Look, PortSighting, Sighting } from '../core/look.ts';
import { currentAddresses } from './identity/ledger.ts';
import type { PortWords } from './port-words.ts';

/**
 * Whether settled ports of which the look says what is known need not be judged: they would become just as they are,
 * confirmed by this look. That is so of a full look at the one address that a host had and has.
 */
export function canStaySettled(
  asset: Pick<Asset, 'addresses'>,
  look: Pick<Look, 'completeness' | 'recheck'>,
  sightings: readonly Pick<Sighting, 'address' | 'said' | 'partial'>[],
): boolean {
  const [sighting, ...others] = sightings;
  const [address, ...more] = currentAddresses(asset);
  return (
    look.completeness === 'full' &&
    look.recheck !== true &&
    sighting?.said === 'queried' &&
    sighting.partial !== true &&
    others.length === 0 &&
    address !== undefined &&
    sighting.address === address &&
    more.length === 0
  );
}

/** Open ports of which something else is known than the look says, and of how many it says what is known. */
export function differingPorts(
  settled: SettledPorts,
  vantage: string,
  words: PortWords,
): { others: PortSighting[]; agreed: number } {
  const others: PortSighting[] = [];
  let agreed = 0;
  for (const seen of words.open())
    if (settled.agrees(vantage, seen)) agreed += 1;
    else others.push(seen);
  return { others, agreed };
}

/** Settled ports that the look asked and that are not open in it. @param agreed how many are as they are known */
export function* shutPorts(
  settled: SettledPorts,
  vantage: string,
  words: PortWords,
  agreed: number,
): Generator<Pick<Service, 'protocol' | 'port'>> {
  if (agreed === settled.count(vantage)) return;
  for (const one of settled.ports(vantage)) {
    const word = words.word(one.protocol, one.port);
    if (word !== undefined && word !== 'open') yield one;
  }
}
