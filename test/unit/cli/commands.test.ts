import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../../package.json' with { type: 'json' };
import { hashToken } from '../../../src/config/tokens.ts';
import { ended, Home, MAIN } from './portolan.ts';

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home[Symbol.dispose]());

describe('the command line itself', () => {
  test('--version and --help', async () => {
    expect(await home.run(['--version'])).toEqual({ status: 0, stdout: `${manifest.version}\n`, stderr: '' });
    const help = await home.run(['--help']);
    expect(help.status).toBe(0);
    for (const name of [
      'serve',
      'scan',
      'call',
      'report',
      'tasks',
      'prune',
      'doctor',
      'check-config',
      'init',
      'token',
    ]) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
  });

  test('what cannot be understood ends with 2, says why, and does nothing', async () => {
    const command = await home.run(['scna', '127.0.0.1']);
    expect(command.status).toBe(2);
    expect(command.stderr).toContain('Did you mean portolan scan?');
    const help = await home.run(['help', 'scna']);
    expect(help).toMatchObject({ status: 2, stdout: '' });
    expect(help.stderr).toMatch(/^invalid_argument: .*\n.*Did you mean portolan scan\?\n$/);
    const option = await home.run(['doctor', '--jsn']);
    expect(option.status).toBe(2);
    expect(option.stderr).toContain('--json');
    expect(option.stderr).toContain('(portolan doctor --help shows');
    const inside = await home.run(['token', 'create', '--bogus', 'x']);
    expect(inside.stderr).toContain('(portolan token create --help shows');
    expect((await home.run(['scan'])).status).toBe(2);
    const setting = await home.run(['check-config', '--set', 'security.maxAdresses=5']);
    expect(setting.status).toBe(2);
    expect(setting.stderr).toContain('Did you mean security.maxAddresses?');
  });

  test('an older Node is told what is needed before anything of ours is loaded', async () => {
    const older =
      'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.19.0" } })';
    const { status, stdout, stderr } = await home.run([], {}, ['--import', `data:text/javascript,${older}`]);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('portolan needs Node 22.12 or newer; this is 20.19.0');
    expect(stderr).toContain('Next: ');
  });
});

describe('init', () => {
  test('writes a file for this user alone, which then holds', async () => {
    const { status, stdout } = await home.run(['init']);
    expect(status).toBe(0);
    const file = join(home.folder, 'config', 'portolan', 'portolan.yaml');
    expect(stdout).toContain(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const token: string = parse(readFileSync(file, 'utf8')).server.token;
    expect(Buffer.from(token.replace('portolan_', ''), 'base64url')).toHaveLength(32);
    expect(stdout).not.toContain(token);

    const check = await home.run(['check-config']);
    expect(check.status).toBe(0);
    expect(check.stdout).toContain(`File: ${file}`);
    expect(check.stdout).toContain('token: "[hidden]"');
    expect(check.stdout).not.toContain(token);
  });

  test('a name that is of neither language is refused, for YAML would be in it', async () => {
    for (const name of ['x.toml', 'x.conf', 'x']) {
      const { status, stderr } = await home.run(['init', name]);
      expect(status).toBe(2);
      expect(stderr).toContain('.yaml or .json');
      expect(existsSync(join(home.folder, name))).toBe(false);
    }
  });

  test('never writes over a file unless told to, and never through a link', async () => {
    const file = join(home.folder, 'mine.yaml');
    writeFileSync(file, '# mine\n');
    const refused = await home.run(['init', 'mine.yaml']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('--force');
    expect(readFileSync(file, 'utf8')).toBe('# mine\n');

    const link = join(home.folder, 'link.yaml');
    symlinkSync(file, link);
    expect((await home.run(['init', 'link.yaml', '--force'])).status).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe('# mine\n');
    expect(readFileSync(link, 'utf8')).toContain('token: portolan_');
  });
});

describe('what new users try', () => {
  test('help and version as words', async () => {
    expect(await home.run(['version'])).toEqual({ status: 0, stdout: `${manifest.version}\n`, stderr: '' });
    const help = await home.run(['help']);
    expect(help).toEqual({ ...(await home.run(['--help'])), stderr: '' });
    expect(help.status).toBe(0);
    expect((await home.run(['help', 'scan'])).stdout).toContain('--options');
  });

  test('a reader that has enough is no defect', async () => {
    const pipe = '"$0" "$@" --help | head -1';
    const { stdout, stderr } = spawnSync('sh', ['-c', pipe, process.execPath, MAIN], {
      env: home.env,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^Usage: portolan.*\n$/);
    // Closed before anything is written, whatever the pipe holds.
    const gone = home.start(['check-config', '--json']);
    gone.stdout?.destroy();
    expect(await ended(gone)).toMatchObject({ status: 0, stderr: '' });
  });

  test('output for which there is no room is a failure in words', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [MAIN, 'check-config'], {
      env: home.env,
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    const { status, stderr } = await ended(child);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^storage_failed: Not all output could be written \(ENOSPC\)\.\nNext: .*\n$/);
  });

  test('options of nmap are sent to --options', async () => {
    const { status, stderr } = await home.run(['scan', '-p', '80', '127.0.0.1']);
    expect(status).toBe(2);
    expect(stderr).toContain('portolan scan --options "-p …" TARGET');
  });

  test('alone in a terminal it says what it waits for; a client gets nothing of it', async () => {
    const terminal = spawn('script', ['-qec', `exec '${process.execPath}' '${MAIN}'`, '/dev/null'], {
      env: home.env,
    });
    let said = '';
    terminal.stdout.setEncoding('utf8').on('data', (text) => (said += text));
    try {
      await expect.poll(() => said, { timeout: 10_000 }).toContain('waits for a client');
      expect(said).toContain('portolan --help');
    } finally {
      // The end of the typing is the end of the client.
      terminal.stdin.end();
      await once(terminal, 'close');
    }
    expect(await home.run([])).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('`trust` connects nowhere that remote.allowedHosts and the scope do not allow', async () => {
    let connections = 0;
    const listener = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    const trust = (...settings: string[]) =>
      home.run(['trust', `me@127.0.0.1:${port}`, ...settings.flatMap((one) => ['--set', one])]);
    try {
      const elsewhere = await trust('remote.allowedHosts=10.0.0.0/8');
      expect(elsewhere.status).toBe(1);
      expect(elsewhere.stderr).toMatch(/^scanner_not_allowed: .*remote\.allowedHosts/);
      const denied = await trust('security.deniedNetworks=127.0.0.0/8');
      expect(denied.stderr).toContain('denied by the configuration');
      const name = await home.run([
        'trust',
        'host.example.org',
        '--set',
        'security.deniedNames=*.example.org',
      ]);
      expect(name.stderr).toContain('denied by the configuration');
      expect(connections).toBe(0);
      expect((await trust()).stderr).not.toContain('not_allowed');
      expect(connections).toBeGreaterThan(0);
    } finally {
      listener.close();
    }
  });

  test('init with the name of a JSON file writes JSON that holds', async () => {
    expect((await home.run(['init', 'x.json'])).status).toBe(0);
    const { server } = JSON.parse(readFileSync(join(home.folder, 'x.json'), 'utf8'));
    expect(server.token).toMatch(/^portolan_/);
    const check = await home.run(['check-config', '--config', 'x.json']);
    expect({ status: check.status, stderr: check.stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('check-config', () => {
  test('says what each setting comes to and where it comes from', async () => {
    const { status, stdout } = await home.run(
      ['check-config', '--json', '--set', 'security.maxAddresses=16', '--db', 'here.db'],
      { PORTOLAN_SCANS__KEEP_DAYS: '7' },
    );
    expect(status).toBe(0);
    const { config, origins } = JSON.parse(stdout);
    expect(config.security.maxAddresses).toBe(16);
    expect(config.scans).toMatchObject({ keepDays: 7, database: join(home.folder, 'here.db') });
    expect(origins).toEqual({
      'security.maxAddresses': 'the command line',
      'scans.database': 'the command line',
      'scans.keepDays': 'PORTOLAN_SCANS__KEEP_DAYS',
    });
  });

  test('a wrong setting ends with 2', async () => {
    const { status, stderr } = await home.run(['check-config'], { PORTOLAN_LOGGING__LEVEL: 'loud' });
    expect(status).toBe(2);
    expect(stderr).toContain('logging.level (from PORTOLAN_LOGGING__LEVEL) must be one of silent, error');
  });

  test('a secret in the arguments, where others can read it, is refused', async () => {
    const { status, stderr } = await home.run(['check-config', '--set', 'server.token=canary-1234567']);
    expect(status).toBe(2);
    expect(stderr).toContain('PORTOLAN_SERVER__TOKEN');
    expect(stderr).not.toContain('canary');
    const named = await home.run(['check-config', '--set', 'server.token=env:MINE'], {
      MINE: 'canary-1234567',
    });
    expect(named.status).toBe(0);
    expect(named.stdout).not.toContain('canary');
  });
});

describe('token', () => {
  test('--entry: the entry it prints knows the token it prints', async () => {
    const { status, stdout } = await home.run(
      'token create ci --entry --scopes'.split(' ').concat('scan:read, capture:read'),
    );
    expect(status).toBe(0);
    const token = /portolan_\S+/.exec(stdout)?.[0] ?? '';
    const yaml = stdout.slice(stdout.indexOf('  tokens:'));
    expect(parse(yaml).tokens).toEqual([
      { name: 'ci', hash: hashToken(token), scopes: ['scan:read', 'capture:read'] },
    ]);
    const refused = await home.run(['token', 'create', 'ci', '--scopes', 'everything']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('scan:run');
  });

  test('create, list, revoke: one of a name at a time, never shown again', async () => {
    expect((await home.run(['token', 'list'])).stdout).toContain('No tokens');
    const made = await home.run(['token', 'create', 'ci', '--expires', '12h']);
    expect(made.status).toBe(0);
    const secret = /portolan_\S+/.exec(made.stdout)?.[0] ?? '';
    const again = await home.run(['token', 'create', 'ci']);
    expect(again.status).toBe(2);
    expect(again.stderr).toContain('portolan token revoke ci');
    const list = await home.run(['token', 'list', '--json']);
    expect(JSON.parse(list.stdout)).toMatchObject([
      { name: 'ci', state: 'valid', scopes: ['scan:read', 'scan:run'] },
    ]);
    expect(list.stdout).not.toContain(secret);
    expect((await home.run(['token', 'revoke', 'ci'])).status).toBe(0);
    expect((await home.run(['token', 'revoke', 'ci'])).status).toBe(2);
    expect((await home.run(['token', 'create', 'ci', '--expires', 'never'])).status).toBe(0);
    const rows = (await home.run(['token', 'list'])).stdout;
    expect(rows).toMatch(/ci +valid .* never/);
    expect(rows).toMatch(/ci +revoked/);
  });

  test('names that own the tasks of others, and odd times, are refused', async () => {
    for (const name of ['local', 'operator', 'a b', '']) {
      const refused = await home.run(['token', 'create', name], {
        PORTOLAN_SERVER__TOKEN: 'canary-token-0815-4711',
      });
      expect(refused.status, name).toBe(2);
    }
    for (const expires of ['0d', '1y', '-1d', 'tomorrow']) {
      expect((await home.run(['token', 'create', 'x', `--expires=${expires}`])).status, expires).toBe(2);
    }
  });
});

describe('doctor', () => {
  test('what is missing and essential ends with 1, with the command that mends it', async () => {
    const { status, stdout } = await home.run([
      'doctor',
      '--json',
      '--set',
      'scans.nmapPath=/nonexistent/nmap',
    ]);
    expect(status).toBe(1);
    const { ok, findings } = JSON.parse(stdout);
    expect(ok).toBe(false);
    const nmap = findings.find((one: { name: string }) => one.name === 'nmap');
    expect(nmap.ok).toBe(false);
    expect(nmap.detail).toContain('nmap: command not found');
    expect(nmap.fix).toMatch(/install/i);
  });

  test('configuration, database, captures folder and server are looked at', async () => {
    const file = join(home.folder, 'open.yaml');
    writeFileSync(file, 'server:\n  host: 0.0.0.0\ncaptures:\n  allowedDir: /nonexistent/captures\n', {
      mode: 0o644,
    });
    mkdirSync(join(home.folder, 'data'));
    const { status, stdout } = await home.run(['doctor', '--config', file]);
    expect(stdout).toContain('is readable to others');
    expect(stdout).toContain(`chmod 600 ${file}`);
    expect(stdout).toMatch(/server +server.host is 0.0.0.0/);
    expect(stdout).toContain('mkdir -p /nonexistent/captures');
    expect(stdout).toMatch(/ok +database +.*portolan.db \(made with the first scan\)/);
    expect(stdout).toMatch(/ok +nmap +nmap \d/);
    expect(stdout).toMatch(/ok +ping +\S+, for PingTool/);
    expect(stdout).toMatch(/ok +traceroute +\S+, for TracerouteTool/);
    expect(status).toBe(0);
  });

  test('with a wrong configuration the rest is still looked at', async () => {
    const { status, stdout } = await home.run(['doctor', '--json'], { PORTOLAN_SERVER__PORT: 'x' });
    expect(status).toBe(1);
    const names = JSON.parse(stdout).findings.map(
      (one: { name: string; ok: boolean }) => `${one.name} ${one.ok}`,
    );
    expect(names).toContain('configuration false');
    expect(names).toContain('nmap true');
  });
});
