/** `portolan service`: a server in the background, as a person starts and stops it. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { isAlive } from '../../src/nmap/machine/processes.ts';
import { cleanEnvironment, type Home, mainArguments, makeHome } from './portolan.ts';

let home: Home;
let pidFile: string;
let config: string;
beforeAll(() => {
  home = makeHome();
  pidFile = join(home.folder, 'service.json');
  mkdirSync(join(home.folder, '.config', 'portolan'), { recursive: true });
  config = join(home.folder, '.config', 'portolan', 'portolan.yaml');
});
afterEach(() => {
  service('stop');
  writeFileSync(config, '# all defaults\n');
});
afterAll(() => home.remove());

function service(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const args = mainArguments(home, 'service', ...words, '--set', 'server.port=0');
  return spawnSync(process.execPath, args, { env: cleanEnvironment(home), encoding: 'utf8' });
}
const noted = () => JSON.parse(readFileSync(pidFile, 'utf8')) as { pid: number; url: string };

it('starts, says where it listens, answers there, and stops', async () => {
  expect(service('status')).toMatchObject({ status: 3, stdout: 'Portolan does not run.\n' });
  const started = service('start');
  expect(started).toMatchObject({ status: 0, stderr: '' });
  const { pid, url } = noted();
  expect(started.stdout).toContain(`Portolan listens on ${url} (process ${pid})`);
  expect((await fetch(new URL('/health/live', url))).status).toBe(200);
  expect(service('start').stdout).toContain('runs already');
  expect(noted().pid).toBe(pid);
  const { stdout, status } = service('status', '--json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ running: true, pid, url });
  expect(service('logs', '--lines', '100').stdout).toContain(`Portolan listens on ${url}`);
  expect(service('stop')).toMatchObject({ status: 0, stdout: 'Portolan has ended.\n' });
  expect(isAlive(pid)).toBe(false);
  expect(service('status').status).toBe(3);
  expect(service('stop')).toMatchObject({ status: 0, stdout: 'Portolan does not run.\n' });
});

it('restarts as it was started, and does not end a server for a configuration that it would not start with', async () => {
  service('start', '--set', 'server.path=/elsewhere');
  const before = noted();
  writeFileSync(config, 'scans:\n  queueLimit: lots\n');
  expect(service('validate').status).not.toBe(0);
  const refused = service('restart');
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toContain('scans.queueLimit');
  expect(isAlive(before.pid)).toBe(true);
  writeFileSync(config, 'scans:\n  queueLimit: 7\n');
  expect(service('validate')).toMatchObject({
    status: 0,
    stdout: `The configuration is valid: ${config}.\n`,
  });
  expect(service('restart').status).toBe(0);
  const after = noted();
  expect(after.pid).not.toBe(before.pid);
  expect(isAlive(before.pid)).toBe(false);
  expect((await fetch(new URL('/health/live', after.url))).status).toBe(200);
});

it('a server that was killed is known to be gone, and another one starts', async () => {
  service('start');
  const { pid } = noted();
  process.kill(pid, 'SIGKILL');
  for (let round = 0; round < 100 && isAlive(pid); round++) await delay(50);
  const { status, stdout } = service('status');
  expect(status).toBe(3);
  expect(stdout).toContain(`the last one (process ${pid}) ended without saying so`);
  expect(service('start').status).toBe(0);
  expect(noted().pid).not.toBe(pid);
});

it('a server that somebody else asked to stop has ended as it should', async () => {
  service('start');
  const { pid } = noted();
  process.kill(pid, 'SIGTERM');
  for (let round = 0; round < 200 && isAlive(pid); round++) await delay(50);
  expect(service('status')).toMatchObject({ status: 3, stdout: 'Portolan does not run.\n' });
});

it('its log is begun anew when it is large, before it starts and while it runs, and the newest are kept', async () => {
  const log = join(home.folder, 'service.log');
  writeFileSync(log, 'of an earlier one\n'.repeat(1000));
  writeFileSync(config, 'logging:\n  maxMb: 0.01\n  keepFiles: 2\n');
  const asides = () => readdirSync(home.folder).filter((name) => name.startsWith('service.log.'));
  const started = spawnSync(
    process.execPath,
    // Each request is a line.
    mainArguments(home, 'service', 'start', '--set', 'server.port=0').map((word) =>
      word === 'logging.level=warn' ? 'logging.level=info' : word,
    ),
    { env: cleanEnvironment(home) },
  );
  expect(started.status).toBe(0);
  expect(asides()).toHaveLength(1);
  expect(readFileSync(log, 'utf8')).not.toContain('of an earlier one');
  const { url } = noted();
  for (let request = 0; request < 300; request++) await (await fetch(new URL('/tools', url))).arrayBuffer();
  expect(asides()).toHaveLength(2);
  expect(statSync(log).size).toBeLessThan(12_000);
  expect(service('logs', '--lines', '1').stdout).toContain('path=/tools');
  expect(service('stop').stdout).toBe('Portolan has ended.\n');
});

it('a pid that belongs to another process by now is not taken for the service, nor killed', async () => {
  const other = spawn('sleep', ['60'], { stdio: 'ignore' });
  writeFileSync(pidFile, JSON.stringify({ pid: other.pid, startTicks: 1, startedAt: 0, args: [] }));
  expect(service('status').status).toBe(3);
  expect(service('stop').stdout).toBe('Portolan does not run.\n');
  expect(isAlive(other.pid ?? -1)).toBe(true);
  other.kill();
});

it('a server that cannot start says why, and leaves nothing behind', () => {
  writeFileSync(config, 'server:\n  host: 0.0.0.0\n');
  const { status, stderr } = service('start');
  expect(status).not.toBe(0);
  expect(stderr).toContain('without a token');
  expect(service('status').stdout).toBe('Portolan does not run.\n');
});

it('with server.transport: http, portolan alone serves HTTP, as servers did that had one command', async () => {
  const server = spawn(process.execPath, mainArguments(home), {
    env: { ...cleanEnvironment(home), MCP_SERVER_TRANSPORT: 'http', MCP_SERVER_PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    server.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /listens on (\S+)/.exec(text)?.[1];
      if (found) resolve(found);
    });
    server.once('exit', () => reject(new Error(text)));
  });
  expect((await fetch(new URL('/health/live', url))).status).toBe(200);
  server.kill('SIGTERM');
  await ended;
});
