/**
 * Kills processes between a change and the message about it, and compares what a receiver was told with what happened.
 *
 *   node test/alerts/kill-rounds.ts [--count 200] [--seed 1]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { foldWaiting, rulesOf } from '../../src/inventory/fold.ts';
import { handIn } from '../../src/inventory/hand-in.ts';
import { openStore } from '../../src/store/open.ts';
import { startCluster } from '../store/cluster.ts';
import { lookOf, startRound } from './killed.ts';
import { startReceiver } from './receiver.ts';

export interface KillReport {
  killed: number;
  /** Incidents that opened, and those of which the receiver was told. */
  incidents: number;
  told: number;
  /** Incidents whose opening came under more than one key. */
  twice: string[];
}

export async function killRounds(database: string, count: number, seed: number): Promise<KillReport> {
  const receiver = await startReceiver();
  const store = await openStore(database, { patient: true });
  await handIn(store, lookOf(0));
  await foldWaiting(store, rulesOf());
  await store.alertSettings.putChannel({
    ...{ name: 'hook', kind: 'webhook', config: { url: receiver.url }, minSeverity: 'info' },
    ...{ madeBy: 'test', madeAt: 0 },
  });
  await store.alertSettings.putRule({
    ...{ name: 'all', query: '', channels: ['hook'], timing: { digest: 'each', most: 100_000 } },
    ...{ enabled: true, madeBy: 'test', madeAt: 0 },
  });
  let killed = 0;
  let took = 300;
  for (let round = 1; round <= count; round += 1) {
    const { child, ready, done } = startRound(database, round);
    await ready;
    const from = performance.now();
    // Some get to their end, so that how long that takes is known on any machine.
    if (round % 5 !== 0) {
      await new Promise((resolve) => setTimeout(resolve, draw(seed, round) * took));
      if (child.exitCode === null && child.kill('SIGKILL')) killed += 1;
      await done.catch(() => {});
    } else {
      await done;
      took = took * 0.7 + (performance.now() - from) * 0.3;
    }
  }
  await startRound(database, count + 1).done;
  const opened = await store.changes.page({ kinds: ['port.opened'], limit: 100_000 });
  const incidents = new Set(opened.flatMap(({ incidentId }) => incidentId ?? []));
  const keys = new Map<string, Set<string>>();
  for (const { body, headers } of receiver.taken)
    for (const { incident, word } of JSON.parse(body).data.incidents) {
      if (word !== 'opened') continue;
      const known = keys.get(incident) ?? new Set();
      keys.set(incident, known.add(String(headers['webhook-id'])));
    }
  await store.close();
  await receiver.close();
  return {
    killed,
    incidents: incidents.size,
    told: [...incidents].filter((one) => keys.has(one)).length,
    twice: [...keys].flatMap(([incident, ids]) => (ids.size > 1 ? [incident] : [])),
  };
}

/** A number from 0 to 1, the same for the same seed and round (mulberry32). */
function draw(seed: number, round: number): number {
  const state = (seed * 1_000_003 + round * 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { count: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'portolan-alert-kills-'));
  const cluster = await startCluster();
  try {
    const databases: [string, string][] = [
      ['SQLite', join(folder, 'killed.db')],
      ['PostgreSQL', await cluster.fresh()],
    ];
    for (const [name, database] of databases) {
      const { killed, incidents, told, twice } = await killRounds(
        database,
        Number(values.count),
        Number(values.seed),
      );
      console.log(
        `${name}: ${killed} of ${values.count} killed; ${told} of ${incidents} incidents told, ${twice.length} twice`,
      );
      if (told !== incidents || twice.length > 0 || incidents === 0) process.exitCode = 1;
    }
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
