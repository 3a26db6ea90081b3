import type { Caller } from '../../core/caller.ts';
import type { Asker } from '../../inventory/service.ts';

/** Who asks the inventory, of a caller. */
export function askerOf({ id, name, scopes }: Caller): Asker {
  return { id, name, mayApprove: scopes.has('inventory:approve') };
}
