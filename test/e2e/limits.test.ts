/** Each limit on the programs we start, exceeded by a real nmap. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findNmap, type NmapInstall } from '../../src/nmap/machine/install.ts';
import { DEFAULT_LIMITS, type ProcessLimits } from '../../src/nmap/machine/limits-and-leash.ts';
import { runNmap, type ScanOutcome } from '../../src/nmap/run/run.ts';
import { createLocalRunner } from '../../src/nmap/run/start-scanner.ts';
import { allow } from '../unit/nmap/allow.ts';

let folder: string;
let nmap: NmapInstall;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-limits-'));
  nmap = await findNmap();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let runs = 0;
async function scan(
  command: string,
  limits: Partial<ProcessLimits>,
  running: (pid: number) => void = () => {},
): Promise<ScanOutcome> {
  runs += 1;
  let child = 0;
  return await runNmap(await allow(command), {
    nmap,
    runner: createLocalRunner(() => ({ ...DEFAULT_LIMITS, ...limits })),
    directory: join(folder, String(runs)),
    taskId: `limits-${runs}`,
    signal: new AbortController().signal,
    on: {
      started: ({ pid }) => {
        child = pid;
      },
      host: () => {},
      openPort: () => {},
      progress: () => running(child),
    },
  });
}

it('ends an nmap that uses up its processor time, and says which limit that was', async () => {
  const outcome = await scan('-sT -Pn -n -T5 -p 1-65535 127.0.0.1-16', { cpuSeconds: 1 });
  expect(outcome).toMatchObject({
    end: 'failed',
    error: { code: 'resource_exhausted', limit: 'scans.maxCpuSeconds' },
  });
});

it.each([
  ['nmap itself', 24],
  ['its script engine', 34],
])('gives %s no more address space than allowed', async (_, memoryMb) => {
  const outcome = await scan('-sT -Pn -n -sV -p 1-300 127.0.0.1', { memoryMb });
  expect(outcome).toMatchObject({
    end: 'failed',
    error: { code: 'resource_exhausted', limit: 'scans.maxMemoryMb' },
  });
});

it('lets it open no more files and sockets than allowed', async () => {
  const outcome = await scan('-sT -Pn -n -p 1-300 127.0.0.1', { openFiles: 8 });
  expect(outcome).toMatchObject({
    end: 'failed',
    error: { code: 'resource_exhausted', limit: 'scans.maxOpenFiles' },
  });
});

it('lets it leave no core dump, where we might', async () => {
  const before = /^Max core file size\s+(\S+)\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  execFileSync('prlimit', ['--pid', String(process.pid), '--core=unlimited:unlimited']);
  try {
    let limits = '';
    await scan('-sT -Pn -n -p 1-1000 --max-rate 2000 127.0.0.1', {}, (pid) => {
      // nmap has spoken, so the launchers before it are done.
      limits ||= readFileSync(`/proc/${pid}/limits`, 'utf8');
    });
    expect(readFileSync('/proc/self/limits', 'utf8')).toMatch(/^Max core file size\s+unlimited/m);
    expect(limits).toMatch(/^Max core file size\s+0\s+0\s/m);
  } finally {
    execFileSync('prlimit', ['--pid', String(process.pid), `--core=${before?.[1]}:${before?.[2]}`]);
  }
});

it('does not hinder a scan that stays within the limits of the defaults', async () => {
  expect(await scan('-sT -Pn -n -sV -p 1-300 127.0.0.1', {})).toMatchObject({ end: 'completed' });
});
