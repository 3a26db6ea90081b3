import { execFile } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProgram } from '../../../src/cli/program.ts';
import { Audit } from '../../../src/observe/audit.ts';
import { type Expected, type Verification, verifyFiles } from '../../../src/observe/audit-chain.ts';
import { filesAside } from '../../../src/observe/audit-files.ts';
import { canonical } from '../../../src/observe/audit-record.ts';
import { lockFile } from '../../../src/observe/file-lock.ts';

let folder: string;
let file: string;
let problems: unknown[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-audit-'));
  file = join(folder, 'audit.jsonl');
  problems = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const settings = { maxMegabytes: 0, keepFiles: 0, keepDays: 0 };
const open = (maxMegabytes = 0) =>
  new Audit(() => ({ ...settings, file, maxMegabytes }), { problem: (error) => problems.push(error) });

async function write(count: number): Promise<string[]> {
  const audit = open();
  for (let i = 1; i <= count; i += 1) audit.write('call', { tool: 'quick_scan', caller: `c${i}`, n: i });
  await audit.flush();
  expect(problems).toEqual([]);
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}

const verify = async (expected?: Expected): Promise<Verification> => await verifyFiles(file, expected);

const put = (lines: string[]) => writeFileSync(file, `${lines.join('\n')}\n`);

describe('the chain', () => {
  it('is whole as it was written, over several processes’ lives', async () => {
    await write(3);
    const lines = await write(4);
    expect(lines).toHaveLength(7);
    expect(await verify()).toMatchObject({ ok: true, records: 7, first: 1, end: { seq: 7 } });
  });

  it('shows every single changed character', async () => {
    const lines = await write(3);
    const text = `${lines.join('\n')}\n`;
    const undetected: number[] = [];
    // Every character but the line breaks, changed in turn.
    for (let at = 0; at < text.length; at += 1) {
      if (text[at] === '\n') continue;
      writeFileSync(file, `${text.slice(0, at)}${text[at] === '1' ? '2' : '1'}${text.slice(at + 1)}`);
      if ((await verify()).ok) undetected.push(at);
    }
    expect(undetected).toEqual([]);
  });

  it.each<[string, (lines: string[]) => string[]]>([
    ['removed from the middle', (lines) => lines.toSpliced(2, 1)],
    ['cut off in the middle of a line', (lines) => [...lines.slice(0, 2), (lines[2] ?? '').slice(0, 40)]],
    ['moved', (lines) => [lines[0], lines[2], lines[1], ...lines.slice(3)].map((line) => line ?? '')],
    ['said twice', (lines) => [...lines.slice(0, 2), lines[1] ?? '', ...lines.slice(2)]],
    ['added', (lines) => [...lines.slice(0, 2), '{"kind":"call","seq":3}', ...lines.slice(2)]],
    [
      'written otherwise',
      (lines) => lines.with(1, JSON.stringify(JSON.parse(lines[1] ?? ''), null, 1).replaceAll('\n', '')),
    ],
    ['emptied', (lines) => lines.with(1, '')],
  ])('shows a record that was %s', async (_, change) => {
    put(change(await write(5)));
    expect(await verify()).toMatchObject({ ok: false, problem: { line: expect.any(Number) } });
  });

  it('shows with an earlier head that the end was cut off, or written anew', async () => {
    const lines = await write(5);
    const { end } = await verify();
    expect(await verify({ head: end })).toMatchObject({ ok: true });
    put(lines.slice(0, 3));
    expect(await verify()).toMatchObject({ ok: true, records: 3 });
    expect(await verify({ head: end })).toMatchObject({
      ok: false,
      problem: { what: expect.stringContaining('cut off') },
    });
    await write(4);
    expect(await verify()).toMatchObject({ ok: true, records: 7 });
    expect(await verify({ head: end })).toMatchObject({ ok: false, problem: { line: 5 } });
  });

  it('has one form for one record, whatever the order of its names', () => {
    expect(canonical({ b: [{ z: 1, y: 2 }], a: 'x' })).toBe(canonical({ a: 'x', b: [{ y: 2, z: 1 }] }));
  });
});

describe('writing', () => {
  it('keeps one chain when several processes write at the same time', async () => {
    const script = `
      import { Audit } from ${JSON.stringify(fileURLToPath(new URL('../../../src/observe/audit.ts', import.meta.url)))};
      const audit = new Audit(() => ({ file: process.argv[1], maxMegabytes: 0.02, keepFiles: 0, keepDays: 0 }), { problem: (error) => { throw error; } });
      for (let i = 0; i < 100; i += 1) {
        audit.write('call', { writer: process.pid, i });
        if (i % 7 === 0) await audit.flush();
      }
      await audit.flush();`;
    const run = promisify(execFile);
    await Promise.all(
      Array.from({ length: 4 }, () =>
        run(process.execPath, ['--input-type=module', '-e', script, file], { env: process.env }),
      ),
    );
    expect(await verify()).toMatchObject({ ok: true, records: 400, first: 1, torn: 0 });
    // It was put aside several times meanwhile.
    expect((await filesAside(file)).length).toBeGreaterThan(2);
    expect(readdirSync(folder).filter((name) => name.includes('lock'))).toEqual([]);
  });

  it('loses nothing that comes while it writes', async () => {
    const audit = open();
    for (let i = 0; i < 500; i += 1) {
      audit.write('call', { i });
      if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await audit.flush();
    expect(await verify()).toMatchObject({ ok: true, records: 500 });
  });

  it('goes on behind a line that a crash tore, and says so; without the word for it the chain is broken', async () => {
    await write(3);
    appendFileSync(file, '{"at":"2026-11-20T00:00:00.000Z","ca');
    const lines = await write(2);
    expect(await verify()).toMatchObject({ ok: true, records: 6, torn: 1 });
    put(lines.filter((line) => !line.includes('torn_line')));
    expect(await verify()).toMatchObject({ ok: false });
  });

  it('takes over the lock of a dead process', async () => {
    writeFileSync(`${file}.lock`, (await lockWords()).replace(/^\d+/, '999999999'));
    await write(1);
    expect(await verify()).toMatchObject({ ok: true, records: 1 });
  });

  it('keeps what cannot be written, tells once, and writes it when it can', async () => {
    const blocked = new Audit(() => ({ ...settings, file: join(file, 'audit.jsonl') }), {
      problem: (error) => problems.push(error),
    });
    writeFileSync(file, 'a file where a folder should be');
    blocked.write('call', { i: 1 });
    await blocked.flush();
    blocked.write('call', { i: 2 });
    await blocked.flush();
    expect(problems).toHaveLength(1);
    expect(blocked.well).toBe(false);
    rmSync(file);
    await blocked.flush();
    expect(blocked.well).toBe(true);
    expect(readFileSync(join(file, 'audit.jsonl'), 'utf8').split('\n')).toHaveLength(3);
  });
});

/** What a living process writes into its lock. */
async function lockWords(): Promise<string> {
  const unlock = await lockFile(`${file}.words`);
  const words = readFileSync(`${file}.words`, 'utf8');
  await unlock();
  return words;
}

describe('portolan audit verify', () => {
  const run = async (...args: string[]) => {
    let status = -1;
    await createProgram((result) => {
      status = result;
    }).parseAsync(['audit', 'verify', file, ...args], { from: 'user' });
    return status;
  };

  it('ends with 0 for a whole audit and with 1 for one that is not', async () => {
    await write(3);
    expect(await run()).toBe(0);
    truncateSync(file, readFileSync(file).length - 10);
    expect(await run()).toBe(1);
  });

  it('refuses a head that is none, and a file that is not there', async () => {
    await write(1);
    await expect(run('--head', 'x')).rejects.toMatchObject({ code: 'invalid_argument' });
    rmSync(file);
    await expect(run()).rejects.toMatchObject({ code: 'file_not_found' });
  });
});
