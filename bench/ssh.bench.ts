/**
 * What Portolan adds to a scan over SSH: the same nmap options on the same machine, by `ssh host nmap …` of the system
 * with a warm connection (ControlMaster) and with a new one each time, and through a real MCP client with a scanner of
 * the configuration. The machine is an sshd of its own on 127.0.0.1. Needs root; uses the shipped bundle (npm run build).
 *
 *   node bench/ssh.bench.ts [pairs=7]
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { freePorts } from '../test/e2e/listeners.ts';
import { makeHome } from '../test/e2e/portolan.ts';
import { makeKey, startMachine } from '../test/lab/machine.ts';
import { inTurn, median } from './side-by-side.ts';

const SCANS = {
  'one port of one address': ['-p', '9'],
  '100 ports of 8 addresses': ['--top-ports', '100'],
  'all ports of 2 addresses': ['-p', '1-65535'],
};
const TARGETS: Record<string, string> = {
  'one port of one address': '127.0.0.1',
  'all ports of 2 addresses': '127.0.0.1-2',
};

const pairs = Number(process.argv[2] ?? 7);
const home = makeHome();
const key = join(home.folder, 'key');
const port = await freePorts(1);
const machine = await startMachine({
  address: '127.0.0.1',
  port,
  users: [{ name: 'root', uid: 0, publicKey: makeKey(key) }],
});
const known = join(home.folder, 'known_hosts');
writeFileSync(known, `[127.0.0.1]:${port} ${machine.hostKey}\n`);
const config = {
  scanners: { dmz: { host: '127.0.0.1', port, user: 'root', key } },
  remote: { knownHosts: [known] },
  rateLimit: { scansPerMinute: 0 },
};
mkdirSync(join(home.folder, '.config', 'portolan'), { recursive: true });
writeFileSync(join(home.folder, '.config', 'portolan', 'portolan.json'), JSON.stringify(config), {
  mode: 0o600,
});

const client = new Client({ name: 'bench', version: '1' });
const bundle = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const env = { PATH: process.env['PATH'] ?? '', HOME: home.folder };
await client.connect(
  new StdioClientTransport({ command: process.execPath, args: [bundle], env, stderr: 'inherit' }),
);

const SSH = [
  '-F',
  'none',
  '-i',
  key,
  '-p',
  String(port),
  '-o',
  `UserKnownHostsFile=${known}`,
  '-o',
  'BatchMode=yes',
];
const WARM = [
  '-o',
  'ControlMaster=auto',
  '-o',
  `ControlPath=${home.folder}/control`,
  '-o',
  'ControlPersist=600',
];

/** Milliseconds until `ssh` has ended, with nmap's report on its standard output. */
function systemSsh(options: readonly string[], connection: readonly string[]): Promise<number> {
  const start = performance.now();
  const nmap = ['nmap', '-oX', '-', ...options];
  const child = spawn('ssh', [...SSH, ...connection, 'root@127.0.0.1', ...nmap], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.resume();
  return new Promise((resolve, reject) =>
    child.once('exit', (status) =>
      status === 0 ? resolve(performance.now() - start) : reject(new Error(`ssh ended with ${status}`)),
    ),
  );
}

async function portolan(options: readonly string[]): Promise<number> {
  const start = performance.now();
  const answer = await client.callTool({
    name: 'custom_scan',
    arguments: { command: options.join(' '), scanner: 'dmz', timeout: 600 },
  });
  const elapsed = performance.now() - start;
  const { status } = (answer.structuredContent ?? {}) as { status?: string };
  if (status !== 'completed') throw new Error(JSON.stringify(answer.content));
  return elapsed;
}

try {
  for (const [name, ports] of Object.entries(SCANS)) {
    const target = TARGETS[name] ?? '127.0.0.1-8';
    const options = ['-n', '-T4', ...ports, target];
    // Both connections are up before anything is measured.
    await systemSsh(options, WARM);
    await portolan(options);
    const warm = await inTurn(
      pairs,
      () => systemSsh(options, WARM),
      () => portolan(options),
    );
    const cold = await inTurn(
      pairs,
      () => systemSsh(options, []),
      () => portolan(options),
    );
    const ms = (times: number[]) => `${median(times).toFixed(0)} ms`;
    const ratio = (runs: { a: number; b: number }[]) => median(runs.map(({ a, b }) => b / a)).toFixed(3);
    console.log(`${name} (medians of ${pairs} pairs)`);
    console.log(
      `  ssh, warm connection:  ${ms(warm.map(({ a }) => a))}, Portolan ${ms(warm.map(({ b }) => b))}, ratio ${ratio(warm)} (at most 1.10)`,
    );
    console.log(
      `  ssh, new connection:   ${ms(cold.map(({ a }) => a))}, Portolan ${ms(cold.map(({ b }) => b))}, ratio ${ratio(cold)}`,
    );
    console.log(`  added to a warm ssh:   ${ms(warm.map(({ a, b }) => b - a))}`);
  }
} finally {
  await client.close();
  spawn('ssh', [...SSH, ...WARM, '-O', 'exit', 'root@127.0.0.1'], { stdio: 'ignore' }).once(
    'exit',
    async () => {
      await machine.stop();
      home.remove();
    },
  );
}
