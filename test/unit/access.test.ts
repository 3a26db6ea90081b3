/** From the configuration to who may call. */
import { describe, expect, it } from 'vitest';
import { accessOf } from '../../src/app/http-access.ts';
import { defaultConfig, loadConfig } from '../../src/config/load.ts';
import { hashToken } from '../../src/config/tokens.ts';
import { openStore } from '../../src/store/open.ts';

const provider = {
  issuer: 'https://id.lab.internal',
  audience: 'portolan',
  jwksUrl: 'https://id.lab.internal/keys',
};
const load = (auth: Record<string, unknown>) =>
  loadConfig({
    file: '/dev/null',
    env: {},
    flags: Object.fromEntries(Object.entries(auth).map(([name, value]) => [`auth.${name}`, value])),
  });

describe('access', () => {
  it('is open on loopback until somebody made a token, and never again after', async () => {
    const store = await openStore(':memory:');
    const config = defaultConfig();
    const access = () => accessOf(config, async () => store.tokens);
    expect((await access()).authenticator).toBeUndefined();
    const token = { name: 'ci', hash: hashToken('made'), scopes: ['scan:read' as const], createdAt: 0 };
    await store.tokens.create(token, 0);
    expect(await (await access()).authenticator?.authenticate('made')).toMatchObject({ name: 'ci' });
    await store.tokens.revoke('ci', 1);
    const { authenticator } = await access();
    expect(authenticator).toBeDefined();
    expect(await authenticator?.authenticate('made')).toBeUndefined();
    await store.close();
  });

  it('takes tokens of the configuration, followed while it runs, and of the database together', async () => {
    const store = await openStore(':memory:');
    const config = defaultConfig();
    config.server.token = 'the-operators-own';
    const { authenticator, resource } = await accessOf(config, async () => store.tokens);
    expect(resource).toBeUndefined();
    expect(await authenticator?.authenticate('the-operators-own')).toMatchObject({ name: 'operator' });
    config.server.tokens = [{ name: 'x', hash: hashToken('added'), scopes: ['scan:read'] }];
    expect(await authenticator?.authenticate('added')).toMatchObject({ name: 'x' });
    config.server.token = 'another-one';
    expect(await authenticator?.authenticate('the-operators-own')).toBeUndefined();
    await store.tokens.create({ name: 'y', hash: hashToken('kept'), scopes: [], createdAt: 0 }, 0);
    expect(await authenticator?.authenticate('kept')).toMatchObject({ name: 'y' });
    await store.close();
  });

  it('takes the first token of the configuration when it comes while we run, beside those of the database', async () => {
    const store = await openStore(':memory:');
    const config = defaultConfig();
    await store.tokens.create({ name: 'y', hash: hashToken('kept'), scopes: [], createdAt: 0 }, 0);
    const { authenticator } = await accessOf(config, async () => store.tokens);
    config.server.token = 'the-operators-own';
    expect(await authenticator?.authenticate('the-operators-own')).toMatchObject({ name: 'operator' });
    await store.close();
  });

  it('names the identity provider, by its names of scopes', async () => {
    const { config } = await load({ ...provider, scopes: { soc: ['scan:read'] } });
    const store = await openStore(':memory:');
    const { authenticator, resource } = await accessOf(config, async () => store.tokens);
    expect(authenticator).toBeDefined();
    expect(resource).toMatchObject({ issuer: provider.issuer, scopes: { soc: ['scan:read'] } });
    await store.close();
  });
});

describe('the settings of an identity provider', () => {
  it('go together', async () => {
    for (const name of ['issuer', 'audience', 'jwksUrl'] as const) {
      const { [name]: _, ...rest } = provider;
      await expect(load(rest), name).rejects.toThrow(`auth.${name} must be set too`);
    }
  });

  it('take keys from elsewhere over https alone', async () => {
    for (const jwksUrl of [
      'http://id.lab.internal/keys',
      'http://127.0.0.1.lab.internal/',
      'http://localhost.lab.internal/',
    ]) {
      await expect(load({ ...provider, jwksUrl }), jwksUrl).rejects.toThrow('https://');
    }
    for (const jwksUrl of ['http://127.0.0.1:81/keys', 'http://[::1]/keys', 'http://localhost/keys']) {
      expect((await load({ ...provider, jwksUrl })).config.auth.jwksUrl).toBe(jwksUrl);
    }
    await expect(load({ ...provider, jwksUrl: 'file:///etc/passwd' })).rejects.toThrow('auth.jwksUrl');
  });

  it('give no scope that is none', async () => {
    await expect(load({ ...provider, scopes: { soc: ['everything'] } })).rejects.toThrow('auth.scopes');
  });
});
