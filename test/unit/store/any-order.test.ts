/** Whatever is told of hosts, in whatever order and by however many starts of a scan: nothing is taken back, and it is counted as it is. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HostResult } from '../../../src/core/result.ts';
import { hostRowOf } from '../../../src/store/host-row.ts';
import { openStore, type Store } from '../../../src/store/open.ts';
import { type Cluster, startCluster } from '../../store/cluster.ts';

let cluster: Cluster;
const stores: Record<string, Store> = {};
beforeAll(async () => {
  cluster = await startCluster();
  stores['SQLite'] = await openStore(':memory:', { patient: true });
  stores['PostgreSQL'] = await openStore(await cluster.fresh(), { patient: true });
}, 180_000);
afterAll(async () => {
  for (const store of Object.values(stores)) await store.close();
  await cluster.stop();
});

const ADDRESSES = 4;
const PORTS = 6;
const address = fc.nat({ max: ADDRESSES - 1 }).map((n) => `10.0.0.${n}`);
const ports = fc.uniqueArray(fc.nat({ max: PORTS - 1 }), { maxLength: PORTS });
/** A part is what a recovery reads of a host that was not finished; a whole one what nmap tells at its end. */
const host = fc.record({ address, open: ports, closed: ports, partial: fc.boolean() }).map(
  ({ address: one, open, closed, partial }): HostResult => ({
    address: one,
    status: 'up',
    ports: [
      ...open.map((port) => ({ port, protocol: 'tcp' as const, state: 'open' as const })),
      ...closed
        .filter((port) => !open.includes(port))
        .map((port) => ({ port: port + 100, protocol: 'tcp' as const, state: 'closed' as const })),
    ],
    ...(partial ? { partial: true } : {}),
  }),
);
const announced = fc.record({
  address,
  port: fc.nat({ max: PORTS - 1 }),
  protocol: fc.constant('tcp' as const),
});
const step = fc.record({
  hosts: fc.array(host, { maxLength: 3 }),
  ports: fc.array(announced, { maxLength: 4 }),
  /** As at the end of a start, or when somebody reads. */
  show: fc.boolean(),
});

const key = (one: string, port: number) => `${one} ${port}`;

it.each(['SQLite', 'PostgreSQL'])(
  '%s',
  async (name) => {
    const store = stores[name];
    if (!store) throw new Error(`no store ${name}`);
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        round += 1;
        const id = `t${round}`;
        const request = { tool: 'quick_scan', targets: ['10.0.0.0/30'], options: [] };
        const task = { id, owner: 'local', request, createdAt: 1, addressesTotal: ADDRESSES, coverage: [] };
        await store.tasks.insert(task, 'me', 1_000_000);
        const finished = new Set<string>();
        const shown = new Set<string>();
        const places = new Map<string, number>();
        for (const { hosts, ports: told, show } of steps) {
          await store.hosts.record(id, { hosts: hosts.map(hostRowOf), ports: told });
          if (show) await store.hosts.showAnnounced(id);
          for (const one of hosts) if (!one.partial) finished.add(one.address);
          const rows = await store.hosts.page(id, { after: 0, limit: 99, downToo: true });
          const now = new Set(
            rows.flatMap((row) =>
              row.host.ports
                .filter(({ state }) => state === 'open')
                .map(({ port }) => key(row.host.address, port)),
            ),
          );
          for (const port of shown) expect(now).toContain(port);
          for (const one of hosts)
            for (const { port, state } of one.ports)
              if (state === 'open') expect(now).toContain(key(one.address, port));
          if (show)
            for (const one of told)
              if (!finished.has(one.address)) expect(now).toContain(key(one.address, one.port));
          for (const one of now) shown.add(one);
          for (const row of rows) {
            expect(places.get(row.host.address) ?? row.seq).toBe(row.seq);
            places.set(row.host.address, row.seq);
            expect(row.host.partial ?? false).toBe(!finished.has(row.host.address));
          }
          const counted = await store.tasks.get(id);
          expect(counted).toMatchObject({ hostsDone: finished.size, hostsUp: rows.length });
          if (show) expect(counted?.openPorts).toBe(now.size);
        }
        expect((await store.maintenance.check()).filter((line) => line.includes(` ${id} `))).toEqual([]);
      }),
      { numRuns: name === 'SQLite' ? 200 : 60, endOnFailure: true },
    );
  },
  300_000,
);
