/**
 * Thousands of changes at once, against one rule: how many messages come of them, and what that takes.
 *
 *   node --expose-gc test/alerts/flood.ts [--hosts 250] [--ports 40] [--database postgres://…]
 */
import { parseArgs } from 'node:util';
import { START } from '../inventory/looks.ts';
import { startReceiver } from './receiver.ts';
import { openScene } from './scene.ts';

export interface Flood {
  events: number;
  messages: number;
  /** What the first message is about. */
  title: string;
  /** Entries that still wait to be told, or to be looked at. */
  left: number;
  /** By how much the heap grew at most while it was told, in MB. */
  megabytes: number;
  seconds: number;
}

/** @param most messages that the rule allows in an hour. */
export async function flood({ hosts = 250, ports = 40, most = 3, database }: Partial<Asked>): Promise<Flood> {
  const receiver = await startReceiver();
  const scene = await openScene(database === undefined ? {} : { database });
  try {
    const hook = {
      name: 'hook',
      kind: 'webhook',
      config: { url: receiver.url },
      minSeverity: 'info' as const,
    };
    await scene.alerts.setChannel(hook, 'test');
    const more = { asked: '1-60000' };
    await scene.look(0, office(hosts, 0), more);
    await scene.rule({ timing: { most } });
    await scene.look(1, office(hosts, ports), more);
    const before = heap();
    let grown = 0;
    const from = performance.now();
    for (let second = 0; second < 60; second += 5) {
      await scene.pass(5000, 5000);
      grown = Math.max(grown, heap() - before);
    }
    const seconds = (performance.now() - from) / 1000;
    const events = (await scene.store.changes.counts({ kinds: ['port.opened'], since: START })).reduce(
      (sum, { count }) => sum + count,
      0,
    );
    const [first] = receiver.taken;
    return {
      events,
      messages: receiver.taken.length,
      title: first ? String(JSON.parse(first.body).data.title) : '',
      left: (await scene.store.deliveries.outbox(1)).length,
      megabytes: Math.round(grown / 1_048_576),
      seconds,
    };
  } finally {
    await scene.close();
    await receiver.close();
  }
}

interface Asked {
  hosts: number;
  ports: number;
  most: number;
  database: string;
}

function heap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Hosts that have opened so many ports each, all of them others: no two are one change of many hosts. */
export function office(hosts: number, ports: number) {
  return Array.from({ length: hosts }, (_, host) => {
    const opened = Array.from({ length: ports }, (__, at) => 1000 + (((host * ports + at) * 7) % 59_000));
    // One port at nearly all addresses would be a firewall's.
    const open = [22 + (host % 4), ...opened].sort((a, b) => a - b);
    const closed = open.map((port, at) => [(open[at - 1] ?? 0) + 1, port - 1]);
    closed.push([(open.at(-1) ?? 0) + 1, 60_000]);
    return {
      address: `10.0.0.${host + 1}`,
      open,
      closed: closed
        .filter(([first = 0, last = 0]) => first <= last)
        .map(([first, last]) => `${first}-${last}`)
        .join(','),
    };
  });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { hosts: { type: 'string' }, ports: { type: 'string' }, database: { type: 'string' } },
  });
  const { hosts = '250', ports = '40', database } = values;
  const asked = {
    hosts: Number(hosts),
    ports: Number(ports),
    ...(database === undefined ? {} : { database }),
  };
  console.log(await flood(asked));
}
