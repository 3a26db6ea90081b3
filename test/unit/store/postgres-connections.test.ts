/** Connections to a real PostgreSQL that are cut, or forgotten by the network between: a call says so, and the next one works. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../../src/store/open.ts';
import { type Cluster, startCluster } from '../../store/cluster.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 60_000);
afterAll(() => cluster.stop());

it('a connection cut while it is used ends a call, and nothing else', async () => {
  const store = await openStore(await cluster.fresh());
  try {
    const failed: unknown[] = [];
    let answered = 0;
    let cutting = true;
    const calling = Array.from({ length: 5 }, async () => {
      while (cutting) {
        await store.instances.others('me').then(
          () => {
            answered += 1;
          },
          (error: unknown) => failed.push(error),
        );
      }
    });
    let cut = 0;
    for (let time = 0; time < 40; time += 1) cut += await cluster.cut();
    cutting = false;
    await Promise.all(calling);
    expect(cut).toBeGreaterThan(10);
    expect(answered).toBeGreaterThan(10);
    expect(failed.length).toBeGreaterThan(0);
    for (const error of failed) expect(error).toMatchObject({ code: 'storage_failed' });
    expect(await store.instances.others('me')).toEqual([]);
  } finally {
    await store.close();
  }
});

it('a connection from which nothing comes any more is given up', { timeout: 40_000 }, async () => {
  const way = await wayTo(cluster.port);
  const url = new URL(await cluster.fresh());
  url.port = String(way.port);
  const store = await openStore(url.href);
  try {
    expect(await store.instances.others('me')).toEqual([]);
    way.forget();
    await expect(store.instances.others('me')).rejects.toMatchObject({ code: 'storage_failed' });
    expect(await store.instances.others('me')).toEqual([]);
  } finally {
    await store.close();
    way.close();
  }
});

/** Carries connections to a port, until it forgets those there are: nothing comes and nothing ends. */
async function wayTo(port: number): Promise<{ port: number; forget(): void; close(): void }> {
  const there = new Set<Socket>();
  const server: Server = createServer((here) => {
    const onward = connect(port, '127.0.0.1');
    for (const socket of [here, onward]) {
      there.add(socket);
      socket.on('error', () => {});
    }
    here.pipe(onward).pipe(here);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    forget() {
      for (const socket of there) socket.unpipe().pause();
    },
    close() {
      for (const socket of there) socket.destroy();
      server.close();
    },
  };
}
