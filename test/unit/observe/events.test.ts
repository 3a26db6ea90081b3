import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { EventLog, type MissedEvents, type ServiceEvent } from '../../../src/observe/events.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

function memory(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

type Read = ServiceEvent | MissedEvents;

async function take(
  log: EventLog,
  count: number,
  options: { lastEventId?: string; visible?: (event: ServiceEvent) => boolean } = {},
): Promise<Read[]> {
  const stop = new AbortController();
  const seen: Read[] = [];
  for await (const event of log.read({ ...options, signal: stop.signal })) {
    seen.push(event);
    if (seen.length === count) break;
  }
  return seen;
}

const numbers = (events: Read[]) =>
  events.map((event) => (event.kind === 'missed' ? 'missed' : event.data['n']));

function filled(count: number, capacity = 100): EventLog {
  const log = new EventLog(capacity, 'run');
  for (let n = 1; n <= count; n += 1) log.publish('task', { n });
  return log;
}

describe('the events', () => {
  it('go on after the one a reader had last', async () => {
    const log = filled(5);
    const [first] = await take(log, 1, { lastEventId: 'run-2' });
    expect(first).toMatchObject({ id: 'run-3', kind: 'task', data: { n: 3 } });
    expect(numbers(await take(log, 2, { lastEventId: 'run-3' }))).toEqual([4, 5]);
  });

  it('begin with the next one for a new reader, and wake it', async () => {
    const log = filled(5);
    const reading = take(log, 2);
    await Promise.resolve();
    log.publish('health', { n: 6 });
    log.publish('health', { n: 7 });
    expect(numbers(await reading)).toEqual([6, 7]);
  });

  it('say how many are gone that a slow reader had not read', async () => {
    const log = filled(250);
    const seen = await take(log, 3, { lastEventId: 'run-10' });
    expect(seen[0]).toEqual({ kind: 'missed', id: 'run-150', count: 140 });
    expect(numbers(seen)).toEqual(['missed', 151, 152]);
    // With the id of the gap it goes on behind it.
    expect(numbers(await take(log, 1, { lastEventId: 'run-150' }))).toEqual([151]);
  });

  it.each(['other-3', 'nonsense', 'run-9999', ''])(
    'tell a reader with the id %j of another run that it missed some',
    async (id) => {
      expect(numbers(await take(filled(3), 4, { lastEventId: id }))).toEqual(['missed', 1, 2, 3]);
    },
  );

  it('show each reader only what it may see', async () => {
    const log = new EventLog(10, 'run');
    log.publish('task', { n: 1 }, { owner: 'alice' });
    log.publish('task', { n: 2 }, { owner: 'bob' });
    log.publish('health', { n: 3 });
    const visible = ({ owner }: ServiceEvent) => owner === undefined || owner === 'bob';
    expect(numbers(await take(log, 2, { lastEventId: 'run-0', visible }))).toEqual([2, 3]);
  });

  it('cost no more memory however many are published and however slow a reader is', async () => {
    const log = filled(1);
    const stop = new AbortController();
    const slow = log.read({ lastEventId: 'run-0', signal: stop.signal });
    await slow.next();
    const before = memory();
    for (let n = 0; n < 50_000; n += 1) log.publish('finding', { n, ports: new Array(1000).fill(n) });
    // 400 MB went through; the ring holds 100 of 8 kB.
    expect(memory() - before).toBeLessThan(20_000_000);
    expect((await slow.next()).value).toMatchObject({ kind: 'missed', count: 49_900 });
    stop.abort();
    await slow.return();
  });

  it('end with the signal, and leave nobody waiting', async () => {
    const log = filled(0);
    const stop = new AbortController();
    const reader = log.read({ signal: stop.signal });
    const next = reader.next();
    await Promise.resolve();
    expect(log.waiting).toBe(1);
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(log.waiting).toBe(0);
  });
});
