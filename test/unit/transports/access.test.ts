/** Tokens of an identity provider and tokens in addresses, wrong ones and many of them. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anyOf, keptTokenAuthenticator, tokenAuthenticator } from '../../../src/transports/http/auth.ts';
import { clientAddress } from '../../../src/transports/http/client-address.ts';
import { createFailedAttempts } from '../../../src/transports/http/failed-attempts.ts';
import { type IdentityProvider, jwtAuthenticator } from '../../../src/transports/http/jwt.ts';
import type { HttpOptions } from '../../../src/transports/http/server.ts';
import { raw } from './fixture/rpc.ts';
import { bearer, type RestServer, startRest, TOKENS, tokenOf } from './rest/server.ts';

let server: RestServer | undefined;
const start = async (http: Partial<HttpOptions>) => {
  server = await startRest({}, http);
  return server;
};
afterEach(async () => {
  await server?.service.close();
  server = undefined;
});

describe('an identity provider', () => {
  const issuer = 'https://id.lab.internal';
  const audience = 'https://portolan.lab.internal/mcp';
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  let others: Awaited<ReturnType<typeof generateKeyPair>>;
  let jwks: Server;
  let jwksUrl: string;
  let fetched = 0;
  let broken = false;

  beforeAll(async () => {
    keys = await generateKeyPair('ES256');
    others = await generateKeyPair('ES256');
    const key = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
    jwks = createServer((_, response) => {
      fetched += 1;
      response.statusCode = broken ? 500 : 200;
      response.end(JSON.stringify({ keys: [key] }));
    });
    await new Promise<void>((resolve) => jwks.listen(0, '127.0.0.1', resolve));
    jwksUrl = `http://127.0.0.1:${(jwks.address() as AddressInfo).port}/jwks`;
  });
  afterAll(() => jwks.close());

  const provider = (more: Partial<IdentityProvider> = {}): IdentityProvider => ({
    issuer,
    audience,
    jwksUrl,
    nameClaim: 'sub',
    scopesClaim: 'scope',
    scopes: {},
    ...more,
  });
  const sign = (payload: JWTPayload = {}, { kid = 'k1', key = keys.privateKey, expires = '5m' } = {}) =>
    new SignJWT({ scope: 'scan:read openid', ...payload })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(payload.iss ?? issuer)
      .setAudience(payload.aud ?? audience)
      .setSubject(payload.sub ?? 'alice')
      .setExpirationTime(expires)
      .sign(key);

  it('is believed: name, scopes, and scopes by other names', async () => {
    const caller = await jwtAuthenticator(provider()).authenticate(await sign());
    expect(caller).toEqual({
      name: 'jwt:alice',
      id: `jwt:${issuer} alice`,
      issuer,
      scopes: new Set(['scan:read']),
    });
    const mapped = jwtAuthenticator(
      provider({
        nameClaim: 'email',
        scopesClaim: 'roles',
        scopes: { soc: ['scan:read', 'scan:run'], constructor: [] },
      }),
    );
    const token = await sign({ email: 'a@lab.internal', roles: ['soc', 'toString', 7, 'admin'] });
    expect(await mapped.authenticate(token)).toEqual({
      // A name there may be given to somebody else; what is owned is the subject's.
      name: 'jwt:a@lab.internal',
      id: `jwt:${issuer} alice`,
      issuer,
      scopes: new Set(['scan:read', 'scan:run', 'admin']),
    });
  });

  it('refuses tokens for others, of others, unsigned, wrongly signed, expired and not yet valid', async () => {
    const authenticator = jwtAuthenticator(provider());
    const good = await sign();
    const [header = '', payload = '', signature = ''] = good.split('.');
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const publicKey = JSON.stringify(await exportJWK(keys.publicKey));
    const confused = await new SignJWT({ scope: 'admin' })
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject('alice')
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(publicKey));
    const own = await exportJWK(others.publicKey);
    const withOwnKey = await new SignJWT({ scope: 'admin' })
      .setProtectedHeader({ alg: 'ES256', jwk: own, jku: 'http://127.0.0.1:1/' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject('alice')
      .setExpirationTime('5m')
      .sign(others.privateKey);
    const attacks = {
      'another audience': await sign({ aud: 'https://other.lab.internal' }),
      'another issuer': await sign({ iss: 'https://evil.lab.internal' }),
      'the key of another': await sign({}, { key: others.privateKey }),
      'a key that is not known': await sign({}, { key: others.privateKey, kid: 'k2' }),
      expired: await sign({}, { expires: '-2m' }),
      'not yet valid': await sign({ nbf: Date.now() / 1000 + 600 }),
      'alg none': `${part({ alg: 'none', kid: 'k1' })}.${payload}.`,
      'alg none, signed': `${part({ alg: 'none', kid: 'k1' })}.${payload}.${signature}`,
      'no signature': `${header}.${payload}.`,
      'another payload': `${header}.${part({ iss: issuer, aud: audience, sub: 'root', exp: 9e9 })}.${signature}`,
      'our public key as a shared secret': confused,
      'a key that it brings along': withOwnKey,
      'no expiry': await new SignJWT({})
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject('alice')
        .sign(keys.privateKey),
      'a name that hides another': await sign({ sub: 'alice\u200b' }),
      'a demand that is not understood': await new SignJWT({})
        .setProtectedHeader({ alg: 'ES256', kid: 'k1', crit: ['x-demand'], 'x-demand': 'sealed' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject('alice')
        .setExpirationTime('5m')
        .sign(keys.privateKey, { crit: { 'x-demand': true } }),
      garbage: 'eyJ.eyJ.x',
    };
    for (const [attack, token] of Object.entries(attacks)) {
      expect(await authenticator.authenticate(token), attack).toBeUndefined();
    }
    expect(await authenticator.authenticate(good)).toBeDefined();
    expect(await authenticator.authenticate('reader-secret')).toBeUndefined();
  });

  it('does not take the name of a token of ours', async () => {
    const { get } = await start({
      authenticator: anyOf([tokenAuthenticator(() => TOKENS), jwtAuthenticator(provider())]),
    });
    const token = await sign({ sub: 'reader', scope: 'admin' });
    const config = await get('/config', { authorization: `Bearer ${token}` });
    expect(config.status).toBe(200);
    const none = await get('/config', { authorization: `Bearer ${await sign({ sub: 'reader' })}` });
    expect(none.status).toBe(403);
    expect(none.text).toContain('jwt:reader');
  });

  it('answers 503 when its keys cannot be had, and does not ask for them at once again', async () => {
    broken = true;
    let now = Date.now();
    const { get } = await start({ authenticator: jwtAuthenticator(provider(), () => now) });
    const before = fetched;
    const headers = { authorization: `Bearer ${await sign()}` };
    for (const _ of [1, 2, 3]) {
      const answer = await get('/tools', headers);
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toBe('10');
      expect(answer.text).not.toContain('127.0.0.1');
    }
    expect(fetched).toBe(before + 1);
    broken = false;
    now += 11_000;
    expect((await get('/tools', headers)).status).toBe(200);
  });

  it('is found by clients: RFC 9728, where the 401 points to', async () => {
    const { get, origin, service } = await start({
      resource: {
        issuer,
        scopes: { soc: ['scan:read', 'scan:run'], all: ['scan:read', 'scan:run', 'admin'] },
      },
    });
    const refused = await raw(service.url, { method: 'POST' });
    expect(refused.status).toBe(401);
    expect(String(refused.headers['www-authenticate'])).toContain('scope="soc"');
    const [, url = ''] =
      /resource_metadata="([^"]+)"/.exec(String(refused.headers['www-authenticate'])) ?? [];
    expect(url).toBe(`${origin}/.well-known/oauth-protected-resource/mcp`);
    for (const path of [new URL(url).pathname, '/.well-known/oauth-protected-resource']) {
      const answer = await get(path, {});
      expect(JSON.parse(answer.text)).toEqual({
        resource: service.url,
        authorization_servers: [issuer],
        scopes_supported: ['soc'],
        bearer_methods_supported: ['header'],
        resource_name: 'Portolan',
      });
    }
    await server?.service.close();
    const behind = await start({
      resource: { issuer, scopes: {}, publicUrl: 'https://portolan.lab.internal' },
    });
    expect(JSON.parse((await behind.get('/.well-known/oauth-protected-resource', {})).text).resource).toBe(
      'https://portolan.lab.internal/mcp',
    );
  });

  it('is not mentioned where there is none', async () => {
    const { get } = await start({});
    const refused = await get('/tools', {});
    expect(refused.headers['www-authenticate']).not.toContain('resource_metadata');
    expect((await get('/.well-known/oauth-protected-resource', {})).status).toBe(401);
  });
});

describe('tokens of ours', () => {
  it('end when they expire', async () => {
    let now = 1000;
    const authenticator = tokenAuthenticator(
      () => [tokenOf('x', [], { expiresAt: 2000 })],
      () => now,
    );
    expect(await authenticator.authenticate('x-secret')).toMatchObject({ name: 'x' });
    now = 2000;
    expect(await authenticator.authenticate('x-secret')).toBeUndefined();
  });

  it('that another process makes and revokes are followed', async () => {
    let now = 0;
    let kept = [tokenOf('a', ['scan:read'])];
    const authenticator = keptTokenAuthenticator(
      async () => kept,
      // The clock on the wall has been set back: what was read is no younger for that.
      () => -3_600_000 - now,
      () => now,
    );
    expect(await authenticator.authenticate('a-secret')).toMatchObject({ name: 'a' });
    kept = [tokenOf('a', ['scan:read']), tokenOf('b', ['admin'])];
    expect(await authenticator.authenticate('b-secret')).toMatchObject({ name: 'b' });
    kept = [];
    now = 1001;
    expect(await authenticator.authenticate('a-secret')).toBeUndefined();
  });
});

describe('wrong tokens', () => {
  it('are refused with 429 when they come again and again; right ones from there pass', async () => {
    const refused: object[] = [];
    const { get } = await start({ failuresPerMinute: () => 3, onRefused: (one) => refused.push(one) });
    const statuses: number[] = [];
    for (const _ of [1, 2, 3, 4]) statuses.push((await get('/tools', bearer('wrong'))).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
    expect((await get('/tools')).status).toBe(200);
    const again = await get('/tools', bearer('wrong'));
    expect(again.status).toBe(429);
    expect(Number(again.headers['retry-after'])).toBeGreaterThan(0);
    expect((await get('/health/live', {})).status).toBe(200);
    const address = '127.0.0.1';
    expect(refused).toEqual([
      { address, reason: 'wrong token' },
      { address, reason: 'wrong token' },
      { address, reason: 'wrong tokens, more are not written down' },
    ]);
  });

  it('of many kinds lock nobody out who sits behind the same address, not even one who comes for the first time', async () => {
    const { get } = await start({});
    expect((await get('/tools', bearer('admin'))).status).toBe(200);
    for (let n = 0; n < 20; n += 1) expect((await get('/tools', bearer(`guess-${n}`))).status).toBe(401);
    const guesses = Array.from({ length: 30 }, (_, n) => get('/tools', bearer(`more-${n}`)));
    const before = performance.now();
    // Known here: it passes at once, while the guesses wait.
    expect((await get('/tools', bearer('admin'))).status).toBe(200);
    expect(performance.now() - before).toBeLessThan(800);
    const answers = (await Promise.all(guesses)).map(({ status }) => status).sort();
    // A second each, and so many at a time: what is guessed is bounded, and so is what waits.
    expect(performance.now() - before).toBeGreaterThan(900);
    expect(answers).toEqual([...Array(20).fill(401), ...Array(10).fill(429)]);
    expect((await get('/tools', bearer('reader'))).status).toBe(200);
  });

  it('that were right once have no privilege when they are revoked', async () => {
    let entries = TOKENS;
    const { get } = await start({
      authenticator: tokenAuthenticator(() => entries),
      failuresPerMinute: () => 2,
    });
    expect((await get('/tools')).status).toBe(200);
    entries = [];
    const statuses: number[] = [];
    for (const _ of [1, 2, 3]) statuses.push((await get('/tools')).status);
    expect(statuses).toEqual([401, 401, 429]);
  });

  it('make others wait by client address, where a trusted proxy tells it', async () => {
    const attempts = createFailedAttempts(() => 1, 300);
    await attempts.failed('wrong', '192.0.2.1');
    const waits = async (address: string) => {
      const before = performance.now();
      expect(await attempts.admit('unknown', address)).toBeUndefined();
      return performance.now() - before > 250;
    };
    expect([await waits('192.0.2.1'), await waits('192.0.2.2')]).toEqual([true, false]);
    // One network of one customer.
    await attempts.failed('wrong-too', '2001:db8::1');
    expect([await waits('2001:db8::3'), await waits('2001:db8:0:1::3')]).toEqual([true, false]);
  });

  it('are remembered in bounded number, and read the store ten times a second at most', async () => {
    const attempts = createFailedAttempts(() => 1, 1);
    for (let n = 0; n < 10_000; n += 1) await attempts.failed(`t${n}`, '192.0.2.1');
    expect(await attempts.failed('one more', '192.0.2.9')).toBeUndefined();
    expect(await attempts.admit('one more', '192.0.2.9')).toBeUndefined();
    expect(await attempts.admit('t7', '192.0.2.9')).toBeGreaterThan(0);
    let reads = 0;
    const kept = keptTokenAuthenticator(async () => {
      reads += 1;
      return [];
    });
    await Promise.all(Array.from({ length: 1000 }, (_, n) => kept.authenticate(`guess-${n}`)));
    expect(reads).toBeLessThanOrEqual(3);
  });

  it('an address is the one the last proxy that is trusted saw', () => {
    const of = (trusted: string[], remoteAddress: string, forwarded?: string) =>
      clientAddress(trusted)({
        socket: { remoteAddress } as never,
        headers: { 'x-forwarded-for': forwarded },
      });
    expect(of([], '192.0.2.1', '6.6.6.6')).toBe('192.0.2.1');
    expect(of(['10.0.0.0/8'], '192.0.2.1', '6.6.6.6')).toBe('192.0.2.1');
    expect(of(['10.0.0.0/8'], '::ffff:10.0.0.1', '6.6.6.6, 192.0.2.7')).toBe('192.0.2.7');
    expect(of(['10.0.0.0/8'], '10.0.0.1', '192.0.2.7, 10.0.0.2')).toBe('192.0.2.7');
    expect(of(['10.0.0.0/8'], '10.0.0.1', 'nonsense')).toBe('10.0.0.1');
    expect(of(['10.0.0.0/8'], '10.0.0.1')).toBe('10.0.0.1');
    expect(of(['fd00::/8'], 'fd00::1', '2001:db8::5')).toBe('2001:db8::5');
  });
});

describe('tokens in addresses', () => {
  it('are taken only where that is allowed, and only as ?token=', async () => {
    const { get } = await start({ allowUrlToken: true });
    expect((await get('/tools?token=reader-secret', {})).status).toBe(200);
    expect((await get('/tasks?token=wrong-secret', {})).status).toBe(401);
    expect((await get('/tools?access_token=reader-secret', {})).status).toBe(401);
    expect((await get('/tools?token=reader-secret&api_key=x', {})).status).toBe(401);
    // Never beside a header: which of the two counts would be a matter of luck.
    expect((await get('/tools?token=reader-secret', bearer('admin'))).status).toBe(401);
  });

  it('never get behind the door, in whatever way it is refused', async () => {
    for (const allowUrlToken of [true, false]) {
      const seen: string[] = [];
      const { get } = await start({
        allowUrlToken,
        routes: (app) => {
          app.get('/seen', (context) => {
            seen.push(context.req.url, context.req.raw.url, String(context.env.incoming.url));
            throw new Error(context.req.url);
          });
          return { close() {} };
        },
        onError: (error) => seen.push(String(error)),
      });
      const answers = [
        await get('/seen?a=1&token=reader-secret&b=2', {}),
        await get('/seen?a=1&api_key=reader-secret', {}),
        await get('/seen?token=reader-secret', bearer('reader')),
        await get('/nowhere?token=reader-secret', {}),
      ];
      expect(JSON.stringify([seen, answers])).not.toContain('reader-secret');
      expect(seen.length > 0).toBe(allowUrlToken);
      if (allowUrlToken) expect(seen[0]).toMatch(/\/seen\?a=1&b=2$/);
      await server?.service.close();
    }
    server = undefined;
  });
});

describe('connections', () => {
  /** Says `words` and waits: nothing when there are none. */
  const hold = (port: number, words = '') =>
    new Promise<ReturnType<typeof connect>>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(words, () => resolve(socket)));
      socket.on('error', () => {});
    });
  const isOpen = (socket: ReturnType<typeof connect>) => !socket.destroyed && !socket.readableEnded;
  const waiting = 'POST /tools/wait/execute HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n';

  it('are bounded, and probes have places of their own', async () => {
    const { origin, get } = await start({ maxConnections: 3, maxConnectionsPerAddress: 3 });
    const port = Number(new URL(origin).port);
    const { waits } = await import('./fixture/tools.ts');
    const before = waits.started;
    const open = await Promise.all(
      [1, 2, 3].map(() => hold(port, `${waiting}Authorization: ${bearer('reader').authorization}\r\n\r\n`)),
    );
    await expect.poll(() => waits.started - before).toBe(3);
    const refused = await get('/');
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
    expect((await get('/health/live', {})).status).toBe(200);
    const silent = await Promise.all(Array.from({ length: 40 }, () => hold(port)));
    expect((await get('/health/live', {})).status).toBe(200);
    for (const socket of [...open, ...silent]) socket.resume();
    await expect.poll(() => silent.filter(isOpen).length).toBeLessThanOrEqual(16);
    expect(open.every(isOpen)).toBe(true);
    for (const socket of [...open, ...silent]) socket.destroy();
    await expect.poll(async () => (await get('/')).status, { timeout: 5000 }).toBe(200);
  });

  it('of whoever is silent are given to whoever speaks, the longest silent first', async () => {
    const { origin, get } = await start({ maxConnections: 3, patience: { firstByteMs: 60_000, stallMs: 1 } });
    const port = Number(new URL(origin).port);
    const first = await hold(port);
    await delay(400);
    const second = await hold(port, 'POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n');
    for (const socket of [first, second]) socket.resume();
    await delay(400);
    expect((await get('/')).status).toBe(200);
    await expect.poll(() => [isOpen(first), isOpen(second)]).toEqual([false, true]);
    second.destroy();
  });

  it('that say nothing at all are closed after a few seconds', async () => {
    const { origin } = await start({ patience: { firstByteMs: 300, stallMs: 60_000 } });
    const socket = await hold(Number(new URL(origin).port));
    socket.resume();
    await expect.poll(() => isOpen(socket), { timeout: 5000 }).toBe(false);
  });

  it('that send more and more requests before an answer are closed', async () => {
    const { origin } = await start({});
    const port = Number(new URL(origin).port);
    const one = `${waiting}Authorization: ${bearer('reader').authorization}\r\n\r\n`;
    const [few, many] = [await hold(port, one.repeat(8)), await hold(port, one.repeat(9))];
    for (const socket of [few, many]) socket.resume();
    await expect.poll(() => isOpen(many)).toBe(false);
    expect(isOpen(few)).toBe(true);
    few.destroy();
  });

  it('with bodies that never end are bounded for each caller', async () => {
    const { origin } = await start({ maxConnections: 200, maxConnectionsPerAddress: 200 });
    const port = Number(new URL(origin).port);
    const head = 'POST /tools/echo/execute HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n';
    const open: ReturnType<typeof connect>[] = [];
    for (let round = 0; round < 4; round += 1) {
      for (let one = 0; one < 10; one += 1) {
        const who = `Authorization: ${bearer('reader').authorization}`;
        open.push(await hold(port, `${head}Content-Type: application/json\r\n${who}\r\n\r\n{`));
      }
      await delay(300);
    }
    for (const socket of open) socket.resume();
    await expect.poll(() => open.filter(isOpen).length).toBeLessThanOrEqual(30);
    expect(open.slice(-10).every(isOpen)).toBe(true);
    for (const socket of open) socket.destroy();
  });

  it('that send no request in time are closed', { timeout: 30_000 }, async () => {
    const { origin } = await start({});
    const { port } = new URL(origin);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(answer).toContain('408');
  });

  it('sessions are bounded for each caller', async () => {
    const { service } = await start({ limits: { maxSessionsPerCaller: 2 } });
    const { INITIALIZE, JSON_HEADERS } = await import('./fixture/rpc.ts');
    const open = (name: string) =>
      raw(service.url, { headers: { ...JSON_HEADERS, ...bearer(name) }, body: INITIALIZE });
    expect([(await open('reader')).status, (await open('reader')).status]).toEqual([200, 200]);
    const third = await open('reader');
    expect([third.status, third.headers['retry-after']]).toEqual([429, '60']);
    expect((await open('admin')).status).toBe(200);
  });
});
