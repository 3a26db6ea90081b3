/** A 2025 client whose stream broke gets what it missed; what is kept for that is bounded. */
import { afterEach, expect, it } from 'vitest';
import { type HttpService, startHttp } from '../../../src/transports/http/server.ts';
import { RecentEvents } from '../../../src/transports/mcp/recent-events.ts';
import { fixtureDependencies } from './fixture/dependencies.ts';
import { INITIALIZE, JSON_HEADERS, raw } from './fixture/rpc.ts';

let service: HttpService | undefined;
afterEach(() => service?.close());

it('answers on a new stream when the old one broke', async () => {
  service = await startHttp(fixtureDependencies(), { host: '127.0.0.1', port: 0, onError: () => {} });
  const opened = await raw(service.url, { headers: JSON_HEADERS, body: INITIALIZE });
  const session = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
  const breaking = new AbortController();
  const call = await fetch(service.url, {
    method: 'POST',
    signal: breaking.signal,
    headers: { ...JSON_HEADERS, ...session, 'mcp-protocol-version': '2025-11-25' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 7,
      method: 'tools/call',
      params: { name: 'count', arguments: { to: 10 } },
    }),
  });
  const reader = call.body?.getReader();
  const first = new TextDecoder().decode((await reader?.read())?.value);
  const lastEventId = /^id: (\S+)$/m.exec(first)?.[1];
  expect(lastEventId).toBeDefined();
  breaking.abort();
  const resumed = await raw(service.url, {
    method: 'GET',
    headers: { accept: 'text/event-stream', ...session, 'last-event-id': String(lastEventId) },
  });
  expect(resumed.status).toBe(200);
  expect(resumed.text).toContain('counted to 10');
  const forgotten = await raw(service.url, {
    method: 'GET',
    headers: { accept: 'text/event-stream', ...session, 'last-event-id': '999999' },
  });
  expect(forgotten.status).toBe(400);
});

const message = (text: string) => ({
  jsonrpc: '2.0' as const,
  method: 'notifications/message',
  params: { text },
});
async function replayed(events: RecentEvents, after: string): Promise<string[]> {
  const sent: string[] = [];
  await events.replayEventsAfter(after, {
    send: async (id) => {
      sent.push(id);
    },
  });
  return sent;
}

it('replays a stream and no other', async () => {
  const events = new RecentEvents();
  const first = await events.storeEvent('a', message('1'));
  await events.storeEvent('b', message('2'));
  const third = await events.storeEvent('a', message('3'));
  expect(await replayed(events, first)).toEqual([third]);
  expect(await replayed(events, third)).toEqual([]);
  expect(await events.getStreamIdForEventId(first)).toBe('a');
});

it('forgets the oldest beyond its bounds, by number and by size', async () => {
  const events = new RecentEvents();
  for (let i = 0; i < 300; i++) await events.storeEvent('a', message('x'));
  expect(await events.getStreamIdForEventId('44')).toBeUndefined();
  expect(await replayed(events, '45')).toHaveLength(255);
  for (let i = 0; i < 3; i++) await events.storeEvent('a', message('x'.repeat(300_000)));
  expect(await events.getStreamIdForEventId('302')).toBeUndefined();
  expect(await events.getStreamIdForEventId('303')).toBe('a');
});
