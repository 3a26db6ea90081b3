/** Attacks on the files of an audit (files.json): `portolan audit verify` sees each, says it, and ends with 1. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { filesAside } from '../../../src/observe/audit-files.ts';
import {
  attack,
  auditCommand,
  MAIN,
  openFor,
  type ThreeFiles,
  threeFiles,
  writeOneByOne,
} from './three-files.ts';

const Step = z.tuple([z.string()], z.union([z.number(), z.string(), z.array(z.number())]));
const { attacks } = z
  .object({
    attacks: z.array(
      z.object({
        name: z.string(),
        steps: z.array(Step),
        says: z.string(),
        head: z.enum(['before', 'first']).optional(),
        heads: z.boolean().optional(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('files.json', import.meta.url), 'utf8')));

let audit: ThreeFiles;
beforeEach(async () => {
  audit = await threeFiles();
});
afterEach(() => audit.remove());

function notedHeads(): string {
  const file = join(audit.folder, 'heads.txt');
  writeFileSync(file, audit.heads.map((head) => `2026-11-29T00:00:00Z ${head}\n`).join(''));
  return file;
}

describe('an attack on files', () => {
  it.each(attacks)('$name', async ({ steps, says, head, heads }) => {
    for (const step of steps) await attack(audit, step);
    const { status, stdout, stderr } = await auditCommand(
      'verify',
      audit.file,
      ...(head ? ['--head', (head === 'first' ? audit.heads[0] : audit.heads.at(-1)) ?? ''] : []),
      ...(heads ? ['--heads', notedHeads()] : []),
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^NOT whole: /);
    expect(stdout).toMatch(new RegExp(says));
    expect(status).toBe(1);
  });

  it('is none where nothing was done: every file is read, and every head found', async () => {
    const verdict = await auditCommand('verify', audit.file, '--heads', notedHeads());
    expect(verdict).toMatchObject({ status: 0, stderr: '' });
    expect(verdict.stdout).toContain(
      `Whole: ${audit.heads.length} records; ${audit.heads.length} heads are in it`,
    );
    expect(await auditCommand('head', audit.file)).toMatchObject({
      status: 0,
      stdout: `${audit.heads.at(-1)}\n`,
    });
  });
});

describe('what was moved away on purpose', () => {
  it('is not asked for with --from, and what comes after it is', async () => {
    const [first = ''] = audit.files;
    const last = readFileSync(first, 'utf8').trimEnd().split('\n').at(-1) ?? '';
    const { seq, hash } = JSON.parse(last);
    await attack(audit, ['remove', 0]);
    const from = ['--from', `${seq}:${hash}`];
    expect(await auditCommand('verify', audit.file, ...from)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`from number ${seq + 1} on`),
    });
    // The answer without it says what to give.
    expect((await auditCommand('verify', audit.file)).stdout).toContain(from.join(' '));
    await attack(audit, ['change', 2, 40]);
    expect((await auditCommand('verify', audit.file, ...from)).status).toBe(1);
    const wrong = `${seq}:${'0'.repeat(64)}`;
    expect(await auditCommand('verify', audit.file, '--from', wrong)).toMatchObject({ status: 1 });
  });

  it('a head that is older than what is here cannot be checked, and that is said', async () => {
    const second = audit.heads[6] ?? '';
    const third = audit.heads[12] ?? '';
    const verdict = await auditCommand('verify', audit.file, '--from', third, '--head', second);
    expect(verdict.stdout).toMatch(/the head is record 7, which cannot be checked/);
    expect(verdict.status).toBe(1);
  });
});

describe('files that Portolan deletes itself', () => {
  it('are named in the chain, which is whole without them; one more that is gone is seen', async () => {
    const writer = openFor(audit.file, { maxMegabytes: 0.001, keepFiles: 2 });
    await writeOneByOne(writer, 20);
    const verdict = await auditCommand('verify', audit.file, '--heads', notedHeads());
    expect(verdict.stdout).toMatch(
      /^Whole: \d+ records; from number \d+ on .*heads are older than what is here/,
    );
    expect(verdict.status).toBe(0);
    const aside = await filesAside(audit.file);
    expect(aside.length).toBeLessThanOrEqual(3);
    await attack({ ...audit, files: aside }, ['remove', 0]);
    expect((await auditCommand('verify', audit.file)).stdout).toContain(
      'no record says that Portolan deleted them',
    );
  });
});

describe('a reader', () => {
  const piped = (end: string) =>
    spawnSync(
      'bash',
      [
        '-c',
        `"$0" "$@" ${end}; exit "\${PIPESTATUS[0]}"`,
        process.execPath,
        MAIN,
        'audit',
        'verify',
        audit.file,
      ],
      { encoding: 'utf8' },
    );

  it('that has enough after a line is no defect: `audit verify | head -1`', async () => {
    for (const end of ['| head -1', '| true', '| head -c 3'])
      expect(piped(end)).toMatchObject({ stderr: '', status: 0 });
    await attack(audit, ['change', 0, 40]);
    expect(piped('| head -1')).toMatchObject({ stderr: '', status: 1 });
  });

  it('whose disk is full is told so, with status 1', () => {
    expect(piped('>/dev/full')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Not all output could be written (ENOSPC)'),
    });
  });
});
