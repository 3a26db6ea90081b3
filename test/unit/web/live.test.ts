/** What events make stale is read anew: not at each of them, and to its end however fast they come. */
import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startLive } from '../../../web/src/api/live.ts';

let source: EventTarget;
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal(
    'BroadcastChannel',
    class extends EventTarget {
      postMessage() {}
    },
  );
  vi.stubGlobal(
    'EventSource',
    class extends EventTarget {
      constructor() {
        super();
        source = this;
      }
    },
  );
  vi.stubGlobal('navigator', { locks: { request: (_: string, hold: () => unknown) => hold() } });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it('a result of many pages arrives while findings come without a pause, and once more after the last one', async () => {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: 30_000 } } });
  startLive(client, () => new Set());
  let begun = 0;
  const arrived: number[] = [];
  const observer = new QueryObserver(client, {
    queryKey: ['get_task_result', {}, 'pages'],
    queryFn: async () => {
      begun += 1;
      const mine = begun;
      // Longer than events are gathered.
      await new Promise((resolve) => setTimeout(resolve, 1200));
      return mine;
    },
  });
  const end = observer.subscribe(({ data }) => {
    if (data !== undefined && arrived.at(-1) !== data) arrived.push(data);
  });
  await vi.advanceTimersByTimeAsync(1300);
  expect(arrived).toEqual([1]);
  for (let at = 0; at < 40; at += 1) {
    source.dispatchEvent(Object.assign(new Event('finding'), { data: '{}', lastEventId: `${at}` }));
    await vi.advanceTimersByTimeAsync(100);
  }
  // In four seconds, of which each reading takes more than one.
  expect(arrived.length).toBeGreaterThanOrEqual(3);
  expect(begun).toBeLessThanOrEqual(5);
  const last = begun;
  await vi.advanceTimersByTimeAsync(5000);
  expect(begun).toBeGreaterThan(last);
  expect(arrived.at(-1)).toBe(begun);
  end();
  client.clear();
});

it('asks who is logged in when the stream is refused, and comes back to it, but not while one is asked for a token', async () => {
  const client = new QueryClient();
  const place = { pathname: '/changes' };
  vi.stubGlobal('location', place);
  let refused = 0;
  startLive(
    client,
    () => new Set(),
    () => {
      refused += 1;
    },
  );
  const first = source;
  place.pathname = '/login';
  first.dispatchEvent(new Event('error'));
  expect(refused).toBe(1);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(source).toBe(first);
  place.pathname = '/changes';
  await vi.advanceTimersByTimeAsync(3000);
  expect(source).not.toBe(first);
  client.clear();
});
