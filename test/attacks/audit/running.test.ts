/** Attacks on the files of an audit under the process that writes them (running.json), and under a server. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { verifyFiles } from '../../../src/observe/audit-chain.ts';
import { auditFiles } from '../../../src/observe/audit-files.ts';
import { parseLine } from '../../../src/observe/audit-record.ts';
import { attack, auditCommand, openFor, type ThreeFiles, threeFiles, writeOneByOne } from './three-files.ts';

const Step = z.union([z.tuple([z.string()]), z.tuple([z.string()]).rest(z.union([z.number(), z.string()]))]);
const { attacks } = z
  .object({
    attacks: z.array(
      z.object({
        name: z.string(),
        steps: z.array(Step),
        moved: z.boolean().optional(),
        stays: z.boolean().optional(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('running.json', import.meta.url), 'utf8')));

let audit: ThreeFiles;
beforeEach(async () => {
  audit = await threeFiles();
});
afterEach(() => audit.remove());

async function recordsOf(kind: string): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for await (const { lines } of auditFiles(audit.file)) {
    for await (const line of lines) {
      const record = parseLine(line);
      if (record?.kind === kind) found.push(record);
    }
  }
  return found;
}

describe('under a running process', () => {
  it.each(attacks)('$name', async ({ steps, moved, stays }) => {
    const left = audit.audit.head;
    for (const step of steps) await attack(audit, step);
    if (moved) {
      // Nothing is missing, and the name is the only lie: what follows is seen by who verifies.
      await writeOneByOne(audit.audit, 1);
      expect((await auditCommand('verify', audit.file)).status).toBe(1);
      return;
    }
    // Nobody calls, and its health is asked for.
    await audit.audit.look();
    expect(audit.broken).toHaveLength(1);
    expect(audit.audit.broken?.expected).toEqual(left);
    const [broken, ...more] = await recordsOf('chain_broken');
    expect(more).toEqual([]);
    expect(broken).toMatchObject({ expected: left });
    // Numbers go on; none is given twice.
    expect(Number(broken?.['seq'])).toBeGreaterThan(left?.seq ?? 0);
    await writeOneByOne(audit.audit, 3);
    expect(audit.broken).toHaveLength(1);
    const verdict = await auditCommand('verify', audit.file);
    expect(verdict.status).toBe(1);
    const from = ['--from', `${broken?.['seq']}:${broken?.['hash']}`];
    const later = await auditCommand('verify', audit.file, ...from);
    // A forged file is one as long as it lies there.
    if (stays) return expect(later.status).toBe(1);
    expect(later).toMatchObject({ status: 0, stderr: '' });
    expect(later.stdout).toContain('Whole: 4 records');
  });

  it('what another process writes and puts aside meanwhile is no attack', async () => {
    const other = openFor(audit.file, { maxMegabytes: 0.001 }, (what) => audit.broken.push(what));
    for (let round = 0; round < 6; round += 1) {
      await writeOneByOne(other, 4);
      await audit.audit.look();
      await writeOneByOne(audit.audit, 3);
      await other.look();
    }
    expect(audit.broken).toEqual([]);
    expect((await auditCommand('verify', audit.file)).status).toBe(0);
  });

  it('who verifies beside two writers that put files aside and delete them sees no fault', async () => {
    const settings = { maxMegabytes: 0.02, keepFiles: 2 };
    const writers = [1, 2].map(() => openFor(audit.file, settings, (what) => audit.broken.push(what)));
    let stop = false;
    const writing = writers.map(async (writer) => {
      while (!stop) await writeOneByOne(writer, 5);
    });
    const wrong: unknown[] = [];
    for (let round = 0; round < 60; round += 1) {
      const { ok, problem } = await verifyFiles(audit.file);
      if (!ok) wrong.push(problem);
    }
    stop = true;
    await Promise.all(writing);
    expect(wrong).toEqual([]);
    expect(audit.broken).toEqual([]);
    expect((await auditCommand('verify', audit.file)).stdout).toMatch(/^Whole: .* from number \d+ on/);
  });

  it('a process that starts sees by the name of the newest file that its end is gone', async () => {
    const [, , newest = '', current = ''] = audit.files;
    const { seq } = JSON.parse(readFileSync(newest, 'utf8').trimEnd().split('\n').at(-1) ?? '');
    await attack(audit, ['cut', 2, 0]);
    await attack(audit, ['remove', 3]);
    const next = openFor(current, {}, (what) => audit.broken.push(what));
    await writeOneByOne(next, 1);
    expect(audit.broken).toMatchObject([{ expected: { seq } }]);
    expect(next.head?.seq).toBe(seq + 2);
  });

  it('a file that holds something and no record is no reason to begin anew unsaid', async () => {
    for (const step of [
      ['remove', 0],
      ['remove', 1],
      ['remove', 2],
      ['remove', 3],
      ['plant', 'audit.jsonl', `${'x'.repeat(3_000_000)}\n`],
    ] as const)
      await attack(audit, step);
    const next = openFor(audit.file, {}, (what) => audit.broken.push(what));
    await writeOneByOne(next, 1);
    expect(audit.broken).toHaveLength(1);
    expect((await auditCommand('verify', audit.file)).status).toBe(1);
  });
});
