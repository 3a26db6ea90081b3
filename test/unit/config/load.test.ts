import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENV_ALIASES, FILE_ALIASES } from '../../../src/config/aliases.ts';
import { SETTING_BY_KEY } from '../../../src/config/flat-settings.ts';
import { defaultConfig, loadConfig } from '../../../src/config/load.ts';
import { PortolanError } from '../../../src/core/errors.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function fileWith(content: string, extension = 'yaml'): string {
  const file = join(folder, `config-${count++}.${extension}`);
  writeFileSync(file, content);
  return file;
}

/** Nothing of the machine that runs the tests: an empty environment whose configuration directory is empty. */
function bare(env: Record<string, string> = {}): Record<string, string> {
  return { XDG_CONFIG_HOME: join(folder, 'empty'), ...env };
}

async function refusal(content: string, env: Record<string, string> = {}): Promise<string> {
  const error = await loadConfig({ file: fileWith(content), env: bare(env) }).catch(
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PortolanError)) throw new Error(`expected a refusal, got ${String(error)}`);
  expect(error.code).toBe('invalid_config');
  return error.message;
}

describe('precedence', () => {
  test('without any source the defaults hold', async () => {
    const { config, file, origins } = await loadConfig({ env: bare() });
    expect(config).toEqual(defaultConfig());
    expect(file).toBeUndefined();
    expect(origins.size).toBe(0);
    expect(config.scans).toMatchObject({ syncWaitSeconds: 30, maxConcurrentTasks: 10, keepDays: 90 });
    expect(config.security).toMatchObject({ maxAddresses: 1024, maxPortRanges: 100, allowIntrusive: false });
  });

  test('a known scanner is an address or a network', async () => {
    const file = fileWith('detection:\n  knownScanners: ["10.0.0.0/28", ten dot zero]\n');
    await expect(loadConfig({ file, env: bare() })).rejects.toThrow(/knownScanners/);
  });

  test('file < environment < flags', async () => {
    const file = fileWith('scans:\n  syncWaitSeconds: 11\n  queueLimit: 12\n  keepDays: 13\n');
    const { config, origins } = await loadConfig({
      file,
      env: bare({ PORTOLAN_SCANS__QUEUE_LIMIT: '22', PORTOLAN_SCANS__KEEP_DAYS: '23' }),
      flags: { 'scans.keepDays': '33', 'server.port': undefined },
    });
    expect(config.scans).toMatchObject({ syncWaitSeconds: 11, queueLimit: 22, keepDays: 33 });
    expect(config.server.port).toBe(8765);
    expect(Object.fromEntries(origins)).toEqual({
      'scans.syncWaitSeconds': file,
      'scans.queueLimit': 'PORTOLAN_SCANS__QUEUE_LIMIT',
      'scans.keepDays': 'the command line',
    });
  });

  test('the file is found by PORTOLAN_CONFIG and in the configuration directory, never in the working directory', async () => {
    const named = fileWith('{"server": {"port": 7001}}', 'json');
    const { config } = await loadConfig({ env: bare({ PORTOLAN_CONFIG: named }) });
    expect(config.server.port).toBe(7001);

    const here = process.cwd();
    const place = mkdtempSync(join(folder, 'cwd-'));
    writeFileSync(join(place, 'portolan.yaml'), 'server:\n  port: 7002\n');
    try {
      process.chdir(place);
      expect((await loadConfig({ env: bare() })).config.server.port).toBe(8765);
    } finally {
      process.chdir(here);
    }
  });

  test('texts of the environment become the type of their setting', async () => {
    const { config } = await loadConfig({
      env: bare({
        PORTOLAN_SECURITY__ALLOW_INTRUSIVE: 'yes',
        PORTOLAN_SECURITY__ASK_INTRUSIVE: '0',
        PORTOLAN_SECURITY__DENIED_NETWORKS: '10.1.0.0/16, 2001:db8::/32',
        PORTOLAN_SERVER__TOKENS: JSON.stringify([
          { name: 'ci', hash: 'cafe'.repeat(16), scopes: ['scan:read'] },
        ]),
        PORTOLAN_SCANS__DATABASE: '~/scans.db',
      }),
    });
    expect(config.security.allowIntrusive).toBe(true);
    expect(config.security.askIntrusive).toBe(false);
    expect(config.security.deniedNetworks).toEqual(['10.1.0.0/16', '2001:db8::/32']);
    expect(config.server.tokens[0]?.scopes).toEqual(['scan:read']);
    expect(config.scans.database).toBe(join(homedir(), 'scans.db'));
  });
});

describe('aliases', () => {
  test('every alias leads to a setting that exists', () => {
    for (const key of [...FILE_ALIASES.values(), ...ENV_ALIASES.values()])
      expect(SETTING_BY_KEY.has(key)).toBe(true);
  });

  test('a JSON file in the names of earlier servers', async () => {
    const file = fileWith(
      JSON.stringify({
        host: '::1',
        port: 9999,
        path: '/old',
        token: 'older-token',
        sync_timeout: 45,
        max_concurrent_tasks: 3,
        db_path: '/var/lib/old.db',
        nmap_path: '/opt/nmap/bin/nmap',
      }),
      'json',
    );
    const { config } = await loadConfig({ file, env: bare() });
    expect(config.server).toMatchObject({ host: '::1', port: 9999, path: '/old', token: 'older-token' });
    expect(config.scans).toMatchObject({
      syncWaitSeconds: 45,
      maxConcurrentTasks: 3,
      database: '/var/lib/old.db',
      nmapPath: '/opt/nmap/bin/nmap',
    });
  });

  test('variables in the names of earlier servers; our own name wins', async () => {
    const { config } = await loadConfig({
      env: bare({
        PORT_HUNTER_TOKEN: 'hunter-token',
        PORT_HUNTER_REQUIRE_TOKEN: 'true',
        PORT_HUNTER_ALLOWED_DIR: '/srv/captures',
        PORT_HUNTER_MAX_PCAP_MB: '7.5',
        PORTOLAN_CAPTURES__MAX_FILE_MB: '8',
        PORT_HUNTER_ALLOW_PRIVATE: '1',
      }),
    });
    expect(config.captures).toMatchObject({
      token: 'hunter-token',
      requireToken: true,
      allowedDir: '/srv/captures',
      maxFileMb: 8,
      allowPrivate: true,
    });
  });
});

describe('what is wrong is named', () => {
  test.each([
    ['scans:\n  syncWaitSeconds: abc\n', 'scans.syncWaitSeconds', 'a whole number from 1 to 600', '"abc"'],
    ['scans:\n  syncWaitSeconds: 601\n', 'scans.syncWaitSeconds', 'a whole number from 1 to 600', '601'],
    ['security:\n  allowIntrusive: maybe\n', 'security.allowIntrusive', 'true or false', '"maybe"'],
    ['logging:\n  level: loud\n', 'logging.level', 'silent, error, warn, info, debug', '"loud"'],
    [
      'security:\n  allowedNetworks: [10.0.0.0/8, 10.0.0.300/8]\n',
      'security.allowedNetworks[1]',
      'a network',
      '"10.0.0.300/8"',
    ],
    [
      'security:\n  deniedNetworks: ["010.0.0.1"]\n',
      'security.deniedNetworks[0]',
      'a network',
      '"010.0.0.1"',
    ],
    ['security:\n  allowedNetworks: 10.0.0.0/8\n', 'security.allowedNetworks', 'a list', '"10.0.0.0/8"'],
    ['logging:\n  file: here.log\n', 'logging.file', 'an absolute path', '"here.log"'],
    ['scans:\n  nmapPath: bin/nmap\n', 'scans.nmapPath', 'the name of a program', '"bin/nmap"'],
    ['server:\n  tokens: [{name: x}]\n', 'server.tokens[0].hash (from', ') is missing.'],
    ['remote:\n  scanners: {lab: {prot: 22}}\n', 'remote.scanners.lab (from', ') has no setting prot.'],
    [
      'remote:\n  scanners: {lab: {host: 5}}\n',
      'remote.scanners.lab.host (from',
      'must be of the type string.',
    ],
  ])('%s', async (content, ...expected) => {
    const message = await refusal(content);
    for (const part of expected) expect(message).toContain(part);
  });

  test('a file that is empty, but not one whose comments say that the defaults are meant', async () => {
    for (const text of ['', '\n \n', '---\n', '\ufeff']) expect(await refusal(text)).toContain('is empty');
    await expect(refusal('# all defaults\n')).rejects.toThrow('expected a refusal');
  });

  test('the nearest name for a mistyped one', async () => {
    expect(await refusal('security:\n  alowIntrusive: true\n')).toContain(
      'Did you mean security.allowIntrusive?',
    );
    expect(await refusal('secuirty:\n  allowIntrusive: true\n')).toContain('Did you mean security?');
    expect(await refusal('# defaults', { PORTOLAN_SECURITY__ALLOWINTRUSIVE: '1' })).toContain(
      'Did you mean PORTOLAN_SECURITY__ALLOW_INTRUSIVE?',
    );
    expect(await refusal('security:\n  somethingElseEntirely: 1\n')).toContain(
      'Accepted: security.allowedNetworks,',
    );
  });

  test('in the group of an earlier server, what is accepted there and no more', async () => {
    const message = await refusal('tool:\n  include_patterns: []\ncircuit_breaker:\n  odd: 1\n');
    expect(message).toContain('Accepted: tool.default_timeout, tool.default_concurrency.\n');
    expect(message).toContain('Accepted: circuit_breaker.failure_threshold, ');
    expect(message.length).toBeLessThan(500);
  });

  test('a variable in the name of such a group that is none of theirs is told, and refuses nothing', async () => {
    const { notices } = await loadConfig({
      env: {
        ...bare(),
        MCP_HEALTH_ODDITY: '5',
        MCP_SERVER_PROT: '1',
        MCP_TIMEOUT: '3',
        MCP_SERVER_HOST: '::1',
      },
    });
    expect(notices).toEqual([
      expect.stringMatching(/^MCP_HEALTH_ODDITY has no effect\. Accepted: MCP_HEALTH_CHECK_INTERVAL, /),
      'MCP_SERVER_PROT has no effect. Did you mean MCP_SERVER_PORT?',
    ]);
  });

  test('everything that is wrong at once', async () => {
    const message = await refusal('scans:\n  keepDays: -1\n', { PORTOLAN_SERVER__PORT: '70000' });
    expect(message).toContain('2 settings are wrong');
    expect(message).toContain('scans.keepDays');
    expect(message).toContain('server.port (from PORTOLAN_SERVER__PORT)');
  });

  test('a token that is required but not given', async () => {
    expect(await refusal('captures:\n  requireToken: true\n')).toContain('captures.token is not set');
    const all = await refusal(
      'security:\n  allowed_targets: [10.0.0.0/8]\nauth:\n  issuer: https://id.lab.internal\n  audience: 3\n',
    );
    expect(all).toMatch(
      /3 settings are wrong:\n- security\.allowed_targets .*\n- auth\.audience .* not 3\.\n- auth\.jwksUrl must be set too/,
    );
  });

  test('a file that is not there, not YAML, not JSON, not groups', async () => {
    await expect(loadConfig({ file: join(folder, 'none.yaml'), env: bare() })).rejects.toThrow('ENOENT');
    await expect(loadConfig({ file: fileWith('a: [1'), env: bare() })).rejects.toThrow(
      /is not YAML \(line \d/,
    );
    await expect(loadConfig({ file: fileWith('{"a":', 'json'), env: bare() })).rejects.toThrow('is not JSON');
    await expect(loadConfig({ file: fileWith('- 1\n'), env: bare() })).rejects.toThrow(
      'does not hold groups',
    );
    await expect(loadConfig({ file: fileWith('server: 5\n'), env: bare() })).rejects.toThrow('server in');
  });

  test('an alias bomb is refused instead of filling the memory', async () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `a${i}: &a${i} [${i === 0 ? '1' : `*a${i - 1}`}${`,*a${i - 1}`.repeat(i === 0 ? 0 : 8)}]`,
    );
    await expect(loadConfig({ file: fileWith(levels.join('\n')), env: bare() })).rejects.toThrow(
      PortolanError,
    );
  });
});
