/** What the configuration says of the inventory's rules reaches them. */
import { expect, it } from 'vitest';
import { thresholdsOf } from '../../../src/app/inventory-thresholds.ts';
import { THRESHOLD_NAMES, thresholdEntries } from '../../../src/config/threshold-entries.ts';
import { foldWaiting, rulesOf } from '../../../src/inventory/fold.ts';
import { handIn } from '../../../src/inventory/hand-in.ts';
import { THRESHOLDS } from '../../../src/inventory/thresholds.ts';
import { openStore } from '../../../src/store/open.ts';
import { scanLook } from '../../inventory/looks.ts';

it('names numbers that the rules know, days as milliseconds', () => {
  const all = Object.fromEntries(THRESHOLD_NAMES.map((name) => [name, name.endsWith('Share') ? 0.5 : 2]));
  const said = thresholdsOf(thresholdEntries().parse(all));
  expect(Object.keys(said)).toHaveLength(THRESHOLD_NAMES.length);
  for (const name of Object.keys(said)) expect(THRESHOLDS).toHaveProperty(name);
  expect(said).toMatchObject({ sleeper: 2 * 86_400_000, missesNormal: 2, blindShare: 0.5 });
});

it.each([{ missesNormal: 0 }, { stormShare: 1.5 }, { misesNormal: 3 }, { sleeperDays: -1 }])(
  'refuses %o',
  (said) => expect(thresholdEntries().safeParse(said).success).toBe(false),
);

it.each([
  [{}, 0],
  [{ closedLooks: 1 }, 1],
])('with %o a port that is refused once has closed %i times', async (said, count) => {
  const store = await openStore(':memory:');
  const rules = rulesOf({ thresholds: thresholdsOf(said) });
  await handIn(store, scanLook(1, [{ address: '10.0.0.7', open: [22, 80] }]));
  await handIn(store, scanLook(2, [{ address: '10.0.0.7', open: [22], closed: '80' }]));
  await foldWaiting(store, rules);
  expect(await store.changes.page({ kinds: ['port.closed'], limit: 9 })).toHaveLength(count);
  await store.close();
});
