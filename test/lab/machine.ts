/**
 * A machine with OpenSSH's own sshd: a process tree with its own mounts, so that its users, passwords and programs are
 * as a test wants them while the files of this machine stay as they are. Needs root, util-linux and openssh-server.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { command } from './network.ts';

export interface MachineUser {
  name: string;
  /** root when 0; users of a test are above 60000. */
  uid: number;
  password?: string;
  /** A line of authorized_keys. */
  publicKey?: string;
  /** May run nmap as root by sudo without a password. */
  sudoNmap?: boolean;
}

export interface MachineOptions {
  /** Network namespace it lives in; this one when absent (then only loopback addresses). */
  namespace?: string;
  address: string;
  port: number;
  users: readonly MachineUser[];
  /** `missing`, or what its `--version` says, instead of the real nmap. */
  nmap?: 'missing' | { version: string };
  /** Further lines of sshd_config. */
  sshd?: readonly string[];
}

export interface Machine {
  address: string;
  port: number;
  /** Type and key of its host key, as in known_hosts. */
  hostKey: string;
  /** What its sshd logs. */
  log(): string;
  /** Command lines that run in its process tree and hold this word, without sshd. */
  running(word: string): string[];
  stop(): Promise<void>;
}

/** A new private key at `path`, and the public one beside it. @returns the public line. */
export function makeKey(path: string, { type = 'ed25519', passphrase = '' } = {}): string {
  command('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'lab', '-f', path]);
  return readFileSync(`${path}.pub`, 'utf8').trim();
}

export async function startMachine(options: MachineOptions): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-machine-'));
  const hostKeyFile = join(folder, 'host_key');
  const hostKey = makeKey(hostKeyFile).split(' ').slice(0, 2).join(' ');
  const script = join(folder, 'start.sh');
  writeFileSync(join(folder, 'sshd_config'), sshdConfig(options, folder, hostKeyFile));
  writeFileSync(script, startScript(options, folder));
  const inside = options.namespace === undefined ? [] : ['ip', 'netns', 'exec', options.namespace];
  const [file = '', ...args] = [...inside, 'unshare', '--mount', '--', '/bin/sh', script];
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  await listening(child, options, () => log);
  return {
    address: options.address,
    port: options.port,
    hostKey,
    log: () => log,
    running: (word) =>
      treeOf(child.pid ?? -1).filter((line) => line.includes(word) && !line.startsWith('sshd')),
    async stop() {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined;
      for (const pid of pidsOf(child.pid ?? -1).reverse()) signal(pid);
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function sshdConfig(
  { address, port, users, sshd = [] }: MachineOptions,
  folder: string,
  hostKey: string,
): string {
  return [
    `ListenAddress ${address}:${port}`,
    `HostKey ${hostKey}`,
    `PidFile none`,
    `AuthorizedKeysFile ${folder}/keys/%u`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    `PasswordAuthentication ${users.some(({ password }) => password !== undefined) ? 'yes' : 'no'}`,
    'LogLevel VERBOSE',
    ...sshd,
    '',
  ].join('\n');
}

/** Lays the machine's files over those of this one, for this process tree alone, and becomes sshd. */
function startScript({ users, nmap }: MachineOptions, folder: string): string {
  const added = users.filter(({ uid }) => uid !== 0);
  const hash = (password: string | undefined) =>
    password === undefined ? '*' : command('openssl', ['passwd', '-6', '-stdin'], password).trim();
  const passwd = added.map(({ name, uid }) => `${name}:x:${uid}:65534::/tmp:/bin/sh\n`).join('');
  const shadow = added.map(({ name, password }) => `${name}:${hash(password)}:19000:0:99999:7:::\n`).join('');
  writeFileSync(join(folder, 'passwd'), readFileSync('/etc/passwd', 'utf8') + passwd);
  writeFileSync(join(folder, 'shadow'), readFileSync('/etc/shadow', 'utf8') + shadow, { mode: 0o600 });
  const sudoers = users
    .filter(({ sudoNmap }) => sudoNmap)
    .map(({ name }) => `${name} ALL=(root) NOPASSWD: /usr/bin/nmap\n`);
  writeFileSync(join(folder, 'sudoers'), `Defaults use_pty\nroot ALL=(ALL) ALL\n${sudoers.join('')}`, {
    mode: 0o440,
  });
  mkdirSync(join(folder, 'keys'));
  for (const { name, publicKey } of users) {
    if (publicKey !== undefined) writeFileSync(join(folder, 'keys', name), `${publicKey}\n`);
  }
  if (typeof nmap === 'object') {
    writeFileSync(
      join(folder, 'nmap'),
      `#!/bin/sh\necho "Nmap version ${nmap.version} ( https://nmap.org )"\n`,
      { mode: 0o755 },
    );
  }
  command('chmod', ['755', folder]);
  return [
    'set -e',
    'mount --make-rprivate /',
    'mkdir -p /run/sshd',
    ...['passwd', 'shadow', 'sudoers'].map((file) => `mount --bind ${folder}/${file} /etc/${file}`),
    ...(nmap === undefined
      ? []
      : [`mount --bind ${nmap === 'missing' ? '/dev/null' : `${folder}/nmap`} /usr/bin/nmap`]),
    `exec /usr/sbin/sshd -D -e -f ${folder}/sshd_config`,
    '',
  ].join('\n');
}

async function listening(
  child: ChildProcess,
  { namespace, address, port }: MachineOptions,
  log: () => string,
): Promise<void> {
  for (let round = 0; round < 100; round += 1) {
    if (child.exitCode !== null) break;
    if (/Server listening/.test(log()) && (namespace !== undefined || (await answers(address, port)))) return;
    await delay(50);
  }
  throw new Error(`sshd did not start: ${log()}`);
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** The pids below a process, itself first. */
function pidsOf(root: number): number[] {
  const rows = command('ps', ['-eo', 'pid=,ppid='])
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = [root];
  for (const parent of found) {
    for (const [pid, ppid] of rows) if (ppid === parent && pid !== undefined) found.push(pid);
  }
  return found;
}

function treeOf(root: number): string[] {
  const pids = new Set(pidsOf(root));
  return command('ps', ['-eo', 'pid=,args='])
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(.*)$/.exec(line))
    .flatMap((match) => (match && pids.has(Number(match[1])) ? [match[2] ?? ''] : []));
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // ended in between
  }
}
