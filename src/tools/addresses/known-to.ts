import type { Caller } from '../../core/caller.ts';
import type { Enrichment } from '../../intel/enrichment.ts';

/**
 * What of it a caller may be told: what the inventory and our scans know of a host is for those who may read the
 * inventory of its site, whoever asked for the scan.
 */
export function knownTo({ scopes, sites }: Caller, enrichment: Enrichment): Enrichment {
  const { local, ...others } = enrichment;
  if (!local) return enrichment;
  const { asset, inventory, ...machine } = local;
  const site = asset?.site;
  const may =
    scopes.has('inventory:read') && (sites === undefined || (site !== undefined && sites.includes(site)));
  if (may) return enrichment;
  return Object.keys(machine).length > 0 ? { ...others, local: machine } : others;
}
