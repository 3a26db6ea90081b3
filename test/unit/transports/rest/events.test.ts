/** `GET /events` on the wire: what comes, what comes again after a break, and what a reader who does not read costs. */
import { createConnection, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { tokenIdentity } from '../../../../src/core/caller.ts';
import { EventLog } from '../../../../src/observe/events.ts';
import { createEventStreams, type EventStreamLimits } from '../../../../src/transports/rest/event-stream.ts';
import type { EventSource } from '../../../../src/transports/rest/sources.ts';
import { raw } from '../fixture/rpc.ts';
import { bearer, type RestServer, startRest, tokenOf } from './server.ts';

let server: RestServer;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.service.close();
});

async function start(events: EventSource, limits?: Partial<EventStreamLimits>): Promise<RestServer> {
  server = limits
    ? await startRest(
        {},
        {
          routes: (app) => {
            const streams = createEventStreams(events, limits);
            app.get('/events', (context) => streams.open(context));
            return streams;
          },
        },
      )
    : await startRest({ events });
  return server;
}

/** A reader on a bare socket, so that the test decides when bytes are taken. */
function follow(headers: Record<string, string> = bearer('reader')) {
  const { hostname, port } = new URL(server.origin);
  const socket = createConnection(Number(port), hostname);
  sockets.push(socket);
  const lines = Object.entries({ host: `${hostname}:${port}`, ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  socket.write(`GET /events HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  const reader = { socket, text: '', closed: false };
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => (reader.text += chunk));
  socket.on('error', () => {});
  socket.on('close', () => (reader.closed = true));
  return reader;
}

/** Whose its tasks are. */
const READER = tokenIdentity('reader', tokenOf('reader', []).hash);

const kinds = (text: string) => [...text.matchAll(/^event: (\w+)$/gm)].map(([, kind]) => kind);
const ids = (text: string) => [...text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id);
const opened = (events: EventLog, readers = 1) => expect.poll(() => events.waiting).toBe(readers);

describe('a reader', () => {
  it('hears what happens from now on, of its own tasks and of nobody’s', async () => {
    const events = new EventLog();
    await start(events);
    events.publish('health', { status: 'before' });
    const reader = follow();
    const admin = follow(bearer('admin'));
    const keeper = follow(bearer('keeper'));
    await opened(events, 3);
    events.publish('task', { task_id: 't1', status: 'running' }, { owner: READER });
    events.publish('finding', { task_id: 't2', port: 22 }, { owner: 'somebody' });
    events.publish('change', { change_id: 'e_1' }, { scope: 'inventory:read' });
    events.publish('health', { status: 'healthy', words: 'two\nlines' });
    await expect.poll(() => kinds(admin.text)).toEqual(['task', 'finding', 'health']);
    await expect.poll(() => kinds(keeper.text)).toEqual(['change', 'health']);
    expect(keeper.text).not.toContain('inventory:read');
    await expect.poll(() => kinds(reader.text)).toEqual(['task', 'health']);
    expect(reader.text).toMatch(/^content-type: text\/event-stream/im);
    expect(reader.text).toMatch(/^cache-control: no-store/im);
    expect(reader.text).toContain('retry: 2000');
    const data = [...reader.text.matchAll(/^data: (.*)$/gm)].map(([, line = '']) => JSON.parse(line));
    expect(data).toMatchObject([
      { task_id: 't1', status: 'running', at: expect.any(String) },
      { status: 'healthy', words: 'two\nlines' },
    ]);
    expect(reader.text).not.toContain('somebody');
  });

  it('goes on where it was after a break, and is told what is gone', async () => {
    const events = new EventLog(8);
    await start(events);
    const reader = follow();
    await opened(events);
    for (const n of [1, 2, 3]) events.publish('health', { n });
    await expect.poll(() => ids(reader.text).length).toBe(3);
    reader.socket.destroy();
    const lastEventId = String(ids(reader.text)[1]);
    for (const n of [4, 5]) events.publish('health', { n });
    const again = follow({ ...bearer('reader'), 'last-event-id': lastEventId });
    await expect.poll(() => [...again.text.matchAll(/"n":(\d)/g)].map(([, n]) => n)).toEqual(['3', '4', '5']);
    for (let n = 6; n < 30; n++) events.publish('health', { n });
    const late = follow({ ...bearer('reader'), 'last-event-id': lastEventId });
    await expect.poll(() => kinds(late.text)[0]).toBe('missed');
    expect(late.text).toContain('"n":29');
    // An id of an earlier run of the server, and nonsense.
    for (const id of ['abc-3', 'x\ty', '']) {
      const foreign = follow({ ...bearer('reader'), 'last-event-id': id });
      await expect.poll(() => foreign.text).toContain('"n":29');
      expect(kinds(foreign.text)[0]).toBe('missed');
    }
  });

  it('needs a token, is bounded in number, and ends with the server', async () => {
    const events = new EventLog();
    await start(events, { mostPerCaller: 2, most: 3 });
    expect((await raw(`${server.origin}/events`, { method: 'GET' })).status).toBe(401);
    const [first, second] = [follow(), follow()];
    await opened(events, 2);
    const third = await server.get('/events');
    expect([third.status, third.headers['retry-after']]).toEqual([429, '60']);
    const other = follow(bearer('admin'));
    await opened(events, 3);
    expect((await server.get('/events', bearer('nobody'))).status).toBe(429);
    first.socket.destroy();
    await opened(events, 2);
    const next = follow();
    await opened(events, 3);
    await server.service.close();
    for (const reader of [second, other, next]) await expect.poll(() => reader.closed).toBe(true);
    expect(events.waiting).toBe(0);
  });

  it('gets a sign of life, and has to come back after a time', async () => {
    const events = new EventLog();
    await start(events, { beatMs: 20, lifeMs: 300 });
    const reader = follow();
    await expect.poll(() => reader.text).toContain(': nothing new');
    // The last chunk of a chunked answer: it ended as it should.
    await expect.poll(() => reader.text).toMatch(/\r\n0\r\n\r\n$/);
    expect(events.waiting).toBe(0);
  });
});

describe('a reader who does not read', () => {
  it('costs no more memory however much happens, and is told afterwards', { timeout: 60_000 }, async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const held = () => {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const events = new EventLog(64);
    await start(events);
    const reader = follow();
    await opened(events);
    reader.socket.pause();
    const data = { text: 'x'.repeat(10_000) };
    const flood = async (count: number) => {
      for (let n = 0; n < count; n++) {
        events.publish('health', { n, ...data });
        if (n % 20 === 0) await new Promise(setImmediate);
      }
    };
    // Fills what the kernel and the sockets hold.
    await flood(2000);
    const before = held();
    await flood(20_000);
    // 200 MB have gone by.
    expect(held() - before).toBeLessThan(10_000_000);
    reader.socket.resume();
    await expect.poll(() => kinds(reader.text).includes('missed'), { timeout: 20_000 }).toBe(true);
    await expect.poll(() => reader.text, { timeout: 20_000 }).toContain('"n":19999');
  });

  it('is cut off when it takes nothing for long', { timeout: 30_000 }, async () => {
    const events = new EventLog(4);
    let cutOff = false;
    const source: EventSource = {
      read: (options) => {
        options.signal.addEventListener('abort', () => (cutOff = true));
        return events.read(options);
      },
    };
    await start(source, { stallMs: 300, beatMs: 50 });
    const reader = follow();
    await opened(events);
    reader.socket.pause();
    // More than the kernel takes for a reader that does not read.
    for (const _ of [1, 2, 3, 4]) events.publish('health', { text: 'x'.repeat(4_000_000) });
    await expect.poll(() => cutOff, { timeout: 10_000 }).toBe(true);
    reader.socket.resume();
    await expect.poll(() => reader.closed, { timeout: 10_000 }).toBe(true);
    expect(reader.text).not.toMatch(/\r\n0\r\n\r\n$/);
  });
});
