/**
 * Kills folds at drawn moments, and compares what is known at the end with what an undisturbed run knows.
 *
 *   node test/inventory/kill-rounds.ts [--count 200] [--seed 1]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startCluster } from '../store/cluster.ts';
import { everything } from './everything.ts';
import { startFolding } from './folding.ts';

export interface KillReport {
  /** Processes that were killed before they had done. */
  killed: number;
  /** Tables that differ from those of an undisturbed run. */
  wrong: string[];
}

/** @param quiet a database that is not disturbed. @param killed another one, in which each round ends with a kill */
export async function killRounds(
  quiet: string,
  killed: string,
  count: number,
  seed: number,
): Promise<KillReport> {
  const draw = draws(seed);
  const report: KillReport = { killed: 0, wrong: [] };
  // How long an undisturbed round takes is measured as it goes, so that kills fall within it on any machine.
  let took = 150;
  for (let round = 1; round <= count; round += 1) {
    const calm = startFolding(quiet, round);
    await calm.ready;
    const from = performance.now();
    await calm.done;
    took = took * 0.7 + (performance.now() - from) * 0.3;
    const folding = startFolding(killed, round);
    await folding.ready;
    await new Promise((resolve) => setTimeout(resolve, draw() * took));
    const { child } = folding;
    if (child.exitCode === null && child.kill('SIGKILL')) report.killed += 1;
    await folding.done.catch(() => {});
  }
  await startFolding(killed, count).done;
  const [expected, found] = [await everything(quiet), await everything(killed)];
  for (const [table, rows] of Object.entries(expected))
    if (JSON.stringify(rows) !== JSON.stringify(found[table])) {
      const extra = (found[table] ?? []).find((row) => !rows.includes(row));
      const lost = rows.find((row) => !(found[table] ?? []).includes(row));
      report.wrong.push(`${table}: has ${extra ?? 'nothing else'}; lacks ${lost ?? 'nothing'}`);
    }
  return report;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { count: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'portolan-kills-'));
  const cluster = await startCluster();
  try {
    const databases: [string, string, string][] = [
      ['SQLite', join(folder, 'quiet.db'), join(folder, 'killed.db')],
      ['PostgreSQL', await cluster.fresh(), await cluster.fresh()],
    ];
    for (const [name, quiet, killed] of databases) {
      const report = await killRounds(quiet, killed, Number(values.count), Number(values.seed));
      console.log(
        `${name}: ${report.killed} of ${values.count} folds killed; ${report.wrong.join('\n') || 'nothing lost, nothing twice'}`,
      );
      if (report.wrong.length > 0) process.exitCode = 1;
    }
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
