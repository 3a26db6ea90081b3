/**
 * A machine with OpenSSH's own sshd: namespaces with mounts and processes of their own, so that its users, passwords and
 * programs are as a test wants them, the files of this machine stay as they are, and every process that runs there can
 * be told. Needs root, util-linux, openssl and openssh-server (and sudo for users with `sudoNmap`).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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
  /** Lines of authorized_keys. */
  publicKey?: string;
  /** May run nmap as root by sudo: how. */
  sudoNmap?: keyof typeof SUDO;
  /** /bin/sh when absent; `ash` is that of BusyBox. */
  shell?: string;
  /** Files of a home of its own, such as `.bashrc`; without any the home is /tmp. */
  home?: Record<string, string>;
}

const SUDO = {
  /** In a terminal of sudo's own (`use_pty`, its default). */
  'own terminal': { defaults: 'use_pty', rule: 'NOPASSWD: /usr/bin/nmap' },
  'our terminal': { defaults: '!use_pty', rule: 'NOPASSWD: /usr/bin/nmap' },
  /** Refused where the caller has no terminal. */
  'only in a terminal': { defaults: 'requiretty', rule: 'NOPASSWD: /usr/bin/nmap' },
  'with a password': { defaults: 'use_pty', rule: '/usr/bin/nmap' },
  'its version alone': { defaults: 'use_pty', rule: 'NOPASSWD: /usr/bin/nmap --version' },
} as const;

export interface MachineOptions {
  /** Puts it into a network namespace (Lab.inside); into this one when absent, and then on a loopback address. */
  inside?: (argv: string[]) => [string, ...string[]];
  address: string;
  port: number;
  users: readonly MachineUser[];
  /** `missing`, or what its `--version` says, instead of the real nmap. */
  nmap?: 'missing' | { version: string };
  /** Further lines of sshd_config. */
  sshd?: readonly string[];
  /** Further files below /etc. */
  etc?: Readonly<Record<string, string>>;
  /** Shell commands that run there as root before sshd does. */
  before?: readonly string[];
}

export interface Machine {
  address: string;
  port: number;
  /** Type and key of its host key, as in known_hosts. */
  hostKey: string;
  /** What its sshd logs. */
  log(): string;
  /** Command lines of everything that runs on it but sshd. */
  running(): string[];
  stop(): Promise<void>;
}

/** A new private key at `path`, and the public one beside it. @returns the public line. */
export function makeKey(
  path: string,
  { type = 'ed25519', passphrase = '', more = [] as readonly string[] } = {},
): string {
  command('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'lab', '-f', path, ...more]);
  return readFileSync(`${path}.pub`, 'utf8').trim();
}

export async function startMachine(options: MachineOptions): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-machine-'));
  const hostKeyFile = join(folder, 'host_key');
  const hostKey = makeKey(hostKeyFile).split(' ').slice(0, 2).join(' ');
  const script = join(folder, 'start.sh');
  writeFileSync(join(folder, 'sshd_config'), sshdConfig(options, folder, hostKeyFile));
  writeFileSync(script, startScript(options, folder));
  const apart = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--', '/bin/sh', script];
  const [file = '', ...args] = options.inside?.(apart) ?? apart;
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
    running: () => commandsIn(namespaceOf(child.pid ?? -1)),
    async stop() {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGKILL');
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
function startScript({ users, nmap, etc: files = {}, before = [] }: MachineOptions, folder: string): string {
  const etc = join(folder, 'etc');
  command('cp', ['-a', '/etc', etc]);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(etc, name), text);
  mkdirSync(join(folder, 'keys'));
  for (const user of users) addUser(user, folder);
  const sudoers = users.flatMap(({ name, sudoNmap }) => {
    if (!sudoNmap) return [];
    const { defaults, rule } = SUDO[sudoNmap];
    return [`Defaults:${name} ${defaults}\n`, `${name} ALL=(root) ${rule}\n`];
  });
  rmSync(join(etc, 'sudoers'), { force: true });
  writeFileSync(join(etc, 'sudoers'), `root ALL=(ALL) ALL\n${sudoers.join('')}`, {
    mode: 0o440,
  });
  if (typeof nmap === 'object') {
    const says = `#!/bin/sh\necho "Nmap version ${nmap.version} ( https://nmap.org )"\n`;
    writeFileSync(join(folder, 'nmap'), says, { mode: 0o755 });
  }
  command('chmod', ['755', folder]);
  return [
    'set -e',
    'mount --make-rprivate /',
    'mkdir -p /run/sshd',
    'mount -t proc proc /proc',
    `mount --bind ${folder}/etc /etc`,
    ...(nmap === undefined
      ? []
      : [`mount --bind ${nmap === 'missing' ? '/dev/null' : `${folder}/nmap`} /usr/bin/nmap`]),
    ...before,
    `exec /usr/sbin/sshd -D -e -f ${folder}/sshd_config`,
    '',
  ].join('\n');
}

function addUser({ name, uid, password, publicKey, shell = '/bin/sh', home }: MachineUser, folder: string) {
  if (publicKey !== undefined) writeFileSync(join(folder, 'keys', name), `${publicKey}\n`);
  if (uid === 0) return;
  const hash = password === undefined ? '*' : command('openssl', ['passwd', '-6', '-stdin'], password).trim();
  const etc = join(folder, 'etc');
  const own = join(folder, 'home', name);
  const program = shell === 'ash' ? join(folder, 'ash') : shell;
  if (shell === 'ash') symlinkSync('/bin/busybox', program);
  appendFileSync(
    join(etc, 'passwd'),
    `${name}:x:${uid}:65534::${home === undefined ? '/tmp' : own}:${program}\n`,
  );
  appendFileSync(join(etc, 'shadow'), `${name}:${hash}:19000:0:99999:7:::\n`);
  if (home === undefined) return;
  mkdirSync(own, { recursive: true });
  for (const [file, text] of Object.entries(home)) {
    mkdirSync(join(own, file, '..'), { recursive: true });
    writeFileSync(join(own, file), text);
  }
  command('chown', ['-R', String(uid), own]);
}

async function listening(
  child: ChildProcess,
  { inside, address, port }: MachineOptions,
  log: () => string,
): Promise<void> {
  for (let round = 0; round < 100; round += 1) {
    if (child.exitCode !== null) break;
    if (/Server listening/.test(log()) && (inside !== undefined || (await answers(address, port)))) return;
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

/** The process namespace of a machine, of which `unshare` is the only process outside. */
function namespaceOf(unshare: number): string {
  return readlinkSync(`/proc/${unshare}/ns/pid_for_children`);
}

function commandsIn(namespace: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid) || readlinkSync(`/proc/${pid}/ns/pid`) !== namespace) return [];
      // Empty for those that have ended and wait for somebody to look.
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
      return words === '' || /^(\/usr\/sbin\/)?sshd/.test(words) ? [] : [words];
    } catch {
      return []; // ended in between
    }
  });
}
