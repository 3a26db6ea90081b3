/**
 * The steps of the Dockerfile, run in a fresh folder: no engine is needed for that. The packages that apt would install
 * are those of this machine.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts } from '../listeners.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const NODE_FOLDER = dirname(process.execPath);
/** The user of the image. */
const UID = 10_001;

interface Step {
  word: string;
  rest: string;
}

/** The instructions of each stage; comments are left out and continued lines joined. */
function stages(text: string): Step[][] {
  const found: Step[][] = [];
  for (const line of text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')) {
    const [, word, rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (word === undefined) continue;
    if (word === 'FROM') found.push([]);
    found.at(-1)?.push({ word, rest: rest.trim() });
  }
  return found;
}

let folder: string;
let src: string;
let app: string;
let build: Step[];
let runtime: Step[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-image-'));
  chmodSync(folder, 0o755);
  [build, runtime] = stages(readFileSync(join(ROOT, 'deploy/docker/Dockerfile'), 'utf8')) as [Step[], Step[]];
  src = join(folder, 'src');
  app = join(folder, 'app');
  mkdirSync(src);
  mkdirSync(app);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the build stage builds from what it copies, and from nothing else', () => {
  const ignored = readFileSync(join(ROOT, 'deploy/docker/Dockerfile.dockerignore'), 'utf8').split('\n');
  for (const { word, rest } of build) {
    if (word === 'COPY') {
      const paths = rest.split(/\s+/);
      const to = paths.pop() ?? '';
      for (const path of paths) {
        expect(ignored).toContain(`!${path}`);
        cpSync(join(ROOT, path), join(src, to, to.endsWith('/') ? path : ''), { recursive: true });
      }
    } else if (word === 'RUN') {
      const { status, stderr, stdout } = spawnSync('sh', ['-c', rest], {
        cwd: src,
        encoding: 'utf8',
        env: {
          ...process.env,
          PATH: `${NODE_FOLDER}:${process.env['PATH']}`,
          npm_config_prefer_offline: 'true',
        },
      });
      expect(status, `${rest}\n${stdout}${stderr}`).toBe(0);
    }
  }
}, 300_000);

it('the image serves as a user without rights, and its health check says so', async () => {
  for (const { word, rest } of runtime) {
    const [, from = '', to = ''] = /^--from=build \/src\/(\S+) (\S+)$/.exec(rest) ?? [];
    if (word === 'COPY')
      cpSync(join(src, from), join(app, to.replace(/^\.\//, '') === '' ? from : to.replace(/^\.\//, '')), {
        recursive: true,
      });
  }
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  chownSync(data, UID, UID);
  // Of the system that runs the tests, with the one capability that the image gives it.
  const nmap = join(folder, 'nmap');
  copyFileSync('/usr/bin/nmap', nmap);
  const [setcap = ''] =
    /setcap \S+(?= \/usr\/bin\/nmap)/.exec(runtime.map(({ rest }) => rest).join('\n')) ?? [];
  expect(spawnSync('sh', ['-c', `${setcap} ${nmap}`], { encoding: 'utf8' }).stderr).toBe('');
  const node = join(folder, 'node');
  symlinkSync(process.execPath, node);

  const port = await freePorts(1);
  const wanted = runtime.filter(({ word }) => word === 'ENV').flatMap(({ rest }) => rest.split(/\s+/));
  const env: Record<string, string> = Object.fromEntries(
    wanted
      .map((pair) => pair.split('=') as [string, string])
      .map(([name, value]) => [name, value.replace(/^\/data/, data)]),
  );
  // Of what `docker run` adds: a token (the image listens on all addresses), and behind its name another port.
  Object.assign(env, {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    PORTOLAN_SERVER__TOKEN: 'a-secret-of-many-letters',
    PORTOLAN_SCANS__NMAP_PATH: nmap,
  });
  const inside = (...words: string[]) => [
    ...['--reuid', String(UID), '--regid', String(UID), '--clear-groups'],
    ...['--bounding-set', '-all,+net_raw', '--inh-caps', '-all', '--', ...words],
  ];
  const json = (word: string) =>
    JSON.parse(runtime.find((step) => step.word === word)?.rest ?? '[]') as string[];
  const [, script = '', ...more] = [...json('ENTRYPOINT'), ...json('CMD')];
  const server = spawn(
    'setpriv',
    inside(node, script.replace('/app', app), ...more, '--port', String(port)),
    {
      cwd: app,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  server.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  try {
    const check =
      /CMD (\[.*\])/.exec(runtime.find(({ word }) => word === 'HEALTHCHECK')?.rest ?? '')?.[1] ?? '[]';
    const [, ...words] = JSON.parse(check.replace('/app', app)) as string[];
    const [inContainer = '', ...rest] = ['setpriv', ...inside(node, ...words)];
    const healthy = () => spawnSync(inContainer, rest, { env }).status === 0;
    for (let round = 0; round < 60 && !healthy() && server.exitCode === null; round++) await delay(250);
    expect(healthy(), said).toBe(true);

    // Its files are beside the bundle.
    expect(await (await fetch(`http://127.0.0.1:${port}/docs`)).text()).toContain('<script type="module">');

    const answer = await fetch(`http://127.0.0.1:${port}/tools/custom_scan/execute`, {
      method: 'POST',
      headers: { Authorization: 'Bearer a-secret-of-many-letters', 'Content-Type': 'application/json' },
      body: JSON.stringify({ command: '-sS -Pn -n -p 1 127.0.0.1' }),
    });
    const text = await answer.text();
    expect(answer.status, text).toBe(200);
    // The raw scan that was asked for, by a user without rights and nmap's own capability.
    expect(text).toContain('--privileged');
    expect(text).toContain('"status":"completed"');
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
  expect(said).toContain('Stopping');
});
