/** Accounts as they are out there, on OpenSSH's own sshd: each is scanned from, or is said to be why not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Machine, type MachineUser, startMachine } from '../lab/machine.ts';
import { freePorts } from './listeners.ts';
import { type Portolan, startStdio } from './portolan.ts';
import { makeSshHome, type SshHome } from './ssh-home.ts';

const NOISE = 'echo "uid=7"; echo "path=/nowhere"; echo "<nmaprun>"; echo "Welcome to the lab" >&2';

type Account = Omit<MachineUser, 'name' | 'uid'>;

/** Accounts that can scan. */
const WORKS: Record<string, Account> = {
  dash: { shell: '/bin/dash' },
  bash: { shell: '/bin/bash' },
  fish: { shell: '/usr/bin/fish', home: {} },
  zsh: { shell: '/bin/zsh' },
  tcsh: { shell: '/bin/tcsh' },
  ash: { shell: 'ash' },
  'noisy-bash': { shell: '/bin/bash', home: { '.bashrc': NOISE } },
  'noisy-zsh': { shell: '/bin/zsh', home: { '.zshenv': NOISE } },
  'noisy-tcsh': {
    shell: '/bin/tcsh',
    home: { '.tcshrc': 'echo "uid=7"; echo "path=/nowhere"; echo Welcome to the lab' },
  },
  'noisy-fish': { shell: '/usr/bin/fish', home: { '.config/fish/config.fish': NOISE } },
  'slow-bash': { shell: '/bin/bash', home: { '.bashrc': 'sleep 3' } },
  'path-bash': { shell: '/bin/bash', home: { '.bashrc': 'export PATH=/opt/nothing' } },
  'path-zsh': { shell: '/bin/zsh', home: { '.zshenv': 'export PATH=' } },
  'odd-bash': {
    shell: '/bin/bash',
    home: {
      '.bashrc':
        'umask 0777; export CDPATH=/:/usr POSIXLY_CORRECT=1 IFS=/ LANG=tr_TR.UTF-8 NMAPDIR=/nowhere NMAP_ARGS=-sV TMPDIR=/nowhere; set -f; trap "" PIPE; alias cd=false; mkdir() { false; }; export -f mkdir',
    },
  },
  'sudo-own': { sudoNmap: 'own terminal' },
  'sudo-our': { sudoNmap: 'our terminal' },
  'sudo-tty': { sudoNmap: 'only in a terminal' },
  'sudo-noisy': { sudoNmap: 'own terminal', shell: '/bin/bash', home: { '.bashrc': NOISE } },
};

/** Accounts that cannot, and what is said of them. */
const REFUSED: Record<string, Account & { options?: string; says: [code: string, message: RegExp] }> = {
  nologin: {
    shell: '/usr/sbin/nologin',
    says: [
      'ssh_failed',
      /runs no commands of a POSIX shell; it said: This account is currently not available/,
    ],
  },
  false: { shell: '/bin/false', says: ['ssh_failed', /runs no commands of a POSIX shell\./] },
  rbash: {
    shell: '/bin/rbash',
    says: ['ssh_failed', /runs no commands of a POSIX shell; it said: .*restricted/],
  },
  forced: {
    options: 'command="echo Backups only"',
    says: ['ssh_failed', /runs no commands of a POSIX shell; it said: Backups only/],
  },
  stuck: {
    shell: '/bin/bash',
    home: { '.bashrc': 'echo Starting the agent; sleep 60' },
    says: ['ssh_failed', /no answer within 8 s; it said: Starting the agent/],
  },
  endless: {
    shell: '/bin/bash',
    home: { '.bashrc': 'yes Welcome' },
    says: ['ssh_failed', /no answer within 8 s; it said: .*Welcome/],
  },
  fewProcesses: {
    shell: '/bin/bash',
    home: { '.bashrc': 'ulimit -u 1' },
    says: ['ssh_failed', /is missing|can make no folder|runs no commands|nmap: command not found/],
  },
  'sudo-none': {
    says: ['needs_privileges', /sudo -n nmap is not allowed .*\(sudo: a password is required\)/],
  },
  'sudo-password': {
    sudoNmap: 'with a password',
    says: ['needs_privileges', /sudo -n nmap is not allowed .*\(sudo: a password is required\)/],
  },
  'sudo-version': {
    sudoNmap: 'its version alone',
    says: ['needs_privileges', /sudo -n nmap is not allowed/],
  },
};

let home: SshHome;
let machine: Machine;
let portolan: Portolan;
let port: number;

beforeAll(async () => {
  port = await freePorts(1);
  home = makeSshHome();
  const accounts: [string, Account & { options?: string }][] = Object.entries({ ...WORKS, ...REFUSED });
  const users = accounts.map(([name, { options = '', ...user }], index) => ({
    name,
    uid: 61_001 + index,
    publicKey: `${options} ${home.publicKey}`.trim(),
    ...user,
  }));
  machine = await startMachine({
    address: '127.0.0.1',
    port,
    users,
    sshd: ['Banner /etc/issue'],
  });
  home.know(machine);
  home.configure({
    scanners: Object.fromEntries(
      users.map(({ name }) => [name, home.scanner(machine, { user: name, sudo: name.startsWith('sudo') })]),
    ),
    remote: { connectSeconds: 8 },
  });
  portolan = await startStdio(home);
});

afterAll(async () => {
  await portolan.close();
  await machine.stop();
  home.remove();
});

const scan = (scanner: string) =>
  portolan.call('scan_network', { target: '127.0.0.1', port_range: String(port), scanner, timeout: 60 });

describe('an account can scan', () => {
  it.each(Object.keys(WORKS).map((name) => [name]))('%s', async (scanner) => {
    const { structured, text } = await scan(scanner);
    expect(structured, text).toMatchObject({
      success: true,
      data: { results: [{ ip: '127.0.0.1', status: 'up', open_ports: [{ port, state: 'open' }] }] },
    });
    const plain = await portolan.call('custom_scan', { command: `-p ${port} 127.0.0.1`, scanner });
    expect(plain.structured, plain.text).toMatchObject({ status: 'completed', result: { open_ports: 1 } });
  });
});

describe('an account cannot scan, and the answer says why', () => {
  it.each(Object.entries(REFUSED))('%s', async (scanner, { says: [code, message] }) => {
    const { structured, text } = await scan(scanner);
    expect(structured, text).toMatchObject({ error: { code, message: expect.stringMatching(message) } });
  });
});
