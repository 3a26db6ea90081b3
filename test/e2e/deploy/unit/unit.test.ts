/** The server under the filter, the capabilities and the user of the shipped unit: everything must work there too. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts } from '../../listeners.ts';
import { cleanEnvironment, type Home, mainArguments, makeHome } from '../../portolan.ts';
import { directive, UNIT_USER, underUnit, unitRules } from './unit.ts';

const NOTIFIED = fileURLToPath(new URL('notified.py', import.meta.url));
let home: Home;
let rules: string;
let server: ChildProcess;
let origin: string;
let systemd: ChildProcess;
/** What the server told systemd. */
let told = '';

beforeAll(async () => {
  home = makeHome();
  chmodSync(home.folder, 0o700);
  chownSync(home.folder, UNIT_USER, UNIT_USER);
  rules = join(home.folder, 'rules.json');
  writeFileSync(rules, JSON.stringify(unitRules()), { mode: 0o644 });
  systemd = spawn('/usr/bin/python3', [NOTIFIED, join(home.folder, 'notify')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  systemd.stdout?.on('data', (chunk: Buffer) => {
    told += chunk.toString();
  });
  await until(() => told.includes('listening'));
  writeFileSync(join(home.folder, 'portolan.yaml'), '{}\n', { mode: 0o644 });
  server = await serve();
});
afterAll(async () => {
  const ended = new Promise((resolve) => server.once('exit', resolve));
  if (server.exitCode === null && server.signalCode === null && server.kill('SIGTERM')) await ended;
  systemd.kill();
  home.remove();
});

async function serve(): Promise<ChildProcess> {
  const port = await freePorts(1);
  const [program, ...words] = underUnit(
    rules,
    process.execPath,
    ...mainArguments(home, 'serve', '--port', String(port), '--config', join(home.folder, 'portolan.yaml')),
  );
  const env = {
    ...cleanEnvironment(home),
    NOTIFY_SOCKET: join(home.folder, 'notify'),
    WATCHDOG_USEC: '1000000',
  };
  const child = spawn(program, words, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  origin = `http://127.0.0.1:${port}`;
  for (let round = 0; round < 100 && child.exitCode === null; round++) {
    if ((await fetch(`${origin}/health/live`).catch(() => undefined))?.ok) return child;
    await delay(100);
  }
  throw new Error(`it does not listen: ${said}`);
}

async function until(holds: () => boolean): Promise<void> {
  for (let round = 0; round < 100 && !holds(); round++) await delay(100);
  expect(holds(), told).toBe(true);
}

async function execute(tool: string, args: object, headers: Record<string, string> = {}): Promise<string> {
  const answer = await fetch(`${origin}/tools/${tool}/execute`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(args),
  });
  return await answer.text();
}

it('the filter is one: what the unit takes away cannot be done', () => {
  const [program, ...words] = underUnit(
    rules,
    '/usr/bin/python3',
    '-c',
    [
      'import os, socket',
      'for attempt in (lambda: os.chroot("/"), lambda: os.setgroups([0]), lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)):',
      '  try: attempt()',
      '  except OSError as error: print(error.errno)',
    ].join('\n'),
  );
  expect(execFileSync(program, words, { encoding: 'utf8' }).trim().split('\n')).toEqual(['1', '1', '97']);
});

it('tells systemd that it is ready, lives and reloads', async () => {
  expect(directive('Type')).toEqual(['notify']);
  // It is systemd-notify that speaks, not the main process.
  expect(directive('NotifyAccess')).toEqual(['all']);
  await until(() => told.includes(`READY=1 STATUS=Listens on ${origin}/mcp`));
  await until(() => told.includes('WATCHDOG=1'));
  server.kill('SIGHUP');
  await until(() => /RELOADING=1 MONOTONIC_USEC=\d+\n(.*\n)*READY=1\n/.test(told));
});

it.each(['127.0.0.1', '::1'])('pings %s', async (target) => {
  const said = await execute('PingTool', { target, extra_args: '-c 1' });
  expect(said).toContain('1 packets transmitted, 1 received');
});

it('shows the way', async () => {
  expect(await execute('TracerouteTool', { target: '127.0.0.1' })).toMatch(/"address":"127\.0\.0\.1"/);
});

it('sends raw packets', async () => {
  const said = await execute('custom_scan', { command: '-sS -O -Pn -n -p 1 127.0.0.1' });
  expect(said).toContain('"status":"completed"');
  expect(said).toContain('--privileged');
});

it('says that nothing is missing there', () => {
  const [program, ...words] = underUnit(rules, process.execPath, ...mainArguments(home, 'doctor', '--json'));
  const { ok, findings } = JSON.parse(
    execFileSync(program, words, { encoding: 'utf8', env: cleanEnvironment(home) }),
  );
  expect(findings.filter((one: { ok: boolean }) => !one.ok)).toEqual([]);
  expect(findings.map((one: { name: string }) => one.name)).toEqual(
    expect.arrayContaining(['leash', 'ping', 'traceroute']),
  );
  expect(ok).toBe(true);
});

it('tells systemd when it stops', async () => {
  server.kill('SIGTERM');
  await until(() => server.exitCode === 0);
  expect(told).toContain('STOPPING=1');
  server = await serve();
});

it('takes its scanner with it when it is killed', async () => {
  const mark = '41000-41999';
  await execute(
    'custom_scan',
    { command: `-sS -Pn -n -p ${mark} --max-rate 10 127.0.0.1` },
    { Prefer: 'respond-async' },
  );
  const scanners = () => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isScanner(pid, mark));
  for (let round = 0; round < 100 && scanners().length === 0; round++) await delay(100);
  expect(scanners()).not.toEqual([]);
  server.kill('SIGKILL');
  for (let round = 0; round < 50 && scanners().length > 0; round++) await delay(100);
  expect(scanners()).toEqual([]);
});

function isScanner(pid: string, mark: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words[0]?.endsWith('nmap') === true && words.includes(mark);
  } catch {
    return false;
  }
}
