/** The mounts of compose.yaml, made by the kernel as an engine makes them: a changed configuration arrives through them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { freePorts } from '../listeners.ts';
import { cleanEnvironment, type Home, mainArguments, makeHome } from '../portolan.ts';

const COMPOSE = fileURLToPath(new URL('../../../deploy/compose/', import.meta.url));
const TOKEN = 'canary-root-token-0815-4711';
const { services } = z
  .object({
    services: z.object({
      portolan: z.object({
        environment: z.object({ PORTOLAN_CONFIG: z.string() }),
        volumes: z.array(z.string()),
      }),
    }),
  })
  .parse(parse(readFileSync(join(COMPOSE, 'compose.yaml'), 'utf8')));

let home: Home;
let child: ChildProcess;
let said = '';
let port: number;
beforeAll(async () => {
  home = makeHome();
  port = await freePorts(1);
});
afterAll(async () => {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null && child.kill('SIGTERM')) await ended;
  home.remove();
});

const host = (path: string) => join(home.folder, 'host', path);
const inside = (path: string) => join(home.folder, 'container', path);

/** Each volume as a bind mount, read-only, in a namespace of the process; the last words are run there. */
const MOUNT =
  'while [ "$1" != -- ]; do mount --bind "$1" "$2" && mount -o remount,ro,bind "$2" || exit 9; shift 2; done; shift; exec "$@"';

function mounts(): string[] {
  return services.portolan.volumes
    .filter((volume) => volume.startsWith('./'))
    .flatMap((volume) => {
      const [from = '', to = ''] = volume.split(':');
      if (from.startsWith('./secrets')) {
        mkdirSync(host(from), { recursive: true });
        writeFileSync(join(host(from), 'token'), `${TOKEN}\n`);
      } else cpSync(join(COMPOSE, from), host(from), { recursive: true });
      mkdirSync(dirname(inside(to)), { recursive: true });
      if (statSync(host(from)).isDirectory()) mkdirSync(inside(to));
      else writeFileSync(inside(to), '');
      return [host(from), inside(to)];
    });
}

/** As editors, and whoever wants no half-written file to be read, do it. */
function replace(path: string, change: (text: string) => string): void {
  writeFileSync(`${path}.new`, change(readFileSync(path, 'utf8')));
  renameSync(`${path}.new`, path);
}

async function plan(token: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/tools/plan_scan/execute`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({ target: '203.0.113.9' }),
  }).catch(() => undefined);
  return answer ? await answer.text() : '';
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 100; round++) {
    if (await holds()) return;
    await delay(100);
  }
  throw new Error(`it never came true:\n${said}`);
}

it('a configuration that is replaced by another file counts, and so does a token after SIGHUP', async () => {
  const pairs = mounts();
  const config = inside(services.portolan.environment.PORTOLAN_CONFIG);
  // The paths in it are those of the container.
  const hostConfig = host('./config/portolan.yaml');
  replace(hostConfig, (text) => text.replace('file:/', `file:${inside('/')}`).replace('9464', '0'));
  child = spawn(
    'unshare',
    [
      ...['--mount', 'sh', '-c', MOUNT, 'sh', ...pairs, '--', process.execPath],
      ...mainArguments(home, 'serve', '--port', String(port), '--config', config),
    ],
    { env: cleanEnvironment(home), stdio: ['ignore', 'ignore', 'pipe'] },
  );
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until(async () => (await plan(TOKEN)).includes('out_of_scope'));
  replace(hostConfig, (text) => text.replace('allowedNetworks: []', 'allowedNetworks: [203.0.113.0/28]'));
  await until(async () => !(await plan(TOKEN)).includes('out_of_scope'));

  replace(host('./secrets/portolan/token'), () => 'another-token-of-many-letters\n');
  child.kill('SIGHUP');
  await until(async () => (await plan('another-token-of-many-letters')).includes('203.0.113.9'));
  expect(await plan(TOKEN)).toContain('unauthorized');
});
