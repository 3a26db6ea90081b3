/** Reports of scans with very many open ports, and clients that ask for them and do not read. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HostResult } from '../../src/core/result.ts';
import { openStore } from '../../src/store/open.ts';
import { startRest } from '../unit/transports/rest/server.ts';
import { type Attacked, attacked, authorization, ownerOf } from './server.ts';
import { whileAttacked } from './witness.ts';

const HOSTS = 3;
const PORTS = 65_535;
const TASK = 'large';
/** Of another scan, which found them all. */
const MANY_HOSTS = 65_536;
const MANY = 'many';

function hostWith(address: string): HostResult {
  return {
    address,
    status: 'up',
    ports: Array.from({ length: PORTS }, (_, index) => ({
      port: index + 1,
      protocol: 'tcp' as const,
      state: 'open' as const,
      reason: 'syn-ack',
      service: 'unknown',
    })),
  };
}

const smallHost = (index: number): HostResult => ({
  address: `10.1.${index >> 8}.${index & 255}`,
  status: 'up',
  ports: [22, 80].map((port) => ({ port, protocol: 'tcp', state: 'open', service: 'unknown' })),
});

let server: Attacked;
beforeAll(async () => {
  server = await attacked(['rateLimit.readsPerMinute=0'], async ({ database }) => {
    const store = await openStore(database);
    const request = { tool: 'full_scan', targets: ['10.0.0.0/30'], options: [] };
    const owner = ownerOf('owner');
    await store.tasks.insert(
      { id: TASK, owner, request, createdAt: 1, addressesTotal: 4, coverage: [] },
      'me',
      1,
    );
    await store.tasks.claim('me', 1, 2);
    for (let host = 1; host <= HOSTS; host += 1) await store.hosts.put(TASK, [hostWith(`10.0.0.${host}`)]);
    await store.tasks.finish(TASK, 'completed', Date.now(), { coverage: [] });
    await store.tasks.insert(
      { id: MANY, owner, request, createdAt: 2, addressesTotal: MANY_HOSTS, coverage: [] },
      'me',
      9,
    );
    for (let first = 0; first < MANY_HOSTS; first += 512)
      await store.hosts.put(
        MANY,
        Array.from({ length: 512 }, (_, index) => smallHost(first + index)),
      );
    await store.tasks.finish(MANY, 'completed', Date.now(), { coverage: [] });
    await store.close();
  });
}, 300_000);
afterAll(() => server.close());

const peakMegabytes = () =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024;

it('are written beside the answers to others, and in little memory', async () => {
  const before = peakMegabytes();
  const formats = ['json', 'csv', 'xml', 'md', 'lines'];
  const seen = await whileAttacked(server, async () => {
    const reports = formats.map((format) => server.rest('owner', 'GET', `/tasks/${TASK}/report.${format}`));
    for (const [index, report] of (await Promise.all(reports)).entries()) {
      expect(report.status).toBe(200);
      // Each port of each host is in it.
      if (formats[index] === 'csv') expect(report.text.split('\r\n').length).toBe(HOSTS * PORTS + 2);
      if (formats[index] === 'lines') expect(report.text.split('\n').length).toBe(HOSTS * PORTS + 1);
      if (formats[index] === 'json') expect(JSON.parse(report.text).hosts[2].ports).toHaveLength(PORTS);
      if (formats[index] === 'xml') expect(report.text.trimEnd()).toMatch(/<\/nmaprun>$/);
    }
  });
  expect(seen.failures).toEqual([]);
  expect(Math.max(...seen.status, ...seen.live)).toBeLessThan(5000);
  expect(peakMegabytes() - before).toBeLessThan(1000);
});

it('of very many hosts are written whole and in order, four at once, in little memory', async () => {
  const before = peakMegabytes();
  const addresses = Array.from({ length: MANY_HOSTS }, (_, index) => smallHost(index).address);
  const read = async (format: string) =>
    (await server.rest('owner', 'GET', `/tasks/${MANY}/report.${format}`)).text;
  const [json = '', csv = '', xml = '', greppable = ''] = await Promise.all(
    ['json', 'csv', 'xml', 'greppable'].map(read),
  );
  expect(JSON.parse(json).hosts.map((host: HostResult) => host.address)).toEqual(addresses);
  expect(csv.split('\r\n')).toHaveLength(2 * MANY_HOSTS + 2);
  expect([...xml.matchAll(/<address addr="([\d.]+)"/g)].map(([, address]) => address)).toEqual(addresses);
  expect(greppable.match(/\tPorts: /g)).toHaveLength(MANY_HOSTS);
  expect(peakMegabytes() - before).toBeLessThan(300);
}, 300_000);

it('as a resource have a part that is a whole document, and say where the rest is', async () => {
  for (const format of ['json', 'md']) {
    const { text } = await server.mcp('owner', 'resources/read', { uri: `scan://${TASK}/report.${format}` });
    const { result } = JSON.parse(text);
    const [document, note] = result.contents;
    expect(document.text.length).toBeLessThan(2_500_000);
    expect(note).toMatchObject({
      mimeType: 'text/plain',
      text: expect.stringContaining(`GET /tasks/${TASK}/report.${format}`),
    });
    if (format === 'json') expect(JSON.parse(document.text).hosts[0].ports.length).toBeGreaterThan(1000);
  }
});

it('that nobody reads hold little memory', async () => {
  const before = peakMegabytes();
  const sockets = await Promise.all(
    ['json', 'xml', 'md'].map(
      (format) =>
        new Promise<ReturnType<typeof connect>>((resolve) => {
          const socket = connect(server.port, '127.0.0.1', () => {
            socket.pause();
            socket.write(
              `GET /tasks/${TASK}/report.${format} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${authorization('owner')}\r\n\r\n`,
              () => resolve(socket),
            );
          });
          socket.on('error', () => {});
        }),
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, 4000));
  expect(peakMegabytes() - before).toBeLessThan(300);
  for (const socket of sockets) socket.destroy();
});

it('are cut off from who does not read them', async () => {
  const { service, origin } = await startRest(
    {},
    {
      patience: { firstByteMs: 3000, stallMs: 1000 },
      routes: (app) => {
        app.get('/endless', () => new Response(ReadableStream.from(endless())));
        return { close: () => {} };
      },
    },
  );
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  socket.write('GET /endless HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer reader-secret\r\n\r\n');
  await expect.poll(() => made, { timeout: 10_000 }).toBeGreaterThan(0);
  await expect.poll(() => stopped, { timeout: 20_000 }).toBe(true);
  socket.destroy();
  await service.close();
});

let made = 0;
let stopped = false;
async function* endless(): AsyncIterable<Uint8Array> {
  try {
    for (;;) {
      made += 1;
      yield new Uint8Array(65_536);
    }
  } finally {
    stopped = true;
  }
}
