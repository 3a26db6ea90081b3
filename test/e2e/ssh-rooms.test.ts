/** Machines as they are out there: where a run can make its folder, what is missing, and whether anybody may log in. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagnoseScanner } from '../../src/nmap/ssh/diagnose.ts';
import { createHostKeys } from '../../src/nmap/ssh/trusted-host-keys.ts';
import { type Machine, type MachineOptions, type MachineUser, startMachine } from '../lab/machine.ts';
import { freePorts } from './listeners.ts';
import { type Portolan, startStdio } from './portolan.ts';
import { makeSshHome, type SshHome } from './ssh-home.ts';

const READ_ONLY_TMP = ['mount --bind /tmp /tmp', 'mount -o remount,bind,ro /tmp'];
const READ_ONLY_SHM = ['mount -t tmpfs -o ro tmpfs /dev/shm'];
/** A disk without room for a single byte, though a folder and an empty file can be made; the machine's own files stay. */
const FULL_TMP = [
  'f=$(dirname "$0"); mount --bind "$f" /mnt',
  'mount -t tmpfs -o size=32k,mode=1777 tmpfs /tmp; mkdir -p "$f"; mount --bind /mnt "$f"',
  'cat /dev/zero >/tmp/full 2>/dev/null || true',
];
/** A file system without room for a single file more, as with a quota. */
const FULL_SHM = ['mount -t tmpfs -o nr_inodes=1 tmpfs /dev/shm'];
const ROOT = { name: 'root', uid: 0 };
const PLAIN = { name: 'plain', uid: 61_001 };

interface Room extends Pick<MachineOptions, 'before' | 'etc' | 'nmap'> {
  user: MachineUser;
  /** Where its runs go, or how it is refused. */
  folder?: string;
  refused?: RegExp;
}

const ROOMS: Record<string, Room> = {
  usual: { user: PLAIN, folder: '/tmp' },
  'tmp-read-only': { user: PLAIN, before: READ_ONLY_TMP, folder: '/dev/shm' },
  'tmp-full': { user: PLAIN, before: FULL_TMP, folder: '/dev/shm' },
  'tmp-and-shm-full': {
    user: PLAIN,
    before: [...FULL_TMP, ...FULL_SHM],
    refused: /can make no folder for a run in any of/,
  },
  'tmp-and-shm-read-only': {
    user: { ...ROOT },
    before: [...READ_ONLY_TMP, ...READ_ONLY_SHM, 'mount -t tmpfs tmpfs /root'],
    folder: '/root',
  },
  'no-room': {
    user: PLAIN,
    before: [...READ_ONLY_TMP, ...FULL_SHM],
    refused: /can make no folder for a run in any of \/tmp, \$XDG_RUNTIME_DIR, \$HOME and \/dev\/shm/,
  },
  'busybox-sh': { user: PLAIN, before: ['mount --bind /bin/busybox /bin/sh'], folder: '/tmp' },
  'no-mkfifo': {
    user: PLAIN,
    before: ['mount --bind /dev/null /usr/bin/mkfifo'],
    refused: /can make no folder/,
  },
  'no-nmap': { user: PLAIN, nmap: 'missing', refused: /^nmap: command not found/ },
  'old-nmap': { user: PLAIN, nmap: { version: '7.60' }, refused: /^nmap 7\.60 .* is too old/ },
  closed: {
    user: PLAIN,
    etc: { nologin: 'Closed for repairs\n' },
    refused: /it said: .*Closed for repairs/,
  },
};

let home: SshHome;
let portolan: Portolan;
const machines: Record<string, Machine> = {};

beforeAll(async () => {
  home = makeSshHome();
  const first = await freePorts(Object.keys(ROOMS).length);
  for (const [index, [name, { user, folder: _, refused: __, ...options }]] of Object.entries(
    ROOMS,
  ).entries()) {
    machines[name] = await startMachine({
      ...options,
      address: '127.0.0.1',
      port: first + index,
      users: [{ ...user, publicKey: home.publicKey }],
    });
  }
  home.know(...Object.values(machines));
  home.configure({
    scanners: Object.fromEntries(
      Object.entries(machines).map(([name, machine]) => [
        name,
        home.scanner(machine, { user: ROOMS[name]?.user.name }),
      ]),
    ),
  });
  portolan = await startStdio(home);
}, 120_000);

afterAll(async () => {
  await portolan.close();
  await Promise.all(Object.values(machines).map((machine) => machine.stop()));
  home.remove();
});

describe.each(Object.entries(ROOMS))('%s', (name, { user, folder, refused }) => {
  const machine = () => {
    const one = machines[name];
    if (!one) throw new Error('it did not start');
    return one;
  };
  const scan = () => {
    const { port } = machine();
    return portolan.call('custom_scan', { command: `-p ${port} -sT 127.0.0.1`, scanner: name });
  };
  const check = () => {
    const hop = { host: '127.0.0.1', port: machine().port, user: user.name };
    const route = { name, hops: [{ ...hop, auth: { kind: 'key', path: home.key } }], sudo: false } as const;
    const hostKeys = createHostKeys([`${home.ssh}/known_hosts`], `${home.ssh}/own`);
    return diagnoseScanner(route, { hostKeys, timeoutMs: 8000, lostAfterMs: 8000 });
  };

  it(refused ? 'the scan and the check refuse alike' : 'the check says what the scan does', async () => {
    const findings = await check();
    const { structured, text } = await scan();
    if (refused) {
      expect(structured, text).toMatchObject({ error: { message: expect.stringMatching(refused) } });
      expect(findings).toContainEqual(
        expect.objectContaining({ ok: false, detail: expect.stringMatching(refused) }),
      );
    } else {
      expect(structured, text).toMatchObject({ status: 'completed', result: { open_ports: 1 } });
      expect(findings).toContainEqual({ name: 'folder', ok: true, detail: `runs get one below ${folder}` });
    }
  });
});
