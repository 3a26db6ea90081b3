/** Brings up hosts declared as data in network namespaces, and runs commands inside the scanner's one. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isAlive, processStartTicks } from '../../src/nmap/machine/processes.ts';
import type { LabHost } from './hosts.ts';
import { buildNetwork, command, createNamespaces, type Namespaces, relayedLinks } from './network.ts';

export interface LabOutput {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface Lab {
  /** Runs a command in the scanner's namespace to its end. */
  run(argv: readonly string[], options?: { timeoutMs?: number; env?: NodeJS.ProcessEnv }): Promise<LabOutput>;
  /** Starts a command there; yours to end, at the latest before stop(). */
  spawn(argv: readonly string[], options?: SpawnOptions): ChildProcess;
  /** The command line that runs a command there, for those who start it themselves. */
  inside(argv: readonly string[]): [string, ...string[]];
  /** The command line that runs a command among the hosts. */
  insideHosts(argv: readonly string[]): [string, ...string[]];
  /** Runs a short command among the hosts, to its end. @returns what it prints */
  amongHosts(argv: readonly string[], input?: string): string;
  /** Ends everything inside and removes the namespaces. */
  stop(): Promise<void>;
}

const PREFIX = 'portolan-lab';
let count = 0;

/** Brings the hosts up; they answer when it resolves. What a killed run left behind is removed first. */
export async function startLab(hosts: readonly LabHost[]): Promise<Lab> {
  removeLeftovers();
  count += 1;
  // The name says whose it is, so that a later run can tell when we are dead.
  const name = `${PREFIX}-${process.pid}-${processStartTicks(process.pid) ?? 0}-${count}`;
  const namespaces = { scanner: `${name}-scanner`, hosts: `${name}-hosts` };
  let services: ChildProcess | undefined;
  let relay: ChildProcess | undefined;
  try {
    createNamespaces(namespaces);
    relay = await startRelay(namespaces, hosts);
    buildNetwork(namespaces, hosts);
    // `ip netns exec` puts this over /etc: no name server, so that no look-up waits for one.
    mkdirSync(etc(namespaces.scanner), { recursive: true });
    writeFileSync(`${etc(namespaces.scanner)}/resolv.conf`, '# no name server in the lab\n');
    services = await startServices(namespaces, hosts);
  } catch (error) {
    await stop(namespaces, services, relay);
    throw error;
  }
  const within =
    (name: string) =>
    (argv: readonly string[]): [string, ...string[]] => ['ip', 'netns', 'exec', name, ...argv];
  const inside = within(namespaces.scanner);
  const start = (argv: readonly string[], options: SpawnOptions) => {
    const [program, ...rest] = inside(argv);
    return spawn(program, rest, options);
  };
  return {
    inside,
    insideHosts: within(namespaces.hosts),
    spawn: (argv, options = {}) => start(argv, options),
    run: (argv, { timeoutMs = 60_000, env = process.env } = {}) =>
      collect(
        start(argv, { timeout: timeoutMs, killSignal: 'SIGKILL', env, stdio: ['ignore', 'pipe', 'pipe'] }),
      ),
    amongHosts: (argv, input) => command('ip', ['netns', 'exec', namespaces.hosts, ...argv], input),
    stop: () => stop(namespaces, services, relay),
  };
}

function startServices({ hosts: name }: Namespaces, hosts: readonly LabHost[]): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('services.ts', import.meta.url));
  return startInside(name, [process.execPath, script, JSON.stringify(hosts)]);
}

async function startRelay({ hosts: name }: Namespaces, hosts: readonly LabHost[]) {
  const links = relayedLinks(hosts);
  if (links.length === 0) return undefined;
  return await startInside(name, ['perl', fileURLToPath(new URL('relay.pl', import.meta.url)), ...links]);
}

/** Starts a program that prints when it is ready. Its standard input is a pipe of ours: when we die, it ends. */
async function startInside(namespace: string, argv: readonly string[]): Promise<ChildProcess> {
  const child = spawn('ip', ['netns', 'exec', namespace, ...argv], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ready = await Promise.race([
    once(child.stdout, 'data').then(() => true),
    once(child, 'exit').then(() => false),
  ]);
  if (!ready) throw new Error(`a part of the lab did not start: ${argv.slice(0, 2).join(' ')}`);
  return child;
}

async function collect(child: ChildProcess): Promise<LabOutput> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}

async function stop(namespaces: Namespaces, ...programs: (ChildProcess | undefined)[]): Promise<void> {
  for (const program of programs) {
    if (!program || program.exitCode !== null) continue;
    program.stdin?.end();
    await once(program, 'exit');
  }
  for (const name of Object.values(namespaces)) removeNamespace(name);
}

/** Removes the labs of processes that no longer live. */
function removeLeftovers(): void {
  for (const line of command('ip', ['netns', 'list']).split('\n')) {
    const [, name = '', pid, ticks] = new RegExp(`^(${PREFIX}-(\\d+)-(\\d+)-\\S+)`).exec(line) ?? [];
    if (name !== '' && !isAlive(Number(pid), Number(ticks))) removeNamespace(name);
  }
}

function etc(name: string): string {
  return `/etc/netns/${name}`;
}

function removeNamespace(name: string): void {
  rmSync(etc(name), { recursive: true, force: true });
  if (
    !command('ip', ['netns', 'list'])
      .split('\n')
      .some((line) => line.split(' ')[0] === name)
  )
    return;
  for (const pid of command('ip', ['netns', 'pids', name]).split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // ended by itself in between
    }
  }
  command('ip', ['netns', 'delete', name]);
}
