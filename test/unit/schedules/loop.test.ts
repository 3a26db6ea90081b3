/** The loop of a server, on a store that is real and a clock that is not. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Caller, LOCAL_CALLER } from '../../../src/core/caller.ts';
import { PortolanError } from '../../../src/core/errors.ts';
import type { Schedule } from '../../../src/core/schedule.ts';
import { nextMoment } from '../../../src/schedules/calculator.ts';
import { createScheduleLoop, type ScheduleLoop } from '../../../src/schedules/loop.ts';
import type { Rights } from '../../../src/schedules/rights.ts';
import { openStore, type Store } from '../../../src/store/open.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const BEGIN = Date.parse('2026-11-27T00:30Z');

let store: Store;
let now: number;
let rights: Rights;
let refusal: PortolanError | undefined;
let begun: string[];
let resumed: string[];
let loop: ScheduleLoop;
const defects: unknown[] = [];

beforeAll(async () => {
  store = await openStore(':memory:', { patient: true });
}, 60_000);
afterAll(() => store.close());
beforeEach(async () => {
  await store.schedules.remove('u1');
  now = BEGIN;
  rights = { caller: LOCAL_CALLER };
  refusal = undefined;
  begun = [];
  resumed = [];
  defects.length = 0;
  loop = fresh();
});
afterEach(() => expect(defects).toEqual([]));

/** As another process has it, or this one after a restart. */
const fresh = () =>
  createScheduleLoop({
    scans: {
      async submit(request, { id: owner }: Caller, id = '') {
        if (refusal) throw refusal;
        const facts = { owner, request, createdAt: now, addressesTotal: 1, coverage: [] };
        await store.tasks.insert({ id, ...facts }, 'us', 1000);
        begun.push(id);
        return await task(id);
      },
      async resume(id) {
        await store.tasks.reopen({ id, owner: 'local' }, 'us', [], 1000, 1000);
        resumed.push(id);
        return await task(id);
      },
      async cancel(id) {
        await end(id, 'cancelled');
        return await task(id);
      },
    },
    rights: async () => rights,
    now: () => now,
    onFired: () => {},
    onStopped: () => {},
    onDefect: (error) => defects.push(error),
  });

async function task(id: string) {
  const found = await store.tasks.get(id);
  if (!found) throw new Error('no such task');
  return found;
}
const end = (id: string | undefined, state: 'completed' | 'cancelled' = 'completed') =>
  store.tasks.finish(id ?? '', state, now, { coverage: [] });

async function add(more: Partial<Schedule> = {}): Promise<void> {
  const schedule: Schedule = {
    uid: 'u1',
    name: 'nightly',
    owner: 'local',
    site: 'default',
    request: { tool: 'quick_scan', targets: ['127.0.0.1'], options: [] },
    when: '0 * * * *',
    zone: 'UTC',
    jitterSeconds: 0,
    missed: 'run_once',
    overlap: 'skip',
    anchorAt: now,
    state: 'active',
    createdAt: now,
    changedAt: now,
    ...more,
  };
  const next = nextMoment(schedule, now);
  await store.schedules.add({ ...schedule, ...(next ? { nextDue: next.due, nextAt: next.at } : {}) }, 10);
}

const look = () => loop.look(store);
const schedule = async () => (await store.schedules.list())[0];
/** The runs as `HH:MM outcome`, oldest first. */
const runs = async () =>
  (await store.schedules.runs('u1', 100))
    .map(({ dueAt, outcome }) => `${new Date(dueAt).toISOString().slice(11, 16)} ${outcome}`)
    .reverse();

/** Looks once at each of these times, as a scan that takes no time goes on. */
async function lookAt(...times: string[]): Promise<void> {
  for (const time of times) {
    now = Date.parse(`2026-11-27T${time}Z`);
    await look();
    for (const id of begun) await end(id);
  }
}

it('begins a scan when its time has come, once, and notes how it ended', async () => {
  await add();
  await lookAt('00:59:59');
  expect(begun).toEqual([]);
  await lookAt('01:00', '01:00', '01:30', '02:00');
  await look();
  expect(begun).toHaveLength(2);
  expect(await runs()).toEqual(['01:00 completed', '02:00 completed']);
  expect((await task(begun[0] ?? '')).request).toMatchObject({ schedule: 'u1', correlationId: begun[0] });
});

it('catches up with one of three times at which the machine slept', async () => {
  await add();
  await lookAt('03:40');
  expect(await runs()).toEqual(['03:00 completed']);
  expect((await schedule())?.nextDue).toBe(Date.parse('2026-11-27T04:00Z'));
});

it('leaves them out where it is told to skip, and says so; a server that was restarted missed nothing', async () => {
  await add({ missed: 'skip' });
  await lookAt('03:40', '04:04');
  expect(await runs()).toEqual(['03:00 skipped', '04:00 completed']);
  expect((await store.schedules.runs('u1', 9))[1]?.reason).toBe('Missed: no server ran at that time.');
});

it('has no time again when the clock is set back, and goes on at once when it comes to a new one', async () => {
  await add();
  await lookAt('01:00', '02:00', '00:45', '01:00', '01:30', '02:00', '03:00');
  expect(await runs()).toEqual(['01:00 completed', '02:00 completed', '03:00 completed']);
});

it('comes back from a clock that was a year ahead', async () => {
  await add();
  now = BEGIN + 365 * 24 * HOUR;
  await look();
  for (const id of begun) await end(id);
  await lookAt('01:10', '02:00');
  expect(begun).toHaveLength(2);
  expect(await runs()).toContain('02:00 completed');
});

it('sees at its start that the clock was set back meanwhile', async () => {
  await add({ anchorAt: BEGIN });
  now = BEGIN + 365 * 24 * HOUR;
  await look();
  for (const id of begun) await end(id);
  loop = fresh();
  await lookAt('00:40', '01:00');
  expect(await runs()).toContain('01:00 completed');
});

it('leaves a run out while the one before goes on, and says which', async () => {
  await add();
  now = Date.parse('2026-11-27T01:00Z');
  await look();
  now += HOUR;
  await look();
  expect(await runs()).toEqual(['01:00 running', '02:00 skipped']);
  expect((await store.schedules.runs('u1', 1))[0]?.reason).toContain(
    'the run of 2026-11-27T01:00:00.000Z has not ended',
  );
});

it('lets one run wait for the one before, and no more', async () => {
  await add({ overlap: 'queue' });
  for (const hour of [1, 2, 3]) {
    now = Date.parse(`2026-11-27T0${hour}:00Z`);
    await look();
  }
  expect(await runs()).toEqual(['01:00 running', '02:00 due', '03:00 skipped']);
  await end(begun[0]);
  await look();
  await look();
  expect(await runs()).toEqual(['01:00 completed', '02:00 running', '03:00 skipped']);
  expect(begun).toHaveLength(2);
});

it('skips what lies outside of its window, and waits for it with what was missed within', async () => {
  await add({ window: '00:00-06:00', when: '0 5,12 * * *' });
  await lookAt('09:00', '12:00');
  expect(await runs()).toEqual(['05:00 due', '12:00 skipped']);
  now = Date.parse('2026-11-28T00:00Z');
  await look();
  expect(await runs()).toEqual(['05:00 running', '12:00 skipped']);
});

it('pauses a scan that outlasts its window, and goes on with the same scan in the next', async () => {
  await add({ window: '00:00-02:00', when: '0 1 * * *' });
  now = Date.parse('2026-11-27T01:00Z');
  await look();
  now = Date.parse('2026-11-27T01:59:59Z');
  await look();
  expect(await runs()).toEqual(['01:00 running']);
  now = Date.parse('2026-11-27T02:00Z');
  await look();
  expect(await runs()).toEqual(['01:00 paused']);
  expect((await task(begun[0] ?? '')).state).toBe('cancelled');
  now += 12 * HOUR;
  await look();
  expect(resumed).toEqual([]);
  now = Date.parse('2026-11-28T00:00Z');
  await look();
  expect(resumed).toEqual(begun);
  expect(await runs()).toEqual(['01:00 running']);
  await end(begun[0]);
  await look();
  expect(await runs()).toEqual(['01:00 completed']);
});

it('stops when the token of its owner was revoked, says so, and begins nothing', async () => {
  await add();
  rights = { gone: 'The token ci was revoked.' };
  await lookAt('01:00', '02:00');
  expect(begun).toEqual([]);
  expect(await schedule()).toMatchObject({ state: 'stopped', reason: 'The token ci was revoked.' });
});

it('stops when its owner may keep no schedules any more', async () => {
  await add();
  rights = { caller: { id: 'ci#1', name: 'ci', scopes: new Set(['scan:run']) } };
  await lookAt('01:00');
  expect(await schedule()).toMatchObject({
    state: 'stopped',
    reason: 'ci has not the scope schedules:write',
  });
});

it('leaves a token that it does not know to a process that does, for a while', async () => {
  await add();
  rights = { unknown: 'The token ci is known to no server any more.' };
  await lookAt('01:00', '01:04');
  expect((await schedule())?.state).toBe('active');
  await lookAt('01:05');
  expect((await schedule())?.state).toBe('stopped');
});

it('says what refused a run, and goes on with the next', async () => {
  await add();
  refusal = new PortolanError('out_of_scope', '127.0.0.1 may not be scanned.', 'none');
  await lookAt('01:00');
  refusal = new PortolanError('scanner_unreachable', 'It does not answer.', 'none');
  await lookAt('02:00');
  refusal = undefined;
  await lookAt('03:00');
  expect(await runs()).toEqual(['01:00 refused', '02:00 failed', '03:00 completed']);
  expect((await store.schedules.runs('u1', 9))[2]?.reason).toBe(
    'out_of_scope: 127.0.0.1 may not be scanned.',
  );
});

it('tries again when there was no place, and begins one scan', async () => {
  await add();
  refusal = new PortolanError('busy', 'No place.', 'none');
  await lookAt('01:00');
  refusal = undefined;
  await lookAt('01:00:20');
  expect(begun).toEqual([]);
  now += MINUTE;
  await look();
  await look();
  expect(begun).toHaveLength(1);
  expect(await runs()).toEqual(['01:00 running']);
});

it('ends a run of which its process died before it said so as the scan that it began', async () => {
  await add();
  refusal = new PortolanError('busy', 'No place.', 'none');
  await lookAt('01:00');
  refusal = undefined;
  const id = (await store.schedules.runs('u1', 1))[0]?.taskId ?? '';
  const facts = { owner: 'local', createdAt: now, addressesTotal: 1, coverage: [] };
  await store.tasks.insert(
    { id, request: { tool: 'quick_scan', targets: ['127.0.0.1'], options: [] }, ...facts },
    'us',
    9,
  );
  loop = fresh();
  now += MINUTE;
  await look();
  expect(begun).toEqual([]);
  expect(await runs()).toEqual(['01:00 running']);
});

it('begins nothing while it is paused, and misses nothing by that', async () => {
  await add();
  const seen = await schedule();
  if (!seen) throw new Error('no schedule');
  const until = Date.parse('2026-11-27T04:30Z');
  await store.schedules.replace(
    { ...seen, state: 'paused', pausedUntil: until, nextAt: until, changedAt: now + 1 },
    seen,
  );
  await lookAt('02:00', '04:29');
  expect((await schedule())?.state).toBe('paused');
  await lookAt('04:30', '05:00');
  await look();
  expect(await runs()).toEqual(['05:00 completed']);
});

it('is over after a single date', async () => {
  await add({ when: '2026-11-27T01:00' });
  await lookAt('01:00');
  expect(await schedule()).toMatchObject({ state: 'ended' });
  await lookAt('02:00');
  expect(begun).toHaveLength(1);
});
