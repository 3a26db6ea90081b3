/** Browsers at the real server: logging in, what outlives a restart, what ends a session, and what the audit says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  cleanEnvironment,
  type Home,
  mainArguments,
  makeHome,
  originOf,
  runPortolan,
  terminate,
} from './portolan.ts';

let home: Home;
let server: { origin: string; said(): string; stop(): Promise<void> };
const secrets: string[] = [];

async function serve(...settings: string[]): Promise<typeof server> {
  const child: ChildProcess = spawn(
    process.execPath,
    mainArguments(home, 'serve', '--port', '0', ...settings),
    {
      env: cleanEnvironment(home),
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  return { origin: await originOf(child), said: () => said, stop: () => terminate(child) };
}
beforeAll(async () => {
  home = makeHome();
  secrets.push(await tokenNamed('ann'));
  server = await serve();
});
afterAll(async () => {
  await server.stop();
  home.remove();
});

async function tokenNamed(name: string): Promise<string> {
  const args = ['token', 'create', name, '--scopes', 'admin,scan:read,scan:run', '--db', home.database];
  return /portolan_\S+/.exec((await runPortolan(home, args)).stdout)?.[0] ?? '';
}

/** A browser: it keeps the cookie, and has what its page knows. */
async function browser(given: object) {
  const answer = await fetch(`${server.origin}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: server.origin },
    body: JSON.stringify(given),
  });
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  secrets.push(...cookie.split(/[=.]/).slice(1));
  const { csrf } = (await answer.json()) as { csrf?: string };
  if (csrf) secrets.push(csrf);
  return {
    status: answer.status,
    ask: (method: string, path: string, body?: unknown, at = server.origin) =>
      fetch(at + path, {
        method,
        headers: { cookie, 'content-type': 'application/json', 'x-portolan-csrf': csrf ?? '' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}
const audit = () =>
  readFileSync(join(home.folder, 'audit.jsonl'), 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));

it('a token is given once, and what it may do is done by its name, at every server, also after a restart', async () => {
  const ann = await browser({ token: secrets[0] });
  expect(ann.status).toBe(200);
  const who = await (await ann.ask('GET', '/session')).json();
  expect(who).toMatchObject({ name: 'ann', scopes: ['scan:read', 'scan:run', 'admin'], how: 'token' });
  const events = new AbortController();
  expect((await ann.ask('GET', '/events')).status).toBe(200);
  events.abort();
  const second = await serve();
  try {
    expect(
      (await ann.ask('POST', '/tools/plan_scan/execute', { target: '127.0.0.1' }, second.origin)).status,
    ).toBe(200);
  } finally {
    await second.stop();
  }
  await server.stop();
  server = await serve();
  expect((await ann.ask('POST', '/tools/plan_scan/execute', { target: '127.0.0.1' })).status).toBe(200);
  await expect
    .poll(() => audit().map(({ kind, caller, how }) => [kind, caller, how]))
    .toContainEqual(['session_opened', 'ann', 'token']);
});

it('a log-out and a revoked token end it at once', async () => {
  secrets.push(await tokenNamed('bob'));
  const token = secrets.at(-1);
  const [one, two] = [await browser({ token }), await browser({ token })];
  expect((await one.ask('DELETE', '/session')).status).toBe(204);
  expect((await one.ask('GET', '/tasks')).status).toBe(401);
  expect((await two.ask('GET', '/tasks')).status).toBe(200);
  await runPortolan(home, ['token', 'revoke', 'bob', '--db', home.database]);
  await expect.poll(async () => (await two.ask('GET', '/tasks')).status, { timeout: 5000 }).toBe(401);
  expect((await browser({ token })).status).toBe(401);
  await expect
    .poll(() => audit().map(({ kind, caller, reason }) => [kind, caller ?? reason]))
    .toEqual(
      expect.arrayContaining([
        ['session_closed', 'bob'],
        ['request_refused', 'wrong token'],
      ]),
    );
});

it('portolan open makes a link that logs in once, with no code in the arguments of any process', async () => {
  const bin = join(home.folder, 'bin');
  mkdirSync(bin);
  const seen = join(home.folder, 'seen');
  // What a desktop has: it is given an address, and here tells what it was.
  const script = `#!/bin/sh\nprintf '%s\\n' "$@" > ${seen}.part; cat "$(printf '%s' "$1" | sed s,file://,,)" >> ${seen}.part; mv ${seen}.part ${seen}\n`;
  writeFileSync(join(bin, 'xdg-open'), script, { mode: 0o755 });
  const desktop = { DISPLAY: ':0', PATH: `${bin}:${process.env['PATH']}` };
  const opened = runPortolan(home, ['open', '--db', home.database], desktop);
  await expect.poll(() => existsSync(seen), { timeout: 20_000 }).toBe(true);
  const [given = '', ...page] = readFileSync(seen, 'utf8').split('\n');
  const file = given.replace('file://', '');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const [, address, code = ''] = /url=(http:[^"]*)#code=([\w-]{43})"/.exec(page.join('\n')) ?? [];
  expect(address).toBe(`${server.origin}/login`);
  expect(given).not.toContain(code);
  secrets.push(code);

  const local = await browser({ code });
  expect(await (await local.ask('GET', '/session')).json()).toMatchObject({ name: 'local', how: 'link' });
  expect((await local.ask('GET', '/config')).status).toBe(200);
  expect((await browser({ code })).status).toBe(401);
  const { status, stdout, stderr } = await opened;
  expect([status, stdout.trim()]).toEqual([0, `${address}#code=${code}`]);
  expect(stderr).toContain('The browser is logged in.');
  expect(existsSync(file)).toBe(false);
  await expect
    .poll(() => audit().map(({ kind, caller, how }) => [kind, caller, how]))
    .toEqual(
      expect.arrayContaining([
        ['link_created', undefined, undefined],
        ['session_opened', 'local', 'link'],
      ]),
    );
});

it('portolan open prints the link where there is no screen, and says when no server is there', async () => {
  const printed = await runPortolan(home, ['open', '--db', home.database]);
  const [, code] = /#code=([\w-]{43})$/.exec(printed.stdout.trim()) ?? [];
  expect(printed.status).toBe(0);
  expect((await browser({ code })).status).toBe(200);
  secrets.push(code ?? '');
  const bare = makeHome();
  const refused = await runPortolan(bare, ['open', '--print', '--db', bare.database]);
  expect([refused.status, refused.stdout]).toEqual([1, '']);
  expect(refused.stderr).toMatch(/server_unreachable[\s\S]*portolan serve/);
  bare.remove();
});

it('nothing of it is written down anywhere', async () => {
  await server.stop();
  const files = ['audit.jsonl', 'portolan.db', 'portolan.db-wal'].map((name) => join(home.folder, name));
  const written = files.map((file) => {
    try {
      return readFileSync(file, 'latin1');
    } catch {
      return '';
    }
  });
  expect(written[0]).toContain('session_opened');
  for (const secret of secrets.filter((one) => one.length > 8))
    for (const text of [server.said(), ...written]) expect(text.includes(secret), secret).toBe(false);
});
