/** Suspects of a capture with what our own looks say of the addresses that they asked. */
import { raisedByEmpty } from '../../captures/detect/empty-addresses.ts';
import type { Suspect } from '../../captures/findings.ts';
import type { Services } from '../call/services.ts';

/** Each suspect whose confidence rises by that, with more of it. What it asked counts as it was known when it began. */
export async function raisedOf(
  suspects: readonly Suspect[],
  { inventory }: Pick<Services, 'inventory'>,
): Promise<ReadonlyMap<Suspect, Suspect>> {
  const raised = new Map<Suspect, Suspect>();
  for (const suspect of suspects) {
    const { first_seen, targets } = suspect;
    if (first_seen === null || targets.length < 2) continue;
    const found = await inventory.found(
      targets.map(({ ip }) => ip),
      Math.floor(first_seen * 1000),
    );
    const empty = [...found.values()].filter((one) => one.empty);
    const lastLook = Math.max(0, ...empty.map(({ lookedAt }) => lookedAt));
    const after = raisedByEmpty(suspect, { looked: found.size, empty: empty.length, lastLook });
    if (after !== suspect) raised.set(suspect, after);
  }
  return raised;
}
