/** When things are told: together, after quiet hours and maintenance, elsewhere when nobody took care; and what never is. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dueAt } from '../../../src/alerts/timing.ts';
import { linesOf, type Receiver, startReceiver } from '../../alerts/receiver.ts';
import { openScene, type Scene } from '../../alerts/scene.ts';
import { HOUR, START } from '../../inventory/looks.ts';

let scene: Scene;
let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
  scene = await openScene();
  for (const name of ['hook', 'pager'])
    await scene.alerts.setChannel(
      { name, kind: 'webhook', config: { url: `${receiver.url}/${name}` }, minSeverity: 'info' },
      'test',
    );
});
afterEach(async () => {
  await scene.close();
  await receiver.close();
});

const QUIET = { address: '10.0.0.5', open: [22], closed: '1-21,23-1000' };
const OPENED = { address: '10.0.0.5', open: [22, 80], closed: '1-21,23-79,81-1000' };
const clock = (ms: number) => new Date(ms).toISOString().slice(11, 16);

it('counts days and nights by the clock of the zone, over a change of it too', () => {
  const at = (moment: string) => Date.parse(moment);
  const daily = { digest: 'daily', zone: 'Europe/Berlin', most: 6 } as const;
  const due = (timing: Parameters<typeof dueAt>[0], moment: string, severity: 'low' | 'high' = 'low') =>
    new Date(dueAt(timing, severity, at(moment)).at).toISOString();
  expect(due(daily, '2026-07-01T05:00:00Z')).toBe('2026-07-01T06:00:00.000Z');
  // The clock goes back an hour in between.
  expect(due(daily, '2026-10-24T07:00:00Z')).toBe('2026-10-25T07:00:00.000Z');
  const quiet = { from: '22:00', to: '07:00', days: [5], unless: 'high' } as const;
  const night = { digest: 'each', zone: 'Europe/Berlin', quiet, most: 6 } as const;
  // Friday evening, and what of its night is Saturday.
  expect(due(night, '2026-11-27T22:30:00Z')).toBe('2026-11-28T06:00:00.000Z');
  expect(due(night, '2026-11-28T03:00:00Z')).toBe('2026-11-28T06:00:00.000Z');
  expect(due(night, '2026-11-28T23:00:00Z')).toBe('2026-11-28T23:00:00.000Z');
  expect(due(night, '2026-11-27T22:30:00Z', 'high')).toBe('2026-11-27T22:30:00.000Z');
});

it('holds back what opens in quiet hours, and tells it afterwards with what became of it', async () => {
  await scene.look(0, [QUIET]);
  const quiet = { from: clock(START), to: clock(START + 6 * HOUR) };
  await scene.rule({ timing: { zone: 'UTC', quiet } });
  await scene.look(1, [OPENED]);
  await scene.send();
  await scene.look(2, [QUIET]);
  await scene.look(3, [QUIET]);
  await scene.send();
  expect(receiver.taken).toEqual([]);
  await scene.pass(4 * HOUR, HOUR / 4);
  expect(linesOf(receiver.taken)).toEqual([
    expect.stringMatching(/^Port 80\/tcp is open on 10\.0\.0\.5; over since /),
  ]);
});

it('tells what opens in a maintenance window when it is over, unless it is undone by then', async () => {
  const other = (open: boolean) => ({
    address: '10.0.0.6',
    open: open ? [22, 90] : [22],
    closed: open ? '1-21,23-89,91-1000' : '1-21,23-1000',
  });
  await scene.look(0, [QUIET, other(false)]);
  await scene.rule({});
  await scene.alerts.addWindow({ query: '', from: START, to: START + 5 * HOUR, reason: 'works' }, 'test');
  await scene.look(1, [OPENED, other(true)]);
  await scene.look(2, [QUIET, other(true)]);
  await scene.look(3, [QUIET, other(true)]);
  await scene.send();
  expect(receiver.taken).toEqual([]);
  await scene.pass(3 * HOUR, HOUR / 4);
  expect(linesOf(receiver.taken)).toEqual(['Port 90/tcp is open on 10.0.0.6']);
});

it('tells it elsewhere when nobody has taken it up in time, and not when somebody has', async () => {
  await scene.look(0, [QUIET]);
  await scene.rule({ timing: { escalate: { minutes: 30, channel: 'pager' } } });
  await scene.look(1, [OPENED]);
  await scene.send();
  await scene.pass(HOUR / 4);
  expect(receiver.taken.map(({ path }) => path)).toEqual(['/hook']);
  await scene.pass(HOUR / 2);
  expect(receiver.taken.map(({ path }) => path)).toEqual(['/hook', '/pager']);
  expect(linesOf(receiver.taken)[1]).toBe('Nobody has taken it up: Port 80/tcp is open on 10.0.0.5');
  await scene.look(2, [{ ...OPENED, open: [22, 80, 90], closed: '1-21,23-79,81-89,91-1000' }]);
  await scene.send();
  const event = (await scene.store.changes.page({ kinds: ['port.opened'], limit: 9 })).find(
    ({ port }) => port === 90,
  );
  await scene.store.changes.decide([event?.uid ?? ''], { state: 'ack', by: 'anna', at: scene.now });
  await scene.pass(HOUR);
  expect(receiver.taken.filter(({ path }) => path === '/pager')).toHaveLength(1);
  expect(linesOf(receiver.taken).at(-1)).toMatch(/^Taken up by anna: Port 90/);
});

it('puts a day into one message, and says beforehand how many there would have been', async () => {
  const timing = { digest: 'daily', at: clock(START + 8 * HOUR), zone: 'UTC', most: 6 } as const;
  await scene.look(0, [QUIET]);
  await scene.rule({ timing });
  for (const hour of [1, 2, 3]) {
    const ports = [100, 200, 300].slice(0, hour);
    const closed = ['1-21', '23-99', '101-199', '201-299', '301-1000'].join(',');
    await scene.look(hour, [{ address: '10.0.0.5', open: [22, ...ports], closed }]);
  }
  await scene.pass(9 * HOUR, HOUR / 4);
  expect(linesOf(receiver.taken)).toEqual(['3 changes: 3 new']);
  expect(await scene.alerts.preview({ name: 'all', query: '', channels: [], timing })).toMatchObject({
    incidents: 3,
    messages: 1,
  });
  expect(
    await scene.alerts.preview({
      name: 'all',
      query: 'port:200',
      channels: [],
      timing: { ...timing, digest: 'each' },
    }),
  ).toMatchObject({ incidents: 1, messages: 1 });
});

it('tells nothing of a host that sleeps, and of one that does not', async () => {
  const laptop = { address: '10.0.0.7', mac: '00:11:22:33:44:07', open: [22], closed: '1-21,23-1000' };
  const server = { address: '10.0.0.8', mac: '00:11:22:33:44:08', open: [22], closed: '1-21,23-1000' };
  const others = Array.from({ length: 9 }, (_, i) => ({ ...QUIET, address: `10.0.0.${20 + i}` }));
  await scene.look(0, [laptop, server, ...others]);
  const [uid = ''] = await scene.store.assets.find(laptop.address);
  await scene.store.sites.edit(uid, { class: 'may_sleep' });
  await scene.rule({});
  for (const hour of [1, 2, 3, 4, 5]) await scene.look(hour, others);
  await scene.send();
  expect(linesOf(receiver.taken)).toEqual(['Host 10.0.0.8 is missing']);
});
