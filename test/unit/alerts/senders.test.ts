/** Several processes send on one database: what one sends, no other does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deliverDue } from '../../../src/alerts/deliver.ts';
import { openStore } from '../../../src/store/open.ts';
import { type Receiver, startReceiver } from '../../alerts/receiver.ts';
import { openScene, type Scene, surroundings } from '../../alerts/scene.ts';
import { type Cluster, startCluster } from '../../store/cluster.ts';

const CHANNELS = 40;
const SENDERS = 4;
let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 60_000);
afterAll(() => cluster.stop(), 60_000);

describe.each([['SQLite'], ['PostgreSQL']])('%s', (engine) => {
  let scene: Scene;
  let receiver: Receiver;
  let database: string;
  beforeAll(async () => {
    receiver = await startReceiver();
    database = engine === 'SQLite' ? '' : await cluster.fresh();
    scene = await openScene(database === '' ? {} : { database });
    if (database === '') database = `${scene.folder}/portolan.db`;
  });
  afterAll(async () => {
    await scene.close();
    await receiver.close();
  });

  it('forty messages, four senders: each is sent once', async () => {
    const names = Array.from({ length: CHANNELS }, (_, i) => `hook-${i}`);
    for (const name of names) {
      const config = { url: `${receiver.url}/${name}` };
      await scene.alerts.setChannel({ name, kind: 'webhook', config, minSeverity: 'info' }, 'test');
    }
    await scene.look(0, [{ address: '10.0.0.5', open: [22], closed: '1-21,23-1000' }]);
    await scene.rule({ channels: names });
    await scene.look(1, [{ address: '10.0.0.5', open: [22, 80], closed: '1-21,23-79,81-1000' }]);
    const stores = await Promise.all(Array.from({ length: SENDERS }, () => openStore(database)));
    const around = surroundings(scene.folder);
    const sent = await Promise.all(
      stores.map(async (store, at) => {
        const id = `sender-${at}`;
        const alive = {
          pid: process.pid,
          start_ticks: null,
          boot_id: 'boot',
          host: null,
          pid_namespace: null,
        };
        await store.instances.register({ id, ...alive, heartbeat_at: 0 });
        let count = 0;
        for (let round = 0; round < 20 && receiver.taken.length < CHANNELS; round += 1)
          count += (
            await deliverDue({ store, around, instanceId: id, underWay: new Set(), now: () => scene.now })
          ).sent;
        return count;
      }),
    );
    for (const store of stores) await store.close();
    expect(receiver.taken.map(({ path }) => path).sort()).toEqual(names.map((name) => `/${name}`).sort());
    expect(sent.reduce((sum, count) => sum + count, 0)).toBe(CHANNELS);
  });
});
