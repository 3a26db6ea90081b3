/** The text that waits beside nmap on a scanner, run by the shells that are /bin/sh on one system or another. */
import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { beginMark } from '../../../../src/nmap/ssh/remote-shell.ts';
import { BEAT, endMark, NO_FOLDER, STOP, watchedCommand } from '../../../../src/nmap/ssh/watchdog.ts';

let count = 0;
const LIMIT = 2;

function start(shell: string, words: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  count += 1;
  const token = `test${process.pid}x${count}`.padEnd(32, 'z');
  const command = watchedCommand(words, { token, limitSeconds: LIMIT, tty: false }).replace('/bin/sh', shell);
  // As sshd does: the leader of a session of its own, reading the command with the shell of the user.
  const child = spawn('/bin/sh', ['-c', command], { detached: true, stdio: 'pipe', env });
  child.stdin.on('error', () => {}); // it may be gone while we still talk
  const said = { out: '', err: '' };
  child.stdout.on('data', (bytes) => (said.out += String(bytes)));
  child.stderr.on('data', (bytes) => (said.err += String(bytes)));
  return { child, token, said, mark: endMark(token), group: child.pid ?? -1 };
}

/** Everything that is still in the process group. */
function left(group: number): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid)) return [];
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(pgrp) === group && state !== 'Z' ? [stat] : [];
    } catch {
      return [];
    }
  });
}

/** What is left once the kernel had a moment to end what was killed. */
async function gone(group: number): Promise<string[]> {
  for (let round = 0; round < 40 && left(group).length > 0; round += 1) await delay(50);
  return left(group);
}

/** Resolves when nmap has begun to write its report. */
async function reporting(child: ChildProcess): Promise<void> {
  let text = '';
  for await (const bytes of on(child.stdout ?? child, 'data')) {
    text += String(bytes);
    if (text.includes('<?xml')) return;
  }
}

const end = (child: ChildProcess) => once(child, 'close');
const NMAP = ['nmap', '-n', '-sT', '-p', '9'];
const REPORT = ['-oX', 'scan.xml', '--', '127.0.0.1'];
const SLOW = [...NMAP.slice(0, -1), '1-60000', '--max-rate', '500', ...REPORT];

describe.each([['/bin/dash'], ['/bin/bash']])('%s', (shell) => {
  it('sends report, output and status apart, and leaves nothing', async () => {
    const { child, said, mark, token, group } = start(shell, [...NMAP, '-v', ...REPORT]);
    child.stdin.write(BEAT);
    await end(child);
    expect(said.out).toMatch(/^portolan-begin \w+\n<\?xml[\s\S]*<\/nmaprun>\n$/);
    expect(said.out.startsWith(`${beginMark(token)}\n`)).toBe(true);
    expect(said.err.startsWith(`${beginMark(token)}\n`)).toBe(true);
    expect(said.err).toMatch(/Initiating Connect Scan/);
    expect(said.err.endsWith(`${mark}0\n`)).toBe(true);
    expect(existsSync(`/tmp/portolan-${token}`)).toBe(false);
    expect(await gone(group)).toEqual([]);
  });

  it('tells what nmap says on standard error behind its status', async () => {
    const { child, said, mark, token } = start(shell, ['nmap', '--no-such-option', ...REPORT]);
    await end(child);
    expect(said.out).toBe(`${beginMark(token)}\n`);
    expect(said.err.split(mark)[1]).toMatch(/^255\n[\s\S]*unrecognized option/);
  });

  it('says that a program is missing', async () => {
    const { child, said, mark } = start(shell, ['/no/such/nmap', ...REPORT]);
    await end(child);
    expect(said.err.split(mark)[1]).toMatch(/^127\n/);
  });

  it('ends everything when it hears nothing more', async () => {
    const { child, said, mark, group } = start(shell, SLOW);
    await reporting(child);
    expect(left(group).length).toBeGreaterThan(2);
    await end(child);
    expect(said.err).not.toContain(mark);
    expect(await gone(group)).toEqual([]);
  });

  it('goes on as long as it hears us', async () => {
    const { child, group } = start(shell, SLOW);
    const talking = setInterval(() => child.stdin.write(BEAT), 300);
    await delay((LIMIT + 1.5) * 1000);
    clearInterval(talking);
    expect(child.exitCode ?? child.signalCode).toBeNull();
    child.stdin.end();
    await end(child);
    expect(await gone(group)).toEqual([]);
  });

  it('ends everything at the end of the connection', async () => {
    const { child, token, group } = start(shell, SLOW);
    await reporting(child);
    child.stdin.end();
    await end(child);
    expect(await gone(group)).toEqual([]);
    expect(existsSync(`/tmp/portolan-${token}`)).toBe(false);
  });

  it('lets nmap end in its own way when it is told to stop', async () => {
    const { child, said, mark, group } = start(shell, SLOW);
    await reporting(child);
    child.stdin.write(STOP);
    await end(child);
    // nmap catches SIGTERM and ends with 1.
    expect(said.err.split(mark)[1]).toMatch(/^(1|143)\n/);
    expect(await gone(group)).toEqual([]);
  });

  it('runs nothing in a folder that somebody else has made, and goes elsewhere', async () => {
    const folders = (token: string) => ['/tmp', '/dev/shm'].map((base) => `${base}/portolan-${token}`);
    const occupied = (before: number) => {
      const made = folders(`test${process.pid}x${count + 1}`.padEnd(32, 'z')).slice(0, before);
      for (const folder of made) mkdirSync(folder);
      return made;
    };
    const env = { PATH: '/nowhere', XDG_RUNTIME_DIR: 'relative', HOME: '' };
    const one = occupied(1);
    const elsewhere = start(shell, ['pwd'], env);
    await end(elsewhere.child);
    expect(elsewhere.said.err).toContain(`${folders(elsewhere.token)[1]}\n`);
    const both = occupied(2);
    const nowhere = start(shell, ['pwd'], env);
    await end(nowhere.child);
    expect(nowhere.child.exitCode).toBe(NO_FOLDER);
    for (const folder of [...one, ...both]) rmdirSync(folder);
  });
});

it('is one text for every scan: only its arguments differ', () => {
  const text = (words: string[]) =>
    watchedCommand(words, { token: 'a'.repeat(32), limitSeconds: 9, tty: false });
  const [script] = text(['nmap']).split(' portolan ');
  expect(text(['nmap', "'; touch /tmp/x; '"]).startsWith(`${script} portolan `)).toBe(true);
  expect(script?.match(/'/g)).toHaveLength(2);
  expect(script).not.toMatch(/[\\\n]|!(?! )/);
  expect(() => watchedCommand([], { token: '$(id)', limitSeconds: 9, tty: false })).toThrow(TypeError);
});
