/** How a look comes into the inventory: kept whole, and waiting to be folded. */
import type { Look } from '../core/look.ts';
import { packLook } from '../store/inventory/look-body.ts';
import type { Store } from '../store/store.ts';

/**
 * Keeps a look. Broken off, it is told once more; told again when it is there, it is nothing.
 * @returns whether it is a new one
 */
export async function handIn(store: Pick<Store, 'looks'>, look: Look): Promise<boolean> {
  const { head, parts } = packLook(look);
  const id = await store.looks.begin(head);
  if (id === undefined) return false;
  for (const [at, part] of parts.entries()) await store.looks.addPart(id, at, part);
  await store.looks.ready(id);
  return true;
}
