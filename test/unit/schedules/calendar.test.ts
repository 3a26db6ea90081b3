/** All runs of a week: those that there were, and those to come. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LOCAL_CALLER } from '../../../src/core/caller.ts';
import type { Schedule } from '../../../src/core/schedule.ts';
import { plannedBetween } from '../../../src/schedules/calendar.ts';
import { createScheduleService } from '../../../src/schedules/keep.ts';
import { openStore, type Store } from '../../../src/store/open.ts';

const at = (text: string) => Date.parse(text);
const MONDAY = at('2026-11-30T00:00Z');
const DAY = 86_400_000;
const NOW = at('2026-12-02T12:00Z');

const nightly: Schedule = {
  uid: 'u-nightly',
  name: 'nightly',
  owner: 'local',
  site: 'default',
  request: { tool: 'quick_scan', targets: ['127.0.0.1'], options: [] },
  when: '0 2 * * *',
  zone: 'UTC',
  jitterSeconds: 0,
  missed: 'run_once',
  overlap: 'skip',
  anchorAt: 0,
  state: 'active',
  nextDue: at('2026-12-03T02:00Z'),
  nextAt: at('2026-12-03T02:00Z'),
  createdAt: 0,
  changedAt: 0,
};
const days = (found: { at: number }[]) => found.map((one) => new Date(one.at).getUTCDate());

it('begins with the next run, in a later week with its first one, and ends before the end', () => {
  expect(days(plannedBetween(nightly, NOW, MONDAY + 7 * DAY, 100))).toEqual([3, 4, 5, 6]);
  expect(days(plannedBetween(nightly, MONDAY + 7 * DAY, MONDAY + 9 * DAY, 100))).toEqual([7, 8]);
  expect(days(plannedBetween(nightly, NOW, MONDAY + 7 * DAY, 2))).toEqual([3, 4]);
});

it('has nothing of one that is held, and of one that is held until a day what comes after it', () => {
  const { nextDue: _, nextAt: __, ...rest } = nightly;
  const paused: Schedule = { ...rest, state: 'paused' };
  expect(plannedBetween(paused, NOW, MONDAY + 7 * DAY, 100)).toEqual([]);
  const until = { ...paused, pausedUntil: at('2026-12-05T00:00Z') };
  expect(days(plannedBetween(until, NOW, MONDAY + 7 * DAY, 100))).toEqual([5, 6]);
});

it('says which of them its window will leave out', () => {
  const workdays = { ...nightly, window: 'mon-fri 00:00-06:00' };
  expect(plannedBetween(workdays, NOW, MONDAY + 7 * DAY, 100).map(({ shut }) => shut)).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

let store: Store;
beforeAll(async () => {
  store = await openStore(':memory:', { patient: true });
});
afterAll(() => store.close());

it('has runs that were and runs to come in one list, and only those of the caller', async () => {
  const other = { ...nightly, uid: 'u-other', name: 'other', owner: 'somebody' };
  for (const one of [nightly, other]) await store.schedules.add(one, 10);
  for (const uid of [nightly.uid, other.uid])
    await store.schedules.ask(uid, { dueAt: MONDAY + 7_200_000, outcome: 'skipped', reason: 'Missed.' }, NOW);
  const service = createScheduleService({
    store: async () => store,
    scans: { authorize: () => Promise.reject(new Error('nothing is asked')) },
    rights: async () => ({ caller: LOCAL_CALLER }),
    siteOf: () => 'default',
    served: async () => true,
    wake: () => {},
    now: () => NOW,
  });
  const owner = { ...LOCAL_CALLER, id: 'local', scopes: new Set(['schedules:read'] as const) };
  const { entries, cut } = await service.calendar(owner, MONDAY, MONDAY + 4 * DAY);
  expect(cut).toBe(false);
  expect(entries.map(({ schedule, run }) => [schedule, run?.outcome])).toEqual([
    ['nightly', 'skipped'],
    ['nightly', undefined],
  ]);
  const admin = { ...owner, scopes: new Set(['admin'] as const) };
  expect((await service.calendar(admin, MONDAY, MONDAY + 4 * DAY)).entries).toHaveLength(4);
});
