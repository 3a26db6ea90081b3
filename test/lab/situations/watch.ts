/** The real program looking at an office, and the changes that it tells after each look. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type Home, type Portolan, startStdio, untilSaid, withSettings } from '../../e2e/portolan.ts';
import type { Lab } from '../lab.ts';

/** Without raw sockets, as for somebody who is not root. */
export const BARE = ['setpriv', '--bounding-set=-net_raw,-net_admin', '--inh-caps=-net_raw,-net_admin', '--'];

/** A clock on the wall that can be set, with a monotonic one that cannot: faketime(1). */
export function clock(home: Home) {
  const file = join(home.folder, 'clock');
  const set = (days: number) => writeFileSync(file, `+${days}d`);
  set(0);
  const around = [
    'env',
    'LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1',
    `FAKETIME_TIMESTAMP_FILE=${file}`,
    'FAKETIME_NO_CACHE=1',
    'FAKETIME_DONT_FAKE_MONOTONIC=1',
  ];
  return { set, around };
}

const Tasks = z.looseObject({
  tasks: z.array(z.looseObject({ task_id: z.string(), open_ports: z.number() })),
});

const News = z.looseObject({
  changes: z.array(
    z.looseObject({
      kind: z.string(),
      severity: z.string(),
      address: z.string().optional(),
      port: z.string().optional(),
    }),
  ),
  suppressed: z.array(z.looseObject({ rule: z.string(), count: z.number(), why: z.string() })),
  next_cursor: z.undefined().optional(),
});

export interface Told {
  /** `info address.changed 10.9.1.4`, in the order of the alphabet. */
  changes: string[];
  /** Rules that held something back. */
  held: string[];
}

export interface Watch extends Pick<Portolan, 'call' | 'close'> {
  /**
   * Scans with nmap's options, until the inventory has folded that.
   * @param meanwhile runs beside it, with what resolves when an open port was found
   */
  look(options: string, meanwhile?: (openPort: () => Promise<void>) => Promise<void>): Promise<void>;
  /** Changes since this was asked last, and what was held back since that time. */
  told(since: Date): Promise<Told>;
}

/** Tenths of a second: on a machine with too much to do, the first fold of a server takes a while. */
const FOLDED_WITHIN = 600;

const SETTINGS = [
  'rateLimit.scansPerMinute=0',
  'scans.syncWaitSeconds=100',
  'tools.toolsets=scan,tasks,inventory,inventory_admin',
];

/** @param around what starts it: `BARE`, a clock */
export async function watch(
  home: Home,
  lab: Lab,
  { around = [], settings = [] }: { around?: readonly string[]; settings?: readonly string[] } = {},
): Promise<Watch> {
  const set = withSettings(...SETTINGS, ...settings);
  const { call, close } = await startStdio(home, '2026-07-28', (argv) =>
    lab.inside([...around, ...set(argv)]),
  );
  const newest = async () => Tasks.parse((await call('list_tasks', {})).structured).tasks[0];
  return {
    call,
    close,
    async look(command, meanwhile) {
      const before = (await newest())?.task_id;
      const openPort = async () => {
        for (let tries = 0; tries < 300; tries += 1) {
          const task = await newest();
          if (task && task.task_id !== before && task.open_ports > 0) return;
          await delay(100);
        }
        throw new Error('the scan found no open port');
      };
      const scan = call('custom_scan', { command, timeout: 90 });
      await meanwhile?.(openPort);
      const { structured, text } = await scan;
      const id = structured['task_id'];
      if (typeof id !== 'string') throw new Error(text);
      await untilSaid(
        { call },
        'get_task_result',
        { task_id: id },
        /since the look before|with this scan/,
        FOLDED_WITHIN,
      );
    },
    async told(since) {
      const [{ changes }, { suppressed }] = [
        News.parse((await call('what_changed', { since: 'last' })).structured),
        News.parse((await call('what_changed', { since: since.toISOString() })).structured),
      ];
      return {
        changes: changes
          .map(({ kind, severity, address, port }) =>
            [severity, kind, address, port].filter((word) => word !== undefined).join(' '),
          )
          .sort(),
        held: suppressed.map(({ rule }) => rule),
      };
    },
  };
}
