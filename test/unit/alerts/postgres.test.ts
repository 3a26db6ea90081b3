/** Reports, and the rule that a schedule names, as PostgreSQL keeps them: there calls really are at the same moment. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openScene, type Scene } from '../../alerts/scene.ts';
import { START } from '../../inventory/looks.ts';
import { type Cluster, startCluster } from '../../store/cluster.ts';

let cluster: Cluster;
let scene: Scene;

beforeAll(async () => {
  cluster = await startCluster();
  scene = await openScene({ database: await cluster.fresh() });
  const config = { host: '127.0.0.1', port: 1, from: 'p@example.net', to: 'o@example.net' };
  await scene.alerts.setChannel({ name: 'mail', kind: 'email', config, minSeverity: 'info' }, 'test');
}, 60_000);
afterAll(async () => {
  await scene?.close();
  await cluster?.stop();
});

it('makes a report once, however many see at the same moment that it is due', async () => {
  const [channel] = await scene.store.alertSettings.channels();
  const asked = Array.from({ length: 10 }, () =>
    scene.store.deliveries.report(channel?.id ?? 0, START, START),
  );
  expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
  expect(await scene.store.deliveries.hasReport(channel?.id ?? 0, START)).toBe(true);
  expect(await scene.store.deliveries.hasReport(channel?.id ?? 0, START + 1)).toBe(false);
  expect(await scene.alerts.deliveries(undefined, 10)).toMatchObject([{ reportAt: START, items: 0 }]);
});

it('finds the schedule of a look, and tells its rule and the report', async () => {
  const request = { tool: 'quick_scan', targets: ['10.0.0.0/24'], options: [] };
  await scene.store.schedules.add(
    {
      ...{
        uid: 's1',
        name: 'nightly',
        owner: 'local',
        site: 'default',
        request,
        when: '@daily',
        zone: 'UTC',
      },
      ...{ jitterSeconds: 0, missed: 'run_once', overlap: 'skip', anchorAt: START, notify: 'night' },
      ...{ state: 'active', createdAt: START, changedAt: START },
    },
    10,
  );
  const facts = { owner: 'local', createdAt: START, addressesTotal: 1, coverage: [] };
  await scene.store.tasks.insert({ id: 't1', request: { ...request, schedule: 's1' }, ...facts }, 'us', 10);
  await scene.look(0, [{ address: '10.0.0.5', open: [22], closed: '1-21,23-1000' }]);
  await scene.rule({ name: 'night', query: 'port:9999', channels: ['mail'] });
  const opened = { address: '10.0.0.5', open: [22, 80], closed: '1-21,23-79,81-1000' };
  await scene.look(1, [opened], { taskId: 't1' });
  // Nothing listens there: it is made, and waits.
  await scene.send();
  expect(await scene.alerts.deliveries('waiting', 10)).toContainEqual(
    expect.objectContaining({ rule: 'night', items: 1 }),
  );
  expect(await scene.alerts.previewReport()).toContain('- [medium] Port 80/tcp is open on 10.0.0.5');
});
