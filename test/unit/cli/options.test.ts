/** What is said on the command line is what comes to be, or it is refused: nothing is dropped without a word. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Option } from 'commander';
import { afterAll, describe, expect, test } from 'vitest';
import { createProgram } from '../../../src/cli/program.ts';
import { kindOf, SETTINGS, type Setting } from '../../../src/config/flat-settings.ts';
import { Home } from './portolan.ts';

const home = new Home();
afterAll(() => home[Symbol.dispose]());

/** Values of settings whose type is not told by its kind; each differs from the default. */
const OTHERS: Readonly<Record<string, unknown>> = {
  'server.path': '/elsewhere',
  'server.tls': { cert: '/tmp/cert.pem', key: '/tmp/key.pem' },
  'scans.database': '/tmp/portolan-elsewhere.db',
  'auth.scopes': { soc: ['scan:read'] },
  'tools.toolsets': ['scan'],
  'tools.resourceLinks': 'one',
  'server.tokens': [{ name: 'ci', hash: 'cafe'.repeat(16), scopes: ['scan:read'] }],
  'remote.scanners': { far: { host: '10.0.0.7', user: 'scan' } },
  'detection.windowSeconds': [2, 20],
  'inventory.networks': { office: { network: '10.0.0.0/24', addresses: 'dhcp', ports: '7d' } },
  'inventory.thresholds': { sleeperDays: 9 },
};

/** A value that the setting takes and that is not its default, found by trying what settings are made of. */
function another(setting: Setting): unknown {
  const candidates: unknown[] = [
    true,
    false,
    7,
    11,
    1029,
    2000,
    0.5,
    'http',
    'debug',
    'json',
    'https://portolan.example.org/x',
    '/tmp/portolan-elsewhere',
    'elsewhere',
    ['10.9.0.0/16'],
    ['a.example.org', 'b.example.org'],
    ['/tmp/a', '/tmp/b'],
  ];
  const known = OTHERS[setting.key];
  const found = (known === undefined ? candidates : [known]).find((value) => {
    const { success } = setting.type().safeParse(value);
    return success && JSON.stringify(value) !== JSON.stringify(setting.fallback());
  });
  if (found === undefined) throw new Error(`no other value for ${setting.key}`);
  return found;
}

function asText(value: unknown): string {
  if (Array.isArray(value) && typeof value[0] !== 'object') return value.join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

describe('settings', () => {
  const plain = SETTINGS.filter(({ secret }) => !secret);
  // Their values contradict each other together: an identity provider needs three, a token of captures a token.
  const wanted = plain.map((setting) => ({ setting, value: another(setting) }));

  test('every one that --set names comes to be', async () => {
    const words = wanted.flatMap(({ setting, value }) => ['--set', `${setting.key}=${asText(value)}`]);
    const env = Object.fromEntries(
      SETTINGS.filter(({ secret }) => secret).map(({ key }, at) => [`GIVEN_${at}`, `a secret for ${key}`]),
    );
    const secrets = SETTINGS.filter(({ secret }) => secret).flatMap(({ key }, at) => [
      '--set',
      `${key}=env:GIVEN_${at}`,
    ]);
    const { stdout, stderr } = await home.run(['check-config', '--json', ...words, ...secrets], env);
    expect(stderr).toBe('');
    const { config, origins } = JSON.parse(stdout);
    expect(Object.keys(origins).sort()).toEqual(SETTINGS.map(({ key }) => key).sort());
    for (const { setting, value } of wanted) {
      const shown = setting.secretFields ? expect.anything() : value;
      expect(config[setting.group][setting.name], setting.key).toEqual(shown);
    }
  });

  test('`serve` listens where --set says, and keeps its database there', async () => {
    const database = join(home.folder, 'elsewhere', 'scans.db');
    const settings = { 'server.host': '127.0.0.2', 'server.port': '0', 'server.path': '/narrow' };
    const words = Object.entries({ ...settings, 'scans.database': database });
    // The environment opens wide what the command line narrows.
    const server = home.start(['serve', ...words.flatMap(([key, value]) => ['--set', `${key}=${value}`])], {
      PORTOLAN_SERVER__HOST: '0.0.0.0',
    });
    let said = '';
    server.stderr?.setEncoding('utf8').on('data', (text) => (said += text));
    try {
      await expect.poll(() => said, { timeout: 10_000 }).toMatch(/listens on http/);
      expect(said).toMatch(/listens on http:\/\/127\.0\.0\.2:\d+\/narrow\n/);
      expect(existsSync(database)).toBe(true);
    } finally {
      server.kill('SIGTERM');
      await once(server, 'close');
    }
  });

  test.each([
    [['serve', '--port', '1', '--set', 'server.port=2'], 'server.port twice'],
    [['tasks', '--db', 'a.db', '--set', 'scans.database=/tmp/b.db'], 'scans.database twice'],
    [['prune', '--days', '1', '--set', 'scans.keepDays=2'], 'scans.keepDays twice'],
    [
      ['--set', 'security.deniedNames=a', 'check-config', '--set', 'security.deniedNames=b'],
      '--set security.deniedNames=A,B',
    ],
  ])('%j is refused: one of both would be dropped', async (words, message) => {
    const { status, stderr } = await home.run(words);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
  test('the kinds of value there are have all been tried', () => {
    expect(new Set(wanted.map(({ setting }) => kindOf(setting))).size).toBe(5);
  });
});

describe('options', () => {
  const program = createProgram(() => {});
  const all = (command: Command, path: string[] = []): [string[], Option, Command][] => [
    ...command.options.map((option): [string[], Option, Command] => [path, option, command]),
    ...command.commands.flatMap((one) => all(one, [...path, one.name()])),
  ];
  const single = all(program).filter(
    ([, option]) => option.required && !/may be repeated/.test(option.description),
  );

  test('each that takes one value is refused when it is given twice', async () => {
    expect(single.length).toBeGreaterThan(15);
    for (const [path, { long = '', argChoices: [first = 'first'] = [] }, command] of single) {
      const places = command.registeredArguments.map((place) => place.name());
      const words = [...path, ...places, long, first, long, 'second'];
      const fresh = createProgram(() => {});
      quiet(fresh);
      await expect(fresh.parseAsync(words, { from: 'user' }), words.join(' ')).rejects.toMatchObject({
        exitCode: 1,
        message: expect.stringContaining('is given twice'),
      });
    }
  });

  test.each([
    [['scan', '127.0.0.1', '--full', '--options', '-sV'], '--full'],
    [['call', 'quick_scan', 'target=127.0.0.1', 'target=127.0.0.2'], `target='["A","B"]'`],
    [['token', 'create', 'ci', '--entry', '--expires', '1d'], '--expires'],
    [['tasks', '--url', 'http://127.0.0.1:1/mcp', '--db', 'x.db'], '--db'],
    [['tasks', '--token-env', 'MINE'], '--url'],
    [['init', 'x.yaml', '--set', 'server.port=1'], '--set'],
    [['init', 'x.yaml', '--config', 'y.yaml'], '--config'],
    [['pcap', 'x.pcap', '--json', '--csv'], '--csv'],
  ])('%j: what cannot both be is refused', async (words, message) => {
    const { status, stdout, stderr } = await home.run(words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

function quiet(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  for (const one of command.commands) quiet(one);
}
