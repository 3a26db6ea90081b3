/** An audit of three files put aside and the current one, in a folder of its own, and what can be done to it. */
import { execFile, execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Audit, type AuditSettings, type BrokenChain } from '../../../src/observe/audit.ts';
import { filesAside } from '../../../src/observe/audit-files.ts';
import { canonical, sha256 } from '../../../src/observe/audit-record.ts';
import { MAIN } from '../../built.ts';

export { MAIN };

export interface Verdict {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** `portolan audit …` as a person runs it. A command that hangs is ended, and has no status. */
export function auditCommand(...args: string[]): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, 'audit', ...args],
      { encoding: 'utf8', timeout: 60_000, env: { PATH: process.env['PATH'], HOME: tmpdir() } },
      (error, stdout, stderr) => {
        const code = error?.code;
        resolve({ status: error ? (typeof code === 'number' ? code : null) : 0, stdout, stderr });
      },
    );
  });
}

export interface ThreeFiles {
  folder: string;
  /** The current file. */
  file: string;
  /** Oldest first, the current one last. */
  files: string[];
  /** It wrote them, and goes on. */
  audit: Audit;
  /** What it found broken. */
  broken: BrokenChain[];
  heads: string[];
  remove(): void;
}

export const openFor = (
  file: string,
  changed: Partial<AuditSettings> = {},
  broken?: (what: BrokenChain) => void,
): Audit =>
  new Audit(() => ({ file, maxMegabytes: 0, keepFiles: 0, keepDays: 0, ...changed }), {
    problem: (error) => {
      throw error;
    },
    ...(broken ? { broken } : {}),
  });

/** Writes one record at a time, each on disk before the next. */
export async function writeOneByOne(audit: Audit, count: number): Promise<string[]> {
  const heads: string[] = [];
  for (let n = 0; n < count; n += 1) {
    audit.write('call', { tool: 'quick_scan', caller: 'ann', n });
    await audit.flush();
    heads.push(`${audit.head?.seq}:${audit.head?.hash}`);
  }
  return heads;
}

export async function threeFiles(): Promise<ThreeFiles> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-attack-'));
  const file = join(folder, 'audit.jsonl');
  const broken: BrokenChain[] = [];
  const audit = openFor(file, { maxMegabytes: 0.001 }, (what) => broken.push(what));
  const heads: string[] = [];
  // Five records are more than a kibibyte.
  while ((await filesAside(file)).length < 3) heads.push(...(await writeOneByOne(audit, 1)));
  heads.push(...(await writeOneByOne(audit, 3)));
  const files = [...(await filesAside(file)), file];
  return { folder, file, files, audit, broken, heads, remove: () => rmSync(folder, { recursive: true }) };
}

type Step = readonly [string, ...(string | number | readonly number[])[]];

/** Does one step of an attack (files.json). */
export async function attack(to: ThreeFiles, [what, place, more]: Step): Promise<void> {
  const name = typeof place === 'number' ? (to.files[place] ?? '') : '';
  const lines = () => readFileSync(name, 'utf8').trimEnd().split('\n');
  const inFirstLine = (bytes: Buffer) => {
    const text = readFileSync(name);
    writeFileSync(name, Buffer.concat([bytes, text]));
  };
  const STEPS: Record<string, () => void | Promise<void>> = {
    change: () => {
      const bytes = readFileSync(name);
      const at = Number(more);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(name, bytes);
    },
    changeLast: () => {
      const bytes = readFileSync(name);
      const at = bytes.length - 12;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(name, bytes);
    },
    // What is left is a record as anybody could write it: only its hash is not that of its words.
    callAnnBob: () => {
      const text = readFileSync(name, 'utf8');
      const at = text.lastIndexOf('"ann"');
      writeFileSync(name, `${text.slice(0, at)}"bob"${text.slice(at + 5)}`);
    },
    // As callAnnBob, by somebody who knows how the hash is made.
    callAnnBobWithHash: () => {
      const before = lines();
      const { prev, hash: _, ...body } = JSON.parse((before.pop() ?? '').replace('"ann"', '"bob"'));
      const hash = sha256(`${prev}\n${canonical(body)}`);
      writeFileSync(name, `${[...before, canonical({ ...body, prev, hash })].join('\n')}\n`);
    },
    renameTo: () => renameSync(name, join(to.folder, String(more))),
    remove: () => rmSync(name),
    swap: () => {
      const other = to.files[Number(more)] ?? '';
      renameSync(name, `${name}.x`);
      renameSync(other, name);
      renameSync(`${name}.x`, other);
    },
    cut: () => truncateSync(name, Number(more)),
    cutLine: () => writeFileSync(name, `${lines().slice(0, -1).join('\n')}\n`),
    cutBytes: () => truncateSync(name, readFileSync(name).length - Number(more)),
    repeat: () => writeFileSync(name, `${[...lines(), lines().at(-1)].join('\n')}\n`),
    carriageReturn: () => writeFileSync(name, `${lines().join('\r\n')}\n`),
    insert: () => inFirstLine(Buffer.from(String(more))),
    insertBytes: () => inFirstLine(Buffer.from(more as readonly number[])),
    append: () => appendFileSync(name, String(more)),
    appendLong: () => appendFileSync(name, Buffer.alloc(Number(more), 'x')),
    appendDeep: () => appendFileSync(name, `${'['.repeat(Number(more))}\n`),
    link: () => {
      rmSync(name);
      symlinkSync(String(more), name);
    },
    linkToCopy: () => {
      copyFileSync(name, `${name}.copy`);
      rmSync(name);
      symlinkSync(`${name}.copy`, name);
    },
    pipe: () => {
      rmSync(name);
      execFileSync('mkfifo', [name]);
    },
    folder: () => {
      rmSync(name);
      mkdirSync(name);
    },
    plant: () => writeFileSync(join(to.folder, String(place)), String(more)),
    anew: async () => {
      for (const one of to.files) rmSync(one);
      await writeOneByOne(openFor(to.file), 40);
    },
  };
  const step = STEPS[what];
  if (!step) throw new Error(`no step ${what}`);
  await step();
}
