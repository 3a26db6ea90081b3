/** Logging in by a browser: the cookie, what a session may do, and every way to one that is not one's own. */
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PortolanError } from '../../../src/core/errors.ts';
import { openStore, type Store } from '../../../src/store/open.ts';
import { tokenAuthenticator } from '../../../src/transports/http/auth.ts';
import type { HttpOptions } from '../../../src/transports/http/server.ts';
import { credentialsOf, newCookie } from '../../../src/transports/http/session/cookie.ts';
import { Sessions } from '../../../src/transports/http/session/sessions.ts';
import { INITIALIZE, JSON_HEADERS, type RawAnswer, raw } from './fixture/rpc.ts';
import { bearer, type RestServer, startRest, TOKENS } from './rest/server.ts';

const DAY_MS = 86_400_000;
let store: Store;
let reads = 0;
beforeAll(async () => {
  store = await openStore(':memory:');
});
afterAll(() => store.close());

const keep = async () => ({
  ...store.sessions,
  find: (hash: string) => {
    reads += 1;
    return store.sessions.find(hash);
  },
});
let tokens = TOKENS;
let told: unknown[] = [];
let server: RestServer;
const start = async (http: Partial<HttpOptions> = {}) =>
  await startRest(
    { onLoggedOut: (one) => told.push(one) },
    {
      authenticator: tokenAuthenticator(() => tokens),
      sessions: { keep, idleMs: () => 3_600_000, onOpened: (one) => told.push(one) },
      onRefused: (one) => told.push(one),
      onAttempt: (one) => told.push(one),
      ...http,
    },
  );
beforeEach(async () => {
  tokens = TOKENS;
  server = await start();
  told = [];
});
afterEach(() => server.service.close());

const json = (answer: RawAnswer) => JSON.parse(answer.text);
const codeOf = (answer: RawAnswer) => [answer.status, json(answer).error.code];
const logIn = (body: unknown, headers: Record<string, string> = {}) => server.post('/session', body, headers);
/** The cookie as a browser sends it back. */
const cookieOf = (answer: RawAnswer) => String(answer.headers['set-cookie']?.[0]).split(';')[0] ?? '';
async function asAdmin() {
  const answer = await logIn({ token: 'admin-secret' });
  expect(answer.status).toBe(200);
  return { cookie: cookieOf(answer), csrf: String(json(answer).csrf) };
}
const changes = (headers: Record<string, string>) => server.post('/tools/echo/disable', {}, headers);

describe('a log-in', () => {
  it('gives a cookie for this host alone, says who one is, and is told to the audit', async () => {
    const answer = await logIn(
      { token: 'admin-secret' },
      { origin: server.origin, 'sec-fetch-site': 'same-origin' },
    );
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^__Host-portolan=[\w-]{32}\.[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      ),
    ]);
    const who = {
      name: 'admin',
      scopes: ['scan:read', 'admin'],
      how: 'token',
      csrf: expect.stringMatching(/^[\w-]{43}$/),
      expires_in_seconds: 3600,
      version: '0.0.0-test',
    };
    expect(json(answer)).toEqual(who);
    const cookie = cookieOf(answer);
    const again = await server.get('/session', { cookie });
    expect(json(again)).toEqual({ ...who, csrf: json(answer).csrf, expires_in_seconds: expect.any(Number) });
    expect(answer.text + again.text).not.toContain('secret');
    expect((await server.get('/config', { cookie })).status).toBe(200);
    expect(told).toEqual([
      'accepted',
      { caller: 'admin', how: 'token', address: '127.0.0.1' },
      'accepted',
      'accepted',
    ]);
  });

  it('refuses wrong tokens as the header does, and what is none', async () => {
    await server.service.close();
    server = await start({ failuresPerMinute: () => 2 });
    told = [];
    for (const status of [401, 401, 429]) expect((await logIn({ token: 'wrong' })).status).toBe(status);
    expect(told).toEqual([
      'wrong_token',
      { address: '127.0.0.1', reason: 'wrong token' },
      'wrong_token',
      { address: '127.0.0.1', reason: 'wrong tokens, more are not written down' },
      'too_many',
    ]);
    for (const body of [
      {},
      { token: '' },
      { token: 7 },
      { token: 'admin-secret', more: 1 },
      'nonsense',
      '[]',
    ])
      expect(codeOf(await logIn(body)), JSON.stringify(body)).toEqual([400, 'invalid_argument']);
    expect((await logIn({ token: 'x'.repeat(20_000) })).status).toBe(413);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await logIn('token=admin-secret', form)).status).toBe(415);
  });

  it('is for our own page alone, and over TLS where it is not this machine', async () => {
    const given = { token: 'admin-secret' };
    for (const site of ['cross-site', 'same-site', 'none'])
      expect(codeOf(await logIn(given, { 'sec-fetch-site': site }))).toEqual([403, 'forbidden']);
    expect((await logIn(given, { origin: 'http://evil.example' })).status).toBe(403);
    await server.service.close();
    server = await start({ allowedHosts: ['portolan.lab.internal'] });
    const from = (origin: string) => logIn(given, { origin, host: 'portolan.lab.internal' });
    const clear = await from('http://portolan.lab.internal');
    expect([clear.status, json(clear).error.next]).toEqual([403, expect.stringContaining('server.tls')]);
    expect(clear.headers['set-cookie']).toBeUndefined();
    expect((await from('https://portolan.lab.internal')).status).toBe(200);
  });

  it('ends the session that this browser had', async () => {
    const { cookie } = await asAdmin();
    const reader = cookieOf(await logIn({ token: 'reader-secret' }, { cookie }));
    expect((await server.get('/session', { cookie })).status).toBe(401);
    expect(json(await server.get('/session', { cookie: reader })).name).toBe('reader');
  });

  it('keeps the twenty of a caller that were used last', async () => {
    const cookies = [];
    for (let n = 0; n < 21; n += 1) cookies.push((await asAdmin()).cookie);
    const [first = '', second = ''] = cookies;
    expect((await server.get('/session', { cookie: first })).status).toBe(401);
    expect((await server.get('/session', { cookie: second })).status).toBe(200);
  });
});

describe('a session', () => {
  it('changes nothing without the word that only our page knows', async () => {
    const { cookie, csrf } = await asAdmin();
    const other = await asAdmin();
    told = [];
    const header = 'x-portolan-csrf';
    for (const more of [{}, { [header]: '' }, { [header]: `${csrf}x` }, { [header]: other.csrf }])
      expect(codeOf(await changes({ cookie, ...more }))).toEqual([403, 'forbidden']);
    expect(told.slice(0, 2)).toEqual([
      'cross_site',
      { address: '127.0.0.1', reason: 'no X-Portolan-CSRF', caller: 'admin' },
    ]);
    expect((await changes({ cookie, [header]: csrf })).status).toBe(200);
    // A token in a header needs none: no browser sends it by itself.
    expect((await changes(bearer('admin'))).status).toBe(200);
  });

  it('is not used by pages of others, whatever they ask', async () => {
    const { cookie, csrf } = await asAdmin();
    for (const site of ['cross-site', 'same-site', 'odd']) {
      const headers = { cookie, 'sec-fetch-site': site };
      expect(codeOf(await server.get('/tasks', headers)), site).toEqual([403, 'forbidden']);
      expect((await changes({ ...headers, 'x-portolan-csrf': csrf })).status, site).toBe(403);
    }
    for (const site of ['same-origin', 'none'])
      expect((await server.get('/session', { cookie, 'sec-fetch-site': site })).status, site).toBe(200);
  });

  it('gives way to a token in a header, and is none for MCP', async () => {
    const { cookie } = await asAdmin();
    expect(json(await server.get('/session', { cookie, ...bearer('reader') }))).toEqual({
      name: 'reader',
      scopes: ['scan:read'],
      how: 'token',
      version: '0.0.0-test',
    });
    expect((await server.get('/session', { cookie, ...bearer('wrong') })).status).toBe(401);
    const mcp = await raw(server.service.url, { headers: { ...JSON_HEADERS, cookie }, body: INITIALIZE });
    expect(mcp.status).toBe(401);
  });

  it('lets nobody in by another key, another id, or a changed one; and takes such a cookie away', async () => {
    const [a, b] = [await asAdmin(), await asAdmin()];
    const [, id = '', key = ''] = /=(.*)\.(.*)$/.exec(a.cookie) ?? [];
    const [, otherId = '', otherKey = ''] = /=(.*)\.(.*)$/.exec(b.cookie) ?? [];
    const flipped = `${key[0] === 'A' ? 'B' : 'A'}${key.slice(1)}`;
    for (const value of [
      `${id}.${otherKey}`,
      `${otherId}.${key}`,
      `${id}.${flipped}`,
      newCookie(),
      `${id}.`,
      `.${key}`,
      id,
      '',
      `${id}.${key}x`,
      `${id}/../.${key}`,
      'x'.repeat(4000),
    ]) {
      const answer = await server.get('/session', { cookie: `__Host-portolan=${value}` });
      expect(codeOf(answer), value).toEqual([401, 'unauthorized']);
      if (value !== '')
        expect(answer.headers['set-cookie'], value).toEqual([expect.stringContaining('Max-Age=0')]);
    }
    for (const name of ['portolan', '__Secure-portolan', 'Host-portolan'])
      expect((await server.get('/session', { cookie: `${name}=${id}.${key}` })).status).toBe(401);
    expect((await server.get('/session', { cookie: a.cookie })).status).toBe(200);
  });

  it('stores nothing that gives the token or the session', async () => {
    const { cookie, csrf } = await asAdmin();
    const [, id = '', key = ''] = /=(.*)\.(.*)$/.exec(cookie) ?? [];
    const hash = createHash('sha256').update(id).digest('hex');
    const kept = JSON.stringify(await store.sessions.find(hash));
    for (const secret of ['admin-secret', id, key, csrf]) expect(kept).not.toContain(secret);
    expect(kept).not.toContain(Buffer.from('admin-secret').toString('base64url').slice(0, 12));
    // What one session holds is no good in the place of another one.
    const other = await asAdmin();
    const row = await store.sessions.find(hash);
    const [, otherId = ''] = /=(.*)\./.exec(other.cookie) ?? [];
    const otherHash = createHash('sha256').update(otherId).digest('hex');
    await store.sessions.close(otherHash);
    if (row) await store.sessions.open({ ...row, hash: otherHash }, 20);
    expect((await server.get('/session', { cookie: other.cookie })).status).toBe(401);
  });

  it('ends with its token, at once, and with the log-out, and stays ended', async () => {
    const { cookie, csrf } = await asAdmin();
    const second = await asAdmin();
    told = [];
    expect((await raw(`${server.origin}/session`, { method: 'DELETE', headers: { cookie } })).status).toBe(
      403,
    );
    const out = await raw(`${server.origin}/session`, {
      method: 'DELETE',
      headers: { cookie, 'x-portolan-csrf': csrf },
    });
    expect([out.status, out.headers['set-cookie']]).toEqual([204, [expect.stringContaining('Max-Age=0')]]);
    expect((await server.get('/session', { cookie })).status).toBe(401);
    expect(told).toContainEqual({ caller: 'admin', how: 'token' });
    expect(told.at(-1)).toBe('session_over');

    tokens = TOKENS.filter(({ name }) => name !== 'admin');
    expect(codeOf(await server.get('/tasks', { cookie: second.cookie }))).toEqual([401, 'unauthorized']);
    tokens = TOKENS;
    expect((await server.get('/tasks', { cookie: second.cookie })).status).toBe(401);
  });

  it('waits while the identity provider cannot say whether its token holds', async () => {
    let answers = true;
    const authenticator = {
      authenticate: (token: string) => {
        if (!answers) throw new PortolanError('unauthorized', 'No keys.', 'Later.', { retryAfterSeconds: 9 });
        return tokenAuthenticator(() => TOKENS).authenticate(token);
      },
    };
    await server.service.close();
    server = await start({ authenticator });
    const { cookie } = await asAdmin();
    answers = false;
    const refused = await server.get('/tools', { cookie });
    expect([refused.status, refused.headers['retry-after'], refused.headers['set-cookie']]).toEqual([
      503,
      '9',
      undefined,
    ]);
    expect((await logIn({ token: 'admin-secret' })).status).toBe(503);
    answers = true;
    expect((await server.get('/tools', { cookie })).status).toBe(200);
  });

  it('outlives the process that opened it', async () => {
    const { cookie, csrf } = await asAdmin();
    await server.service.close();
    server = await start();
    expect((await changes({ cookie, 'x-portolan-csrf': csrf })).status).toBe(200);
  });

  it('does not have the database asked by every request', async () => {
    const { cookie } = await asAdmin();
    reads = 0;
    for (let n = 0; n < 50; n += 1) await server.get('/session', { cookie });
    expect(reads).toBeLessThan(10);
  });

  it('that is wrong again and again is refused unread, and keeps nobody from logging in', async () => {
    await server.service.close();
    server = await start({ failuresPerMinute: () => 2 });
    const cookie = `__Host-portolan=${newCookie()}`;
    for (const status of [401, 401, 429])
      expect((await server.get('/session', { cookie })).status).toBe(status);
    const { cookie: good } = await asAdmin();
    expect((await server.get('/session', { cookie: good })).status).toBe(200);
  });
});

describe('the code of a link', () => {
  const hashOf = (code: string) => createHash('sha256').update(code).digest('hex');

  it('lets in once, as the operator, and not when it is too old', async () => {
    await store.sessions.addLink(hashOf('code-1'), Date.now() + 60_000);
    await store.sessions.addLink(hashOf('code-2'), Date.now() - 1);
    const answer = await logIn({ code: 'code-1' });
    expect(json(answer)).toMatchObject({
      name: 'local',
      how: 'link',
      scopes: expect.arrayContaining(['admin']),
    });
    expect((await server.get('/config', { cookie: cookieOf(answer) })).status).toBe(200);
    expect(told).toContainEqual({ caller: 'local', how: 'link', address: '127.0.0.1' });
    for (const code of ['code-1', 'code-2', hashOf('code-1'), 'none']) {
      const refused = await logIn({ code });
      expect([refused.status, json(refused).error.next, refused.headers['set-cookie']], code).toEqual([
        401,
        expect.stringContaining('portolan open'),
        undefined,
      ]);
    }
    expect(told).toContainEqual({ address: '127.0.0.1', reason: 'wrong code' });
    for (const body of [{ code: '' }, { code: 'a', token: 'admin-secret' }, { code: ['a'] }])
      expect((await logIn(body)).status).toBe(400);
  });

  it('is guessed no more often than a token', async () => {
    await server.service.close();
    server = await start({ failuresPerMinute: () => 2 });
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await logIn({ code: 'guess' })).status);
    expect(statuses).toEqual([401, 401, 429]);
  });
});

describe('where no tokens are', () => {
  beforeEach(async () => {
    await server.service.close();
    server = await startRest(
      {},
      { sessions: { keep, idleMs: () => 3_600_000, onOpened: () => {} }, authenticator: undefined },
    );
  });

  it('says who is let in, without a cookie, and has no log-in by token', async () => {
    expect(json(await server.get('/session', {}))).toMatchObject({ name: 'local', how: 'local' });
    expect(json(await server.get('/session', {})).scopes).not.toContain('admin');
    expect(codeOf(await logIn({ token: 'admin-secret' }))).toEqual([400, 'invalid_argument']);
    // A cookie of before, whose token nobody can judge any more.
    const { cookie } = await new Sessions({ keep, idleMs: () => 1e9, onDefect: () => {} }).open('admin', {
      how: 'token',
      token: 'admin-secret',
    });
    const answer = await server.get('/session', { cookie: `__Host-portolan=${cookie}` });
    expect([json(answer).how, answer.headers['set-cookie']]).toEqual([
      'local',
      [expect.stringContaining('Max-Age=0')],
    ]);
  });

  it('honours a session of somebody who was let in by a link', async () => {
    await store.sessions.addLink(createHash('sha256').update('a code').digest('hex'), Date.now() + 60_000);
    const headers = { cookie: cookieOf(await logIn({ code: 'a code' })) };
    expect(json(await server.get('/session', headers))).toMatchObject({
      name: 'local',
      how: 'link',
      scopes: expect.arrayContaining(['admin']),
    });
    expect((await server.get('/config', headers)).status).toBe(200);
    expect((await changes(headers)).status).toBe(403);
  });
});

describe('time', () => {
  let now = 0;
  const keeper = () =>
    new Sessions({
      keep,
      idleMs: () => 3_600_000,
      onDefect: (error) => expect.unreachable(String(error)),
      now: () => now,
    });
  const row = async (cookie: string) => await store.sessions.find(credentialsOf(cookie)?.hash ?? '');
  beforeEach(() => {
    now = 1_700_000_000_000;
  });

  it('without use ends it, use puts the end off, written once a minute; events are no use', async () => {
    const { cookie } = await keeper().open('ann', { how: 'link' });
    const opened = now;
    now += 59_000;
    expect((await keeper().find(cookie, true))?.expiresInSeconds).toBe(3541);
    expect((await row(cookie))?.seenAt).toBe(opened);
    now += 1000;
    expect((await keeper().find(cookie, false))?.expiresInSeconds).toBe(3540);
    expect((await row(cookie))?.seenAt).toBe(opened);
    expect((await keeper().find(cookie, true))?.expiresInSeconds).toBe(3600);
    await expect.poll(async () => (await row(cookie))?.seenAt).toBe(now);
    now += 3_600_000;
    expect(await keeper().find(cookie, true)).toBeUndefined();
    expect(await row(cookie)).toBeUndefined();
  });

  it('ends it after seven days, however much it is used', async () => {
    const { cookie } = await keeper().open('ann', { how: 'link' });
    const opened = now;
    const step = 3_000_000;
    while (now + step < opened + 7 * DAY_MS) {
      now += step;
      const hash = credentialsOf(cookie)?.hash ?? '';
      await store.sessions.seen(hash, now);
    }
    const left = (await keeper().find(cookie, true))?.expiresInSeconds ?? 0;
    expect(left).toBeLessThanOrEqual(step / 1000);
    now = opened + 7 * DAY_MS;
    expect(await keeper().find(cookie, true)).toBeUndefined();
  });
});
