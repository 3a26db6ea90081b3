/**
 * Nothing found is ever lost: the server, nmap or both are killed (SIGKILL) at drawn moments of a running scan, when
 * nmap runs and has reported something. Afterwards all that was reported must be in the result, no scanner may be left,
 * what was finished must not be scanned again, and scanning must go on. A round whose moment never comes has failed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Field,
  incomplete,
  killIfAlive,
  missing,
  moment,
  openField,
  openPorts,
  pick,
  type Reported,
  randomOf,
  reported,
  SCANS,
  type ScanKind,
  scannedBy,
  scannersOf,
  settled,
  tasksOf,
} from '../faults/world.ts';
import { makeHome, startStdio, withSettings } from './portolan.ts';

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 18);
const seed = Number(process.env['KILL_SEED'] ?? Date.now() % 100_000);
const random = randomOf(seed);

let field: Field;
beforeAll(async () => {
  field = await openField('127.0.5');
});
afterAll(() => field.close());

const VICTIMS = ['server', 'nmap', 'both'] as const;
type Victim = (typeof VICTIMS)[number];

/** When a round kills, by what has been reported: the beginning, the middle and the end of a scan. */
const MOMENTS: Record<ScanKind, readonly (() => { words: string; when: (now: Reported) => boolean })[]> = {
  plain: [ports(1, 8), hosts(1, 6), hosts(7, 12)],
  versions: [ports(1, 12), ports(13, 40), hosts(1, 8)],
  phases: [ports(1, 20), ports(21, 45), ports(46, 60)],
  full: [ports(1, 3), ports(4, 6), ports(7, 8)],
};

function ports(least: number, most: number) {
  return () => {
    const count = least + Math.floor(random() * (most - least + 1));
    return { words: `${count} open ports`, when: ({ open }: Reported) => open.size >= count };
  };
}

function hosts(least: number, most: number) {
  return () => {
    const count = least + Math.floor(random() * (most - least + 1));
    return { words: `${count} hosts`, when: (now: Reported) => now.hosts.size >= count };
  };
}

describe(`kill -9 in ${ROUNDS} rounds (KILL_SEED=${seed})`, () => {
  const kinds = Object.keys(SCANS) as ScanKind[];
  for (let round = 0; round < ROUNDS; round += 1) {
    const victim = VICTIMS[round % VICTIMS.length] ?? 'server';
    const kind = kinds[Math.floor(round / VICTIMS.length) % kinds.length] ?? 'plain';
    const { words, when } = pick(random, MOMENTS[kind])();
    it(`round ${round}: ${victim} of a scan "${kind}" at ${words}`, () => killRound(victim, kind, when));
  }
});

async function killRound(victim: Victim, kind: ScanKind, when: (now: Reported) => boolean): Promise<void> {
  const home = makeHome();
  const { settings, call } = SCANS[kind];
  const { tool, args } = call(field);
  const start = () => startStdio(home, '2026-07-28', withSettings(...settings));
  let server = await start();
  try {
    // Its answer never comes in the rounds that kill the server, and is not what is looked at in the others.
    server.call(tool, { ...args, timeout: 5 }).catch(() => undefined);
    await moment(home, when, field);
    const [task] = await tasksOf(server);
    expect(task?.status).toBe('running');
    const scanners = scannersOf(home);
    if (victim !== 'nmap') process.kill(server.pid, 'SIGKILL');
    if (victim !== 'server') for (const pid of scanners) killIfAlive(pid);
    let before = reported(home, field);
    let whole = victim !== 'nmap';
    if (victim !== 'nmap') {
      await server.close().catch(() => {});
      // Without a next server that would end it.
      await expect.poll(() => scannersOf(home), { message: 'its leash ends the scanner' }).toEqual([]);
      // Without a server nobody reads the report any more, so this is all there will ever be of it.
      before = reported(home, field);
      const done = connectionsOf(before.hosts);
      server = await start();
      const [ended] = await settled(server, home);
      expect(ended).toMatchObject({ task_id: task?.task_id, status: 'completed' });
      expect(connectionsOf(before.hosts), 'what was finished is not scanned again').toEqual(done);
    } else {
      const [ended] = await settled(server, home);
      // One that watched a host, or raced another for the same answer, is not missed: then all must be there.
      whole = ended?.status === 'completed';
      if (!whole) expect(ended).toMatchObject({ status: 'failed', error: { code: 'interrupted' } });
    }
    await expectKept(server, task?.task_id ?? '', before, kind, whole);
    await expect
      .poll(() => existsSync(join(home.runs, task?.task_id ?? '')), {
        message: 'the files of an ended scan are removed',
      })
      .toBe(false);
    if (!whole) {
      const { structured } = await server.call('resume_task', { task_id: task?.task_id, timeout: 120 });
      expect(structured).toMatchObject({ status: 'completed' });
      await expectKept(server, task?.task_id ?? '', before, kind, true);
    }
  } finally {
    await server.close().catch(() => {});
    await delay(50);
    expect(scannersOf(home), 'no scanner may outlive its server').toEqual([]);
    home.remove();
  }
}

async function expectKept(
  server: Parameters<typeof openPorts>[0],
  taskId: string,
  before: Reported,
  kind: ScanKind,
  whole: boolean,
): Promise<void> {
  const found = await openPorts(server, taskId);
  expect(missing(before, found), 'was reported and is lost').toEqual([]);
  if (whole) expect(incomplete(field, found, scannedBy(kind, field))).toEqual([]);
}

function connectionsOf(hosts: ReadonlySet<string>): [string, number][] {
  return [...hosts].sort().map((address) => [address, field.connections.get(address) ?? 0]);
}
