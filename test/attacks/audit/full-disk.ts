/**
 * Run in a mount namespace of its own, with a small disk at the folder that is its argument: fills it, writes far more
 * records than may wait, makes room, and says how it went.
 */
import { readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Audit } from '../../../src/observe/audit.ts';
import { verifyFiles } from '../../../src/observe/audit-chain.ts';

const [, , folder = ''] = process.argv;
const file = join(folder, 'audit.jsonl');
const filler = join(folder, 'filler');
let problems = 0;
const audit = new Audit(() => ({ file, maxMegabytes: 0, keepFiles: 0, keepDays: 0 }), {
  problem: () => {
    problems += 1;
  },
});
const RECORDS = 30_000;
const write = (n: number) => audit.write('call', { n, arguments: { text: 'x'.repeat(900) } });

write(0);
await audit.flush();
const { bavail, bsize } = statfsSync(folder);
// Room for a part of the first slice alone, so that it is torn.
writeFileSync(filler, Buffer.alloc(bavail * bsize - 8192));
const memory = process.memoryUsage().rss;
const blocked = monitorEventLoopDelay({ resolution: 10 });
blocked.enable();
for (let n = 1; n < RECORDS; n += 1) {
  write(n);
  if (n % 500 === 0) await delay(1);
}
// Several tries on a full disk.
for (let tries = 0; tries < 5; tries += 1) await audit.flush();
const full = { well: audit.well, problems, size: statSync(file).size };
rmSync(filler);
// By itself.
for (let looks = 0; looks < 300 && !(audit.well && statSync(file).size > 1_000_000); looks += 1)
  await delay(100);
const byItself = audit.well && statSync(file).size > 1_000_000;
await audit.flush();
write(RECORDS);
await audit.flush();
blocked.disable();
const kinds = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));
const verification = await verifyFiles(file);
process.stdout.write(
  JSON.stringify({
    full,
    byItself,
    grown: process.memoryUsage().rss - memory,
    longestBlock: blocked.max / 1e6,
    written: kinds.filter(({ kind }) => kind === 'call').length,
    lost: kinds.filter(({ kind }) => kind === 'records_lost'),
    last: kinds.at(-1),
    whole: verification.ok,
    counted: verification.lost,
    asked: RECORDS + 1,
  }),
);
