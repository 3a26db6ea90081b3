/** The nginx site in front of a real server: TLS, what is passed on, and streams that are not held back. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts } from '../listeners.ts';
import { cleanEnvironment, type Home, mainArguments, makeHome } from '../portolan.ts';

const NAME = 'portolan.example.org';
const SITE = new URL('../../../deploy/nginx/portolan.conf', import.meta.url);
let home: Home;
let folder: string;
let ca: Buffer;
let tls: number;
const running: ChildProcess[] = [];

beforeAll(async () => {
  home = makeHome();
  folder = mkdtempSync(join(tmpdir(), 'portolan-nginx-'));
  mkdirSync(join(folder, 'logs'));
  const [key, cert] = [join(folder, 'privkey.pem'), join(folder, 'fullchain.pem')];
  const words = `req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=${NAME} -addext subjectAltName=DNS:${NAME}`;
  execFileSync('openssl', [...words.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' });
  ca = readFileSync(cert);
  const first = await freePorts(3);
  const [plain, secure, upstream] = [first, first + 1, first + 2];
  tls = secure;
  const site = readFileSync(SITE, 'utf8')
    .replace(/^ *listen \[::\].*\n/gm, '')
    .replace('listen 80;', `listen 127.0.0.1:${plain};`)
    .replace('listen 443 ', `listen 127.0.0.1:${secure} `)
    .replace('127.0.0.1:8765', `127.0.0.1:${upstream}`)
    .replaceAll('/etc/ssl/portolan/', `${folder}/`)
    .replaceAll('/var/log/nginx/', `${folder}/logs/`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; error_log ${folder}/logs/error.log; events {}\nhttp { ${temporary}\n${site}}\n`,
  );
  running.push(
    spawn(process.execPath, mainArguments(home, 'serve', '--port', String(upstream)), {
      env: {
        ...cleanEnvironment(home),
        PORTOLAN_SERVER__ALLOWED_HOSTS: NAME,
        PORTOLAN_SERVER__TOKEN: 'a-secret-of-many-letters',
      },
      stdio: 'ignore',
    }),
    spawn('/usr/sbin/nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' }),
  );
  for (let round = 0; round < 80; round++) {
    if ((await ask('/health/ready').catch(() => undefined))?.status === 200) return;
    await delay(250);
  }
  throw new Error(`nothing answers:\n${readFileSync(join(folder, 'logs/error.log'), 'utf8')}`);
});
afterAll(async () => {
  for (const child of running) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
  }
  rmSync(folder, { recursive: true, force: true });
  home.remove();
});

function open(path: string, body?: object): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...{ host: '127.0.0.1', port: tls, path, ca, servername: NAME, agent: false },
        method: body ? 'POST' : 'GET',
        headers: {
          Host: NAME,
          Authorization: 'Bearer a-secret-of-many-letters',
          ...(body ? { 'Content-Type': 'application/json' } : {}),
        },
      },
      resolve,
    );
    sent.on('error', reject);
    sent.end(body ? JSON.stringify(body) : undefined);
  });
}

async function ask(path: string, body?: object): Promise<{ status: number | undefined; text: string }> {
  const answer = await open(path, body);
  let text = '';
  for await (const chunk of answer) text += chunk;
  return { status: answer.statusCode, text };
}

it('passes calls on over TLS, and keeps metrics inside', async () => {
  const answer = await ask('/tools/plan_scan/execute', { target: '127.0.0.1' });
  expect(answer.status, answer.text).toBe(200);
  expect((await ask('/metrics')).status).toBe(404);
});

it('gives events when they happen, not when the stream ends', async () => {
  const stream = await open('/events');
  expect(stream.headers['content-type']).toContain('text/event-stream');
  const told = new Promise<string>((resolve) => {
    let text = '';
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (/^event: task/m.test(text)) resolve(text);
    });
  });
  const scanned = await ask('/tools/custom_scan/execute', { command: '-sT -Pn -n -p 1 127.0.0.1' });
  expect(scanned.status, scanned.text).toBe(200);
  expect(await told).toMatch(/^id: /m);
  stream.destroy();
});

it('writes no address with its query into its log', async () => {
  await ask('/health/live?token=not-to-be-written');
  for (let round = 0; round < 40; round++) {
    if (readFileSync(join(folder, 'logs/portolan.log'), 'utf8').includes('/health/live')) break;
    await delay(50);
  }
  const log = readFileSync(join(folder, 'logs/portolan.log'), 'utf8');
  expect(log).toContain('/health/live');
  expect(log).not.toContain('not-to-be-written');
});
