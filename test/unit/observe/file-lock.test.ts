import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { lockFile } from '../../../src/observe/file-lock.ts';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-lock-'));
  lock = join(folder, 'a.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a living process writes into its lock, with something else in one place. */
async function words(place?: number, other?: string): Promise<string> {
  const unlock = await lockFile(lock);
  const parts = readFileSync(lock, 'utf8').split(' ');
  await unlock();
  return (place === undefined || other === undefined ? parts : parts.with(place, other)).join(' ');
}

const taken = async () => {
  const unlock = await lockFile(lock);
  await unlock();
  return true;
};

it('is taken over from the dead at once: no such process, or another one of its number', async () => {
  for (const dead of [await words(0, '999999999'), await words(2, '1')]) {
    writeFileSync(lock, dead);
    expect(await taken()).toBe(true);
  }
  expect(existsSync(lock)).toBe(false);
});

it('is never taken from the living, however long it was silent and whatever the clock says', async () => {
  const living = spawn('sleep', ['30'], { stdio: 'ignore' });
  try {
    const stat = readFileSync(`/proc/${living.pid}/stat`, 'latin1');
    const startedAt = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    writeFileSync(lock, (await words(0, String(living.pid))).split(' ').with(2, startedAt).join(' '));
    utimesSync(lock, 1, 1);
    await expect(lockFile(lock)).rejects.toThrow('is held by another process');
    living.kill('SIGKILL');
    await new Promise((resolve) => living.once('exit', resolve));
    expect(await taken()).toBe(true);
  } finally {
    living.kill('SIGKILL');
  }
});

it('of another container is taken when it has been silent for long', async () => {
  writeFileSync(lock, await words(1, 'another-boot/1'));
  utimesSync(lock, 1, 1);
  expect(await taken()).toBe(true);
});

it('that somebody else has by now is left to them', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const unlock = await lockFile(lock);
    vi.advanceTimersByTime(40_000);
    writeFileSync(lock, 'somebody else');
    await unlock();
    expect(readFileSync(lock, 'utf8')).toBe('somebody else');
  } finally {
    vi.useRealTimers();
  }
});
