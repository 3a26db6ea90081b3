import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routeTo, type ScannerWords } from '../../../../src/nmap/ssh/scanner-routes.ts';

let folder: string;
let sshConfig: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-routes-'));
  sshConfig = join(folder, 'config');
  writeFileSync(join(folder, 'id'), '');
  writeFileSync(
    sshConfig,
    `
CanonicalizeHostname yes
Host inner
  HostName 10.0.0.7
  Port 2201
  User scan
  IdentityFile /nonexistent/id
  IdentityFile ${folder}/id
  ProxyJump jumper@outer:2200, third
  ProxyCommand touch ${folder}/touched
  KnownHostsCommand touch ${folder}/touched
  LocalCommand touch ${folder}/touched
Host outer
  HostName gate.lab.internal
  IdentityFile ${folder}/id
Host third
  IdentityFile ${folder}/id
Match exec "touch ${folder}/touched"
  User evil
Host circle
  ProxyJump circle
  IdentityFile ${folder}/id
Host sneaky
  HostName -oProxyCommand=touch
  IdentityFile ${folder}/id
Host jumpy
  ProxyJump -oProxyCommand=touch
  IdentityFile ${folder}/id
Host *
  User everybody
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const route = (entries: Record<string, ScannerWords>, name = 's') =>
  routeTo(name, {
    entries,
    sshConfig,
    agentSocket: undefined,
    user: 'me',
    secret: (_scanner, source) => `secret of ${source}`,
  });

const hops = (entries: Record<string, ScannerWords>) =>
  route(entries)?.hops.map(({ user, host, port }) => `${user}@${host}:${port}`);

describe('the way to a scanner', () => {
  it('as the settings say', () => {
    expect(hops({ s: { host: '10.0.0.1', key: '/k' } })).toEqual(['me@10.0.0.1:22']);
    expect(hops({ s: { key: '/k', user: 'u', port: 2222 } })).toEqual(['u@s:2222']);
    expect(route({}, 'constructor')).toBeUndefined();
  });

  it('through hosts and other scanners, each with its own credentials', () => {
    const entries: Record<string, ScannerWords> = {
      s: { host: '10.0.0.1', key: '/k', jump: ['gate', 'x@10.0.0.9:2222', '[fd00::1]:23'] },
      gate: { host: '10.0.0.2', user: 'g', password: 'env:P', jump: 'first' },
      first: { host: '10.0.0.3', agent: '/a' },
    };
    expect(hops(entries)).toEqual([
      'me@10.0.0.3:22',
      'g@10.0.0.2:22',
      'x@10.0.0.9:2222',
      'me@fd00::1:23',
      'me@10.0.0.1:22',
    ]);
    expect(route(entries)?.hops.map(({ auth }) => auth.kind)).toEqual([
      'agent',
      'password',
      'key',
      'key',
      'key',
    ]);
  });

  it('from the ssh configuration, of which nothing else counts', () => {
    const found = route({ s: { sshConfig: 'inner', passphrase: 'env:P' } });
    expect(found?.hops.map(({ user, host, port }) => `${user}@${host}:${port}`)).toEqual([
      'jumper@gate.lab.internal:2200',
      'everybody@third:22',
      'scan@10.0.0.7:2201',
    ]);
    const auth = found?.hops.at(-1)?.auth;
    expect(auth).toMatchObject({ kind: 'key', path: join(folder, 'id') });
    expect(auth?.kind === 'key' && auth.passphrase?.()).toBe('secret of env:P');
    expect(hops({ s: { sshConfig: true, host: 'inner', port: 5, user: 'u', jump: '10.0.0.9' } })).toEqual([
      'u@10.0.0.9:22',
      'u@10.0.0.7:5',
    ]);
    expect(existsSync(join(folder, 'touched'))).toBe(false);
  });

  it('without such a file is what the settings say', () => {
    const without = routeTo('s', {
      entries: { s: { sshConfig: true, key: '/k' } },
      sshConfig: join(homedir(), 'no', 'such', 'file'),
      agentSocket: undefined,
      user: 'me',
      secret: () => '',
    });
    expect(without?.hops).toMatchObject([{ host: 's', port: 22, user: 'me' }]);
  });
});

describe('is refused', () => {
  it.each<[string, Record<string, ScannerWords>, RegExp]>([
    ['a circle', { s: { key: '/k', jump: 't' }, t: { key: '/k', jump: 's' } }, /go in a circle/],
    ['a circle in the ssh configuration', { s: { sshConfig: 'circle' } }, /go in a circle/],
    ['an option as host', { s: { sshConfig: 'sneaky' } }, /no host name or address/],
    ['an option as jump host', { s: { sshConfig: 'jumpy' } }, /is no jump host/],
    [
      'an option as jump host in the settings',
      { s: { key: '/k', jump: '-oProxyCommand=x' } },
      /is no jump host/,
    ],
    ['an option as user', { s: { key: '/k', user: '-l x' } }, /no user name/],
    ['no credentials', { s: { host: '10.0.0.1' } }, /nothing says how to log in/],
    ['no agent', { s: { agent: true } }, /there is no ssh-agent/],
  ])('%s', (_words, entries, message) => {
    expect(() => route(entries)).toThrow(message);
  });
});
