import { expect, it } from 'vitest';
import { Silence } from '../../../src/scans/silence.ts';

const EVERY_MS = 3000;

const instance = (id: string, beat: number, heartbeat_at = 1) => ({
  id,
  beat,
  heartbeat_at,
  pid: 1,
  start_ticks: null,
  boot_id: 'another',
  host: null,
  pid_namespace: null,
  leaving: 0,
});

/** Looks every three seconds from one time to another. @returns when each was first found silent */
function look(
  silence: Silence,
  from: number,
  to: number,
  others: (now: number) => ReturnType<typeof instance>[],
): Map<string, number> {
  const found = new Map<string, number>();
  for (let now = from; now <= to; now += EVERY_MS)
    for (const { id } of silence.look(others(now), now)) if (!found.has(id)) found.set(id, now);
  return found;
}

it('finds one that has not beaten for half a minute, and none that beats', () => {
  const found = look(new Silence(), 0, 120_000, (now) => [
    instance('dead', 7),
    instance('alive', Math.floor(now / 20_000)),
    instance('of before', 0, Math.floor(now / 10_000)),
  ]);
  expect([...found]).toEqual([['dead', 30_000]]);
});

it('begins anew with each beat', () => {
  const found = look(new Silence(), 0, 120_000, (now) => [instance('slow', now < 27_000 ? 1 : 2)]);
  expect([...found]).toEqual([['slow', 57_000]]);
});

it('measures anew after it was itself suspended, however long', () => {
  const silence = new Silence();
  expect(look(silence, 0, 27_000, () => [instance('other', 1)]).size).toBe(0);
  const woken = 3_600_000;
  expect([...look(silence, woken, woken + 60_000, () => [instance('other', 1)])]).toEqual([
    ['other', woken + 30_000],
  ]);
});

it('forgets one that has signed off, and knows nothing of it when it comes back', () => {
  const silence = new Silence();
  look(silence, 0, 18_000, () => [instance('one', 1)]);
  look(silence, 21_000, 21_000, () => []);
  expect([...look(silence, 24_000, 90_000, () => [instance('one', 1)])]).toEqual([['one', 54_000]]);
});
