/**
 * The services of Debian's packages and odd ones, scanned plain and adaptive: `npm run bench:services [-- --rounds 3]`
 * (root, on Linux; the packages in daemons.ts). Ends with status 1 where one is told otherwise than by plain nmap.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Lab, startLab } from '../test/lab/lab.ts';
import { DAEMONS, type Daemon } from './services/daemons.ts';
import { ODD } from './services/odd.ts';
import { identifications, scanIn } from './strategy-scan.ts';

const ADDRESS = '10.9.0.40';
const START_LOOKS = 100;
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '1' } } });

const folder = mkdtempSync(join(tmpdir(), 'portolan-services-'));
execFileSync('chmod', ['755', folder]);
const started: ChildProcess[] = [];
const lab = await startLab([{ address: ADDRESS, tcp: ODD }]);
try {
  makeCertificate();
  for (const daemon of DAEMONS) start(daemon);
  const ports = await listening();
  const missing = DAEMONS.filter(({ port }) => !ports.includes(port));
  if (missing.length > 0) console.log(`not started: ${missing.map(({ argv }) => argv[0]).join(', ')}`);
  let differing = 0;
  for (let round = 0; round < Number(values.rounds); round += 1) differing += await compare(lab, ports);
  process.exitCode = differing > 0 ? 1 : 0;
} finally {
  for (const child of started) child.kill('SIGTERM');
  await lab.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function compare(within: Lab, ports: readonly number[]): Promise<number> {
  const command = `-T4 -n -sV -p ${ports.join(',')} ${ADDRESS}`;
  const adaptive = await scanIn(within, { command, strategy: 'adaptive' });
  const plain = await scanIn(within, { command, strategy: 'plain' });
  const [expected, got] = [timeless(identifications(plain)), timeless(identifications(adaptive))];
  const other = [...expected].filter(([port, found]) => got.get(port) !== found);
  console.log(
    `${ports.length} services: plain ${plain.seconds.toFixed(1)} s, adaptive ${adaptive.seconds.toFixed(1)} s, ` +
      `${expected.size - other.length} of ${expected.size} told alike`,
  );
  for (const [port, found] of other) console.log(`  ${port}: plain ${found}; adaptive ${got.get(port)}`);
  return other.length;
}

/** Without how long a service says that it has run. */
function timeless(found: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...found].map(([port, words]) => [port, words.replace(/uptime \d+ seconds/, 'uptime')]));
}

function makeCertificate(): void {
  const words = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=lab.internal'.split(' ');
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync('openssl', [...words, '-keyout', key, '-out', cert], { stdio: 'ignore' });
}

function start({ port, argv, conf, before = [] }: Daemon): void {
  const own = join(folder, String(port));
  mkdirSync(own, { mode: 0o755 });
  const filled = (text: string) =>
    text
      .replaceAll('{address}', ADDRESS)
      .replaceAll('{port}', String(port))
      .replaceAll('{folder}', own)
      .replaceAll('{cert}', join(folder, 'cert.pem'))
      .replaceAll('{key}', join(folder, 'key.pem'));
  if (conf !== undefined) writeFileSync(join(own, 'conf'), filled(conf));
  try {
    for (const [program = '', ...args] of before)
      execFileSync(program, args.map(filled), { stdio: 'ignore' });
  } catch {
    return; // not installed: it will be missed among those that listen
  }
  const [program, ...args] = lab.insideHosts(argv.map(filled));
  // In a group of its own: smbd ends its whole group.
  started.push(spawn(program, args, { stdio: 'ignore', detached: true }));
}

/** The ports that something listens on, when all do or time is up. */
async function listening(): Promise<number[]> {
  const wanted = [...DAEMONS.map(({ port }) => port), ...Object.keys(ODD).map(Number)];
  let found: number[] = [];
  for (let look = 0; look < START_LOOKS && found.length < wanted.length; look += 1) {
    await delay(200);
    const said = lab.amongHosts(['ss', '-Hltn']);
    const heard = new Set([...said.matchAll(/:(\d+)\s/g)].map(([, port]) => Number(port)));
    found = wanted.filter((port) => heard.has(port));
  }
  return found.sort((a, b) => a - b);
}
