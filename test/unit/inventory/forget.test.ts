/** What is kept for a time alone goes; what nobody has decided about stays. */
import { expect, it } from 'vitest';
import { foldWaiting, rulesOf } from '../../../src/inventory/fold.ts';
import { forget } from '../../../src/inventory/forget.ts';
import { handIn } from '../../../src/inventory/hand-in.ts';
import { openStore } from '../../../src/store/open.ts';
import { scanLook } from '../../inventory/looks.ts';

const DAY = 86_400_000;

it('forgets decided changes after their time, and keeps open ones', async () => {
  const store = await openStore(':memory:');
  const looks = [
    scanLook(1, [{ address: '10.0.0.7', open: [22], closed: '80,443' }]),
    scanLook(2, [{ address: '10.0.0.7', open: [22, 80, 443] }]),
  ];
  for (const look of looks) await handIn(store, look);
  await foldWaiting(store, rulesOf());
  const opened = await store.changes.page({ kinds: ['port.opened'], limit: 9 });
  expect(opened.map(({ port }) => port)).toEqual([80, 443]);
  await store.changes.decide([opened[0]?.uid ?? ''], { state: 'accepted', by: 'anna', at: 1 });
  const seen = opened[0]?.seenAt ?? 0;

  expect(await forget(store, 400, seen + 399 * DAY)).toBeGreaterThanOrEqual(0);
  expect(await store.changes.page({ kinds: ['port.opened'], limit: 9 })).toHaveLength(2);
  expect(await forget(store, 400, seen + 401 * DAY)).toBeGreaterThan(0);
  const left = await store.changes.page({ kinds: ['port.opened'], limit: 9 });
  expect(left.map(({ port, state }) => [port, state])).toEqual([[443, 'open']]);
  expect(await forget(store, 400, seen + 401 * DAY)).toBe(0);
  await store.close();
});
