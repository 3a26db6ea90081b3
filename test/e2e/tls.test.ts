/** The server over TLS of its own: served, renewed while it runs, and said in words that can be pasted. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { freePorts } from './listeners.ts';
import { cleanEnvironment, type Home, mainArguments, makeHome } from './portolan.ts';

const TOKEN = 'canary-root-token-0815-4711';
let home: Home;
let port: number;
let child: ChildProcess | undefined;
let said = '';

beforeAll(async () => {
  port = await freePorts(1);
});
beforeEach(() => {
  home = makeHome();
});
afterEach(async () => {
  await stop();
  home.remove();
});

/** A certificate for this machine and its key, as a program for renewal leaves them: whole files, put in place by name. */
function certify(cert = join(home.folder, 'cert.pem'), key = join(home.folder, 'key.pem')): string {
  const fresh = join(home.folder, 'fresh');
  mkdirSync(fresh, { recursive: true });
  const words = 'req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=portolan';
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', join(fresh, 'key.pem'), '-out', join(fresh, 'cert.pem')];
  execFileSync('openssl', [...words.split(' '), ...names, ...files], { stdio: 'ignore' });
  renameSync(join(fresh, 'cert.pem'), cert);
  renameSync(join(fresh, 'key.pem'), key);
  rmSync(fresh, { recursive: true });
  return readFileSync(cert, 'utf8');
}

const tls = () =>
  `server.tls=${JSON.stringify({ cert: join(home.folder, 'cert.pem'), key: join(home.folder, 'key.pem') })}`;

async function serve(...words: string[]): Promise<void> {
  said = '';
  const started = spawn(process.execPath, mainArguments(home, 'serve', '--port', String(port), ...words), {
    env: { ...cleanEnvironment(home), PORTOLAN_SERVER__TOKEN: TOKEN },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child = started;
  started.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until(() => said.includes('# This command line') || started.exitCode !== null);
}

async function stop(): Promise<void> {
  if (child?.exitCode !== null) return;
  const ended = new Promise((resolve) => child?.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let round = 0; round < 100; round++) {
    if (await holds()) return;
    await delay(100);
  }
  throw new Error(`it never came true:\n${said}`);
}

interface Ended {
  status: number | string | null | undefined;
  output: string;
}
function portolan(env: Record<string, string>, ...words: string[]): Promise<Ended> {
  // What is done elsewhere takes no settings of this machine.
  const args = words.includes('--url')
    ? [...mainArguments(home).slice(0, 1), ...words]
    : mainArguments(home, ...words);
  const all = { ...cleanEnvironment(home), PORTOLAN_TOKEN: TOKEN, PORTOLAN_SERVER__TOKEN: TOKEN, ...env };
  return new Promise((resolve) =>
    execFile(process.execPath, args, { env: all }, (error, stdout, stderr) =>
      resolve({ status: error ? error.code : 0, output: stdout + stderr }),
    ),
  );
}

/** The serial number of the certificate that a new connection is shown. */
function shown(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.end();
    });
    socket.once('error', reject);
  });
}

it('serves a client over TLS, and is asked for its health wherever it listens', async () => {
  certify();
  await serve('--set', tls());
  expect(said).toContain(`Portolan listens on https://127.0.0.1:${port}/mcp`);
  expect(said).not.toContain('http://');
  const url = `https://localhost:${port}/mcp`;
  const called = await portolan(
    { NODE_EXTRA_CA_CERTS: join(home.folder, 'cert.pem') },
    'call',
    '--url',
    url,
    'plan_scan',
    'target=127.0.0.1',
  );
  expect(called).toMatchObject({ status: 0, output: expect.stringContaining('127.0.0.1') });
  const distrusted = await portolan({}, 'call', '--url', url, 'plan_scan', 'target=127.0.0.1');
  expect(distrusted).toMatchObject({ status: 1, output: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
  await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow();

  expect(await portolan({}, 'health')).toMatchObject({ status: 0, output: expect.stringContaining('Ready') });
  await stop();
  expect((await portolan({}, 'health')).status).toBe(1);
});

it('takes a renewed certificate, and refuses a key that does not fit', async () => {
  certify();
  await serve('--set', tls());
  const first = await shown();
  certify();
  await until(async () => (await shown()) !== first);
  const second = await shown();

  certify(join(home.folder, 'cert.pem'), join(home.folder, 'other.pem'));
  await until(() => said.includes('certificate refused; the one before goes on'));
  expect(await shown()).toBe(second);
  expect(said).not.toContain('PRIVATE KEY');
  renameSync(join(home.folder, 'other.pem'), join(home.folder, 'key.pem'));
  await until(async () => (await shown()) !== second);
});

it('does not start with a certificate that cannot be used, and doctor says the same', async () => {
  certify();
  writeFileSync(join(home.folder, 'key.pem'), 'no key\n');
  await serve('--set', tls());
  expect(child?.exitCode).toBe(2);
  expect(said).toContain('server.tls cannot be used');
  const { output } = await portolan({}, 'doctor', '--set', tls());
  expect(output).toMatch(/note +certificate +server\.tls cannot be used/);
  certify();
  expect((await portolan({}, 'doctor', '--set', tls())).output).toMatch(
    /ok +certificate +\S+cert\.pem, valid until/,
  );
});

it('says an address that can be used, and warns of clear text, when it listens on all of them', async () => {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.internal === false && one.family === 'IPv4')?.address;
  await serve('--host', '0.0.0.0');
  expect(said).toContain(`Portolan listens on http://127.0.0.1:${port}/mcp\n`);
  expect(said).toContain(`"url": "http://${outside ?? '127.0.0.1'}:${port}/mcp"`);
  expect(said).not.toMatch(/https?:\/\/(0\.0\.0\.0|\[::\])/);
  expect(said).toContain('in clear text on 0.0.0.0');
  expect(await portolan({}, 'health')).toMatchObject({ status: 0 });
  await stop();

  certify();
  await serve('--host', '0.0.0.0', '--set', tls(), '--set', 'server.allowedHosts=scan.example.org');
  expect(said).toContain(`"url": "https://scan.example.org:${port}/mcp"`);
  expect(said).not.toContain('clear text');
  await stop();

  await serve('--host', '0.0.0.0', '--set', 'server.publicUrl=https://portolan.example.org');
  expect(said).toContain('"url": "https://portolan.example.org/mcp"');
  expect(said).not.toContain('clear text');
});
