/** Four processes on one database run each due time once, and it is the key of the runs that sees to it. The long form is test/schedules/race.ts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { race } from '../../schedules/race.ts';
import { type Cluster, startCluster } from '../../store/cluster.ts';

const RUNS = 40;

let cluster: Cluster;
let folder: string;
beforeAll(async () => {
  cluster = await startCluster();
  folder = mkdtempSync(join(tmpdir(), 'portolan-race-'));
}, 60_000);
afterAll(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true });
}, 60_000);

let files = 0;
const file = async () => {
  files += 1;
  return join(folder, `${files}.db`);
};

describe.each<[string, () => Promise<string>]>([
  ['SQLite', file],
  ['PostgreSQL', () => cluster.fresh()],
])('%s', (_, make) => {
  it('runs each due time once', async () => {
    expect(await race(await make(), RUNS)).toMatchObject({ due: RUNS, decided: RUNS, scans: RUNS });
  }, 180_000);

  it('would run them again and again without the key', async () => {
    expect((await race(await make(), RUNS, true)).decided).toBeGreaterThan(RUNS);
  }, 180_000);
});
