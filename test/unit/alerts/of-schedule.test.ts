/** Rules about the scans of one schedule, and the rule that a schedule names. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LOCAL_CALLER } from '../../../src/core/caller.ts';
import type { ScanRequest } from '../../../src/core/request.ts';
import { createScheduleService } from '../../../src/schedules/keep.ts';
import type { ScheduleService } from '../../../src/schedules/service.ts';
import { linesOf, type Receiver, startReceiver } from '../../alerts/receiver.ts';
import { openScene, type Scene } from '../../alerts/scene.ts';

let scene: Scene;
let receiver: Receiver;
let schedules: ScheduleService;

beforeEach(async () => {
  receiver = await startReceiver();
  scene = await openScene();
  await scene.alerts.setChannel(
    { name: 'hook', kind: 'webhook', config: { url: receiver.url }, minSeverity: 'info' },
    'test',
  );
  schedules = createScheduleService({
    store: async () => scene.store,
    scans: { authorize: async () => {} },
    rights: async () => ({ caller: LOCAL_CALLER }),
    siteOf: () => 'default',
    served: async () => true,
    wake: () => {},
    now: () => scene.now,
  });
});
afterEach(async () => {
  await scene.close();
  await receiver.close();
});

const QUIET = { address: '10.0.0.5', open: [22], closed: '1-21,23-1000' };
const WITH = (port: number) => ({
  address: '10.0.0.5',
  open: [22, port],
  closed: `1-21,23-${port - 1},${port + 1}-1000`,
});
const REQUEST: ScanRequest = { tool: 'quick_scan', targets: ['10.0.0.0/24'], options: [] };

async function schedule(name: string, notify?: string): Promise<string> {
  const asked = { scan: { request: REQUEST }, when: '@daily', zone: 'UTC', notify };
  return (await schedules.add(name, asked, LOCAL_CALLER)).schedule.uid;
}

async function task(id: string, more: Partial<ScanRequest>): Promise<void> {
  const facts = { owner: 'local', createdAt: scene.now, addressesTotal: 1, coverage: [] };
  await scene.store.tasks.insert({ id, request: { ...REQUEST, ...more }, ...facts }, 'us', 1000);
}

it('tells only what the scans of its schedule find, also when they ask once more', async () => {
  const uid = await schedule('nightly');
  await task('t-nightly', { schedule: uid });
  await task('t-again', { recheckOf: 't-nightly' });
  await task('t-other', {});
  await scene.look(0, [QUIET]);
  await scene.rule({ name: 'night', schedule: 'nightly' });
  await scene.look(1, [WITH(80)], { taskId: 't-other' });
  await scene.look(2, [QUIET, { ...WITH(81), address: '10.0.0.6' }]);
  await scene.send();
  expect(linesOf(receiver.taken), 'of other scans').toEqual([]);
  await scene.look(3, [WITH(90)], { taskId: 't-nightly' });
  await scene.send();
  expect(linesOf(receiver.taken)).toEqual(['Port 90/tcp is open on 10.0.0.5']);
  await scene.look(4, [{ address: '10.0.0.5', open: [22, 90, 95], closed: '1-21,23-89,91-94,96-1000' }], {
    taskId: 't-again',
  });
  await scene.send();
  expect(linesOf(receiver.taken).at(-1)).toBe('Port 95/tcp is open on 10.0.0.5');
});

it('tells the rule that a schedule names of all that its scans find, whatever its query', async () => {
  const uid = await schedule('nightly', 'night');
  await task('t-nightly', { schedule: uid });
  await scene.look(0, [QUIET]);
  await scene.rule({ name: 'night', query: 'port:9999' });
  await scene.look(1, [WITH(80)]);
  await scene.send();
  expect(linesOf(receiver.taken), 'its query asks for nothing of the kind').toEqual([]);
  await scene.look(2, [WITH(90)], { taskId: 't-nightly' });
  await scene.send();
  expect(linesOf(receiver.taken)).toEqual(['Port 90/tcp is open on 10.0.0.5']);
  const timing = { digest: 'each', most: 6 } as const;
  const asked = { name: 'night', query: 'port:9999', channels: [], timing };
  expect(await scene.alerts.preview(asked)).toMatchObject({ incidents: 1 });
  expect(await scene.alerts.preview({ ...asked, name: 'other' })).toMatchObject({ incidents: 0 });
});

it('takes no schedule that does not exist, and a schedule says when its rule tells nobody', async () => {
  await expect(scene.rule({ schedule: 'nightly' })).rejects.toThrow('There is no schedule "nightly".');
  await schedule('nightly', 'night');
  const warning = async () => (await schedules.show('nightly', LOCAL_CALLER, 1)).warning;
  expect(await warning()).toMatch(/There is no alert rule "night"/);
  await scene.rule({ name: 'night', enabled: false });
  expect(await warning()).toMatch(/switched off/);
  await scene.rule({ name: 'night' });
  expect(await warning()).toBeUndefined();
});
