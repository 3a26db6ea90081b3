/** Every way to reach a scanner, and every step at which that can fail, with OpenSSH's own sshd. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Machine, makeKey, startMachine } from '../lab/machine.ts';
import { freePorts } from './listeners.ts';
import { cleanEnvironment, mainArguments, type Portolan, startStdio } from './portolan.ts';
import { makeSshHome, type SshHome, within } from './ssh-home.ts';

let home: SshHome;
let dmz: Machine;
let bare: Machine;
let old: Machine;
let strict: Machine;
let agents: ChildProcess[] = [];
let portolan: Portolan;
let port: number;

const PASSWORD = 'correct horse battery';

beforeAll(async () => {
  home = makeSshHome();
  port = await freePorts(5);
  const locked = makeKey(join(home.ssh, 'locked'), { passphrase: 'open sesame' });
  const agentKey = makeKey(join(home.folder, 'agent-key'));
  const root = { name: 'root', uid: 0, publicKey: home.publicKey };
  dmz = await startMachine({
    address: '127.0.0.1',
    port,
    users: [
      root,
      { name: 'plain', uid: 61_001, publicKey: `${locked}\n${agentKey}`, password: PASSWORD },
      { name: 'sudoer', uid: 61_002, publicKey: home.publicKey, sudoNmap: 'own terminal' },
    ],
  });
  bare = await startMachine({ address: '127.0.0.2', port: port + 1, users: [root], nmap: 'missing' });
  old = await startMachine({
    address: '127.0.0.3',
    port: port + 2,
    users: [root],
    nmap: { version: '7.70' },
  });
  strict = await startMachine({
    address: '127.0.0.4',
    port: port + 3,
    users: [root, { name: 'plain', uid: 61_001, publicKey: agentKey }],
    sshd: ['AllowTcpForwarding no', 'MaxAuthTries 2'],
  });
  home.know(dmz, bare, old, strict);
  const socket = join(home.folder, 'agent.sock');
  const crowded = join(home.folder, 'crowded.sock');
  agents = [socket, crowded].map((path) => spawn('ssh-agent', ['-D', '-a', path], { stdio: 'ignore' }));
  await within(5, () => existsSync(socket) && existsSync(crowded));
  const wrong = ['first', 'second', 'third'].map((name) => join(home.folder, name));
  for (const path of wrong) makeKey(path);
  await addKeys(socket, [join(home.folder, 'agent-key')]);
  await addKeys(crowded, [...wrong, join(home.folder, 'agent-key')]);
  writeFileSync(join(home.folder, 'passphrase'), 'open sesame\n', { mode: 0o600 });
  writeFileSync(join(home.folder, 'password'), `${PASSWORD}\n`, { mode: 0o600 });
  writeFileSync(
    join(home.ssh, 'config'),
    [
      'Host outer',
      `  HostName ${dmz.address}`,
      `  Port ${dmz.port}`,
      '  User root',
      '  IdentityFile ~/.ssh/id_ed25519',
      `  ProxyCommand touch ${home.folder}/proxied`,
      'Host inner',
      `  HostName ${old.address}`,
      `  Port ${old.port}`,
      '  User root',
      '  IdentityFile ~/.ssh/id_ed25519',
      '  ProxyJump outer',
      `Match exec "touch ${home.folder}/matched"`,
      '  User nobody',
    ].join('\n'),
  );
  const at = home.scanner(dmz);
  home.configure({
    scanners: {
      key: at,
      locked: {
        ...at,
        user: 'plain',
        key: join(home.ssh, 'locked'),
        passphrase: `file:${home.folder}/passphrase`,
      },
      shut: { ...at, user: 'plain', key: join(home.ssh, 'locked') },
      agent: { ...at, user: 'plain', key: undefined, agent: socket },
      password: { ...at, user: 'plain', key: undefined, password: `file:${home.folder}/password` },
      sudo: { ...at, user: 'sudoer', sudo: true },
      nosudo: { ...at, user: 'plain', key: undefined, agent: socket, sudo: true },
      jump: home.scanner(dmz, { jump: ['bare', 'old'] }),
      throughStrict: home.scanner(dmz, { jump: ['strict'] }),
      strict: home.scanner(strict),
      manyKeys: home.scanner(strict, { user: 'plain', key: undefined, agent: crowded }),
      fromSshConfig: { sshConfig: 'outer' },
      jumpFromSshConfig: { sshConfig: 'inner' },
      bare: home.scanner(bare),
      old: home.scanner(old),
      nobody: { ...at, port: port + 4 },
      stranger: {
        ...at,
        user: 'sudoer',
        key: join(home.ssh, 'locked'),
        passphrase: `file:${home.folder}/passphrase`,
      },
      scoped: { ...at, scope: ['127.0.0.8/29', '10.0.0.0/8'] },
    },
    remote: { connectSeconds: 5 },
  });
  portolan = await startStdio(home);
});

afterAll(async () => {
  await portolan.close();
  for (const agent of agents) agent.kill();
  await Promise.all([dmz.stop(), bare.stop(), old.stop(), strict.stop()]);
  home.remove();
});

async function addKeys(socket: string, keys: readonly string[]): Promise<void> {
  const add = spawn('ssh-add', ['-q', ...keys], { env: { SSH_AUTH_SOCK: socket } });
  expect((await once(add, 'exit'))[0]).toBe(0);
}

const scan = (scanner: string, target = '127.0.0.1') =>
  portolan.call('scan_network', { target, port_range: String(port), scanner, timeout: 60 });

describe('a scanner is reached', () => {
  it.each([['key'], ['locked'], ['agent'], ['password'], ['sudo'], ['jump'], ['fromSshConfig']])(
    'by %s',
    async (scanner) => {
      const { structured, text } = await scan(scanner);
      expect(structured, text).toMatchObject({
        success: true,
        data: {
          host: scanner,
          up_host_count: 1,
          results: [
            { ip: '127.0.0.1', status: 'up', open_ports: [{ port, protocol: 'tcp', state: 'open' }] },
          ],
        },
      });
    },
  );

  it('with the privileges it has there, and says what is weaker', async () => {
    const syn = await portolan.call('custom_scan', { command: `-sS -p ${port} 127.0.0.1`, scanner: 'sudo' });
    expect(syn.structured, syn.text).toMatchObject({ status: 'completed', result: { scanner: 'sudo' } });
    const connect = await scan('agent');
    expect(connect.structured['coverage']).toMatchObject([{ kind: 'downgraded' }, { kind: 'strategy' }]);
    const refused = await portolan.call('custom_scan', { command: `-sU -p 53 127.0.0.1`, scanner: 'agent' });
    expect(refused.structured).toMatchObject({ error: { code: 'needs_privileges' } });
  });

  it('over one connection for many scans', async () => {
    const before = dmz.log().match(/Accepted publickey for root/g)?.length ?? 0;
    await Promise.all(['127.0.0.1', '127.0.0.2', '127.0.0.3'].map((target) => scan('key', target)));
    expect(dmz.log().match(/Accepted publickey for root/g)?.length ?? 0).toBe(before);
  });

  it('and nothing of the ssh configuration but the way there was honoured', () => {
    expect(existsSync(join(home.folder, 'proxied'))).toBe(false);
    expect(existsSync(join(home.folder, 'matched'))).toBe(false);
  });
});

describe('an error says which step failed', () => {
  it.each([
    ['nobody', 'scanner_unreachable', /^TCP: nobody answers .* \(ECONNREFUSED\)/],
    [
      'throughStrict',
      'scanner_unreachable',
      /^TCP: the jump host reaches nobody as .*\(its sshd forwards nothing there\)/,
    ],
    ['manyKeys', 'ssh_auth_failed', /^Authentication: .* hung up on plain after too many keys/],
    ['stranger', 'ssh_auth_failed', /^Authentication: .* did not let sudoer in by key/],
    ['shut', 'ssh_auth_failed', /is encrypted, and no passphrase is set/],
    ['bare', 'nmap_not_found', /^nmap: command not found on scanner bare/],
    ['old', 'nmap_too_old', /^nmap 7\.70 on scanner old is too old/],
    ['jumpFromSshConfig', 'nmap_too_old', /^nmap 7\.70/],
    ['nosudo', 'needs_privileges', /^sudo -n nmap is not allowed/],
    ['nosuch', 'scanner_not_found', /^There is no scanner "nosuch"/],
  ])('%s: %s', async (scanner, code, message) => {
    const { structured, isError } = await scan(scanner);
    expect(isError).toBe(true);
    expect(structured).toMatchObject({ error: { code, message: expect.stringMatching(message) } });
  });

  it('with the command that installs nmap there', async () => {
    const { structured } = await scan('bare');
    expect(structured).toMatchObject({ error: { next: 'Install it there: apt-get install nmap' } });
  });

  it('and a scanner has its own scope within the one of all', async () => {
    expect((await scan('scoped', '127.0.0.9')).structured).toMatchObject({ success: true });
    const { structured } = await scan('scoped', '127.0.0.1');
    expect(structured).toMatchObject({
      error: { code: 'out_of_scope', limit: 'scanner scoped scans only 127.0.0.8/29, 10.0.0.0/8' },
    });
    const outside = await scan('key', '8.8.8.8');
    expect(outside.structured).toMatchObject({ error: { code: 'out_of_scope' } });
  });

  it('several failures of the network in a row pause a scanner; refusals do not', async () => {
    for (let round = 0; round < 6; round += 1) {
      expect((await scan('stranger')).structured).toMatchObject({ error: { code: 'ssh_auth_failed' } });
    }
    for (let round = 0; round < 5; round += 1) await scan('nobody');
    const { structured } = await scan('nobody');
    expect(structured).toMatchObject({
      error: { code: 'breaker_open', retry_after_seconds: expect.any(Number) },
    });
    // The other scanners go on.
    expect((await scan('key')).structured).toMatchObject({ success: true });
  });
});

describe('the command line', () => {
  async function run(...words: string[]) {
    const child = spawn(process.execPath, mainArguments(home, ...words), {
      env: cleanEnvironment(home),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (text += String(bytes)));
    const [status] = await once(child, 'close');
    return { status, text };
  }

  it('doctor goes through every step', async () => {
    const { status, text } = await run('doctor', '--scanner', 'jump');
    expect(text).toMatch(/ok\s+tcp/);
    expect(text.match(/ok\s+host key/g)).toHaveLength(3);
    expect(text).toMatch(/ok\s+nmap\s+nmap \d/);
    expect(text).toContain('Portolan can scan from jump.');
    expect(status).toBe(0);
    const bad = await run('doctor', '--scanner', 'bare');
    expect(bad.text).toMatch(/FAIL\s+nmap\s+nmap: command not found/);
    expect(bad.status).toBe(1);
  });

  it('an unknown and a changed host key are refused with their fingerprint until they are trusted', async () => {
    const known = join(home.ssh, 'known_hosts');
    const before = readFileSync(known, 'utf8');
    const own = join(home.folder, '.local', 'share', 'portolan', 'known_hosts');
    try {
      writeFileSync(known, '');
      const unknown = await run('doctor', '--scanner', 'old');
      expect(unknown.text).toMatch(/is not known: ssh-ed25519 SHA256:[\w+/]{43}\./);
      expect(unknown.text).toContain('run `portolan trust old`');

      writeFileSync(known, `[${old.address}]:${old.port} ${dmz.hostKey}\n`);
      const changed = await run('doctor', '--scanner', 'old');
      expect(changed.text).toMatch(/has changed, or somebody is between: it is now ssh-ed25519 SHA256:/);
      expect(changed.status).toBe(1);

      const nobodyThere = await run('trust', 'old');
      expect(nobodyThere.status).toBe(1);
      expect(nobodyThere.text).toContain('ATTENTION: it was another one before');
      expect(existsSync(own)).toBe(false);

      expect((await run('trust', 'old', '--yes')).status).toBe(0);
      expect(readFileSync(own, 'utf8')).toBe(`[${old.address}]:${old.port} ${old.hostKey}\n`);
      expect((await run('doctor', '--scanner', 'old')).text).toMatch(/ok\s+host key/);

      writeFileSync(known, `@revoked * ${old.hostKey}\n`);
      const revoked = await run('trust', 'old', '--yes');
      expect(revoked.text).toContain('is revoked');
      expect(revoked.status).toBe(1);
    } finally {
      writeFileSync(known, before);
    }
  });
});
