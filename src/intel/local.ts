/** What this machine knows of its neighbours without asking anyone: their network cards and their names. */
import { readFile } from 'node:fs/promises';
import type { AddressClass } from './classify.ts';
import type { LocalKnowledge } from './enrichment.ts';
import { macInside, vendorOf } from './vendors.ts';

export interface LocalDependencies {
  /** What our own scans know of this address. */
  inventory?: (ip: string) => Promise<
    | {
        mac?: string;
        names?: string[];
        asset?: LocalKnowledge['asset'];
        scanned?: LocalKnowledge['inventory'];
      }
    | undefined
  >;
  /** The kernel's neighbour table; proc(5) `/proc/net/arp`, Linux only. */
  arpTable?: string;
}

/** Undefined when nothing is known. `names` are those found elsewhere (reverse DNS). */
export async function localKnowledge(
  { ip }: AddressClass,
  names: readonly string[],
  { inventory, arpTable = '/proc/net/arp' }: LocalDependencies,
): Promise<LocalKnowledge | undefined> {
  const own = await inventory?.(ip);
  const mac = own?.mac ?? (await neighbour(ip, arpTable)) ?? macInside(ip);
  const vendor = mac && vendorOf(mac);
  const allNames = [...new Set([...names, ...(own?.names ?? [])])];
  const known: LocalKnowledge = {
    ...(mac ? { mac: mac.toLowerCase() } : {}),
    ...(vendor ? { vendor } : {}),
    ...(allNames.length > 0 ? { names: allNames } : {}),
    ...(own?.asset ? { asset: own.asset } : {}),
    ...(own?.scanned ? { inventory: own.scanned } : {}),
  };
  return Object.keys(known).length > 0 ? known : undefined;
}

async function neighbour(ip: string, arpTable: string): Promise<string | undefined> {
  const table = await readFile(arpTable, 'utf8').catch(() => '');
  for (const line of table.split('\n').slice(1)) {
    const [address, , flags, mac] = line.split(/\s+/);
    // Flags 0x0 is an entry that nobody answered.
    if (address === ip && flags !== '0x0' && mac !== '00:00:00:00:00:00') return mac;
  }
  return undefined;
}
