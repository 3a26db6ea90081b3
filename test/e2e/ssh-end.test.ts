/**
 * However a scan on a scanner ends, nothing of it is left there: cancelled, given up, connection lost, link cut, Portolan
 * killed. In namespaces of our own, with a real sshd, over a link that can be made slow and cut.
 */
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { LAB_HOSTS } from '../lab/hosts.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { type Link, startLink } from '../lab/link.ts';
import { type Machine, startMachine } from '../lab/machine.ts';
import { command } from '../lab/network.ts';
import { type Portolan, startStdio } from './portolan.ts';
import { makeSshHome, type SshHome, within } from './ssh-home.ts';

const USERS: Record<string, string> = {
  dmz: 'root',
  plain: 'plain',
  sudo: 'sudoer',
  'sudo-shared': 'sharer',
};

/** Seconds after which either end believes that the link is broken. */
const LOST_AFTER = 3;

let lab: Lab;
let link: Link;
let machine: Machine;
let home: SshHome;
let portolan: Portolan;

beforeAll(async () => {
  lab = await startLab([LAB_HOSTS.open, LAB_HOSTS.closed, LAB_HOSTS.dropping]);
  link = await startLink(lab);
  home = makeSshHome();
  machine = await startMachine({
    inside: (argv) => lab.inside(argv),
    address: link.scanner,
    port: 2222,
    users: [
      { name: 'root', uid: 0, publicKey: home.publicKey },
      { name: 'plain', uid: 61_001, publicKey: home.publicKey },
      { name: 'sudoer', uid: 61_002, publicKey: home.publicKey, sudoNmap: 'own terminal' },
      { name: 'sharer', uid: 61_003, publicKey: home.publicKey, sudoNmap: 'our terminal' },
    ],
  });
  home.know(machine);
  home.configure({
    scanners: {
      dmz: home.scanner(machine),
      plain: home.scanner(machine, { user: 'plain' }),
      sudo: home.scanner(machine, { user: 'sudoer', sudo: true }),
      'sudo-shared': home.scanner(machine, { user: 'sharer', sudo: true }),
      narrow: { ...home.scanner(machine), port: 2223 },
      noname: home.scanner(machine, { host: 'nowhere.lab.internal' }),
    },
    remote: { lostAfterSeconds: LOST_AFTER, connectSeconds: 5 },
  });
});

afterAll(async () => {
  await machine.stop();
  await link.stop();
  await lab.stop();
  home.remove();
});

beforeEach(async () => {
  link.mend();
  portolan = await startStdio(home, '2026-07-28', (argv) => link.inside(argv));
});

afterEach(async () => {
  await portolan.close();
  link.mend();
  expect(await within(10, () => machine.running().length === 0), machine.running().join('\n')).toBe(true);
  // Other tests of the machine make theirs there too, for a moment.
  expect(await within(5, () => leftInTmp().length === 0), leftInTmp().join(' ')).toBe(true);
});

/** Folders of runs on the machine, which shares /tmp with us. */
function leftInTmp(): string[] {
  return readdirSync('/tmp').filter((name) => /^portolan-[0-9a-f]{32}$/.test(name));
}

/** Its scans there, without those that only say their version. */
const nmaps = () => machine.running().filter((line) => /^\/usr\/bin\/nmap .* -oX /.test(line));
const runsNmap = () => nmaps().length > 0;

/** Begins a scan that takes minutes: two hosts are done at once, the third drops nearly everything. */
async function begin(scanner: string): Promise<string> {
  const command = '-p 1-2000 -Pn -n --max-hostgroup 1 --max-rate 4000 10.9.0.10-12';
  // Its answer comes with the end of the scan, or not at all when Portolan is killed.
  portolan.call('custom_scan', { command, timeout: 100, scanner }).catch(() => {});
  let task: { task_id: string; hosts_done: number } | undefined;
  const twoDone = async () => {
    const { structured } = await portolan.call('list_tasks', { state: 'running' });
    [task] = structured['tasks'] as { task_id: string; hosts_done: number }[];
    return (task?.hosts_done ?? 0) >= 2;
  };
  expect(await within(20, twoDone)).toBe(true);
  expect(runsNmap()).toBe(true);
  return task?.task_id ?? '';
}

async function ended(task_id: string): Promise<Record<string, unknown>> {
  const final = async () => {
    const { structured } = await portolan.call('get_task_status', { task_id });
    return !['pending', 'running'].includes(String(structured['status']));
  };
  expect(await within(30, final)).toBe(true);
  const { structured } = await portolan.call('get_task_result', { task_id });
  return structured;
}

/** What the hosts that were done by then have open; of the third an early port may be known. */
const FOUND = {
  hosts: expect.arrayContaining([
    expect.objectContaining({
      address: '10.9.0.10',
      ports: [22, 25, 80].map((port) => expect.objectContaining({ port, state: 'open' })),
    }),
    expect.objectContaining({ address: '10.9.0.11', ports: [] }),
  ]),
};

it.each([['dmz'], ['plain'], ['sudo'], ['sudo-shared']])('cancelled, as %s', async (scanner) => {
  const task_id = await begin(scanner);
  const { structured } = await portolan.call('cancel_task', { task_id });
  expect(structured).toMatchObject({ status: 'cancelled' });
  expect(await within(5, () => machine.running().length === 0), machine.running().join('\n')).toBe(true);
  expect(await ended(task_id)).toMatchObject({ status: 'cancelled', result: { partial: true, ...FOUND } });
});

it('the client gives the call up: the scan goes on as the one it was, and ends with its task', async () => {
  const gaveUp = new AbortController();
  const call = portolan.client.callTool(
    { name: 'full_scan', arguments: { target: '10.9.0.12', scanner: 'dmz' } },
    { signal: gaveUp.signal },
  );
  expect(await within(10, runsNmap)).toBe(true);
  gaveUp.abort();
  await expect(call).rejects.toThrow();
  await new Promise((wake) => setTimeout(wake, 1000));
  expect(nmaps()).toHaveLength(1);
  const { structured } = await portolan.call('list_tasks', { state: 'running' });
  const [task] = structured['tasks'] as { task_id: string }[];
  await portolan.call('cancel_task', { task_id: task?.task_id });
});

it('a scan in phases tells of a lost connection what it tells of any scan', async () => {
  // They are one group: none is finished while the third, which drops nearly everything, is swept.
  const args = { target: '10.9.0.10-12', politeness: 'gentle', scanner: 'dmz', timeout: 100 };
  portolan.call('full_scan', args).catch(() => {});
  expect(await within(20, () => nmaps().some((line) => line.includes(' --max-retries ')))).toBe(true);
  const { structured } = await portolan.call('list_tasks', { state: 'running' });
  const [task] = structured['tasks'] as { task_id: string }[];
  link.cut();
  expect(await ended(task?.task_id ?? '')).toMatchObject({
    status: 'failed',
    error: {
      code: 'connection_lost',
      message: expect.stringMatching(/^connection lost after 0 of 3 hosts: /),
    },
  });
});

/** Ends the processes that hold our connections there, not the one that listens. */
function killSessions(scanner: string): void {
  const sessions = command('pgrep', ['-f', `^sshd: ${USERS[scanner]}`]);
  for (const pid of sessions.split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
}

const restIsScanned = () => nmaps().length === 1 && / -- 10\.9\.0\.12$/.test(nmaps()[0] ?? '');

const WENT_ON = { coverage: expect.arrayContaining([expect.objectContaining({ kind: 'resumed' })]) };

it.each([['dmz'], ['plain'], ['sudo'], ['sudo-shared']])(
  'the connection is lost, as %s: the scan goes on with what was not done',
  async (scanner) => {
    const task_id = await begin(scanner);
    killSessions(scanner);
    expect(await within(15, restIsScanned), nmaps().join('\n')).toBe(true);
    await portolan.call('cancel_task', { task_id });
    expect(await ended(task_id)).toMatchObject({
      status: 'cancelled',
      result: { ...FOUND, ...WENT_ON },
    });
  },
);

it('a link that mends in time costs the scan nothing that was done', async () => {
  const task_id = await begin('dmz');
  link.cut();
  expect(await within(4 * LOST_AFTER, () => machine.running().length === 0)).toBe(true);
  // The far end may be first by a moment; mended within it, its last word arrives, and is about a killed nmap.
  await delay(1500);
  link.mend();
  expect(await within(20, restIsScanned), nmaps().join('\n')).toBe(true);
  await portolan.call('cancel_task', { task_id });
  expect(await ended(task_id)).toMatchObject({ result: { ...FOUND, ...WENT_ON } });
});

it('connections that are lost again and again end the scan with what it has', async () => {
  const task_id = await begin('dmz');
  for (let round = 0; round < 4; round += 1) {
    expect(await within(15, runsNmap)).toBe(true);
    killSessions('dmz');
    expect(await within(5, () => !runsNmap())).toBe(true);
  }
  expect(await ended(task_id)).toMatchObject({
    status: 'failed',
    error: {
      code: 'connection_lost',
      message: expect.stringMatching(/^connection lost after 2 of 3 hosts: /),
    },
    result: { partial: true, ...FOUND },
  });
});

it('a phase goes on by itself: what the phases before found is not asked again', async () => {
  const args = { target: '10.9.0.10-11', port_range: '1-3000', politeness: 'gentle', strategy: 'adaptive' };
  const answer = portolan.call('scan_network', { ...args, scanner: 'dmz', timeout: 100 });
  expect(await within(20, () => nmaps().some((line) => line.includes(' --max-retries ')))).toBe(true);
  killSessions('dmz');
  const { structured, text } = await answer;
  expect(structured, text).toMatchObject({ success: true });
  expect(JSON.stringify(structured)).toContain(
    'The connection to the scanner was lost, and the scan went on',
  );
  expect(JSON.stringify(structured).match(/"port":(22|25|80),/g)).toHaveLength(3);
});

it('a server that takes one command at a time has the others wait', async () => {
  const users = [{ name: 'root', uid: 0, publicKey: home.publicKey }];
  const narrow = await startMachine({
    inside: (argv) => lab.inside(argv),
    address: link.scanner,
    port: 2223,
    users,
    sshd: ['MaxSessions 1'],
  });
  try {
    home.know(machine, narrow);
    const scan = (last: number) =>
      portolan.call('custom_scan', {
        command: `-p 1-600 --max-rate 300 -n -Pn 10.9.0.${last}`,
        scanner: 'narrow',
      });
    const answers = await Promise.all([scan(10), scan(10), scan(10)]);
    for (const { structured, text } of answers) {
      expect(structured, text).toMatchObject({ status: 'completed', result: { open_ports: 3 } });
    }
    const said = answers.filter(({ text }) => /runs 1 command at once .*MaxSessions/.test(text));
    expect(said).toHaveLength(2);
  } finally {
    home.know(machine);
    await narrow.stop();
  }
});

it.each([['dmz'], ['sudo'], ['sudo-shared']])(
  'the link is cut, as %s: each end finds out by itself',
  async (scanner) => {
    const task_id = await begin(scanner);
    link.cut();
    expect(
      await within(4 * LOST_AFTER, () => machine.running().length === 0),
      machine.running().join('\n'),
    ).toBe(true);
    expect(await ended(task_id)).toMatchObject({
      status: 'failed',
      error: {
        code: 'connection_lost',
        message: expect.stringMatching(/^connection lost after 2 of 3 hosts: /),
      },
      result: { partial: true, ...FOUND },
    });
    // And the next scan makes a new connection.
    link.mend();
    const again = await portolan.call('scan_network', { target: '10.9.0.10', port_range: '80', scanner });
    expect(again.structured, again.text).toMatchObject({ success: true });
  },
);

it.each([['dmz'], ['sudo']])(
  'Portolan is killed, as %s; its successor goes on with what remains',
  async (scanner) => {
    const task_id = await begin(scanner);
    process.kill(portolan.pid, 'SIGKILL');
    expect(
      await within(4 * LOST_AFTER, () => machine.running().length === 0),
      machine.running().join('\n'),
    ).toBe(true);
    portolan = await startStdio(home, '2026-07-28', (argv) => link.inside(argv));
    const goesOn = async () => {
      const { structured } = await portolan.call('get_task_result', { task_id });
      return structured['status'] === 'running' && runsNmap();
    };
    expect(await within(20, goesOn)).toBe(true);
    expect(nmaps()).toHaveLength(1);
    // What was done is not done again.
    expect(nmaps()[0]).toMatch(/ -- 10\.9\.0\.12$/);
    await portolan.call('cancel_task', { task_id });
    expect(await ended(task_id)).toMatchObject({ result: FOUND });
  },
);

it('Portolan is killed while it scans with credentials of a call: the task ends with what it has', async () => {
  const answer = await portolan.call('scan_network', {
    target: '10.9.0.10-12',
    scan_type: 'full',
    host: link.scanner,
    ssh_port: 2222,
    ssh_user: 'root',
    ssh_key: home.key,
    timeout: 5,
  });
  expect(answer.structured, answer.text).toMatchObject({ status: 'running' });
  process.kill(portolan.pid, 'SIGKILL');
  expect(
    await within(4 * LOST_AFTER, () => machine.running().length === 0),
    machine.running().join('\n'),
  ).toBe(true);
  portolan = await startStdio(home, '2026-07-28', (argv) => link.inside(argv));
  expect(await ended(String(answer.structured['task_id']))).toMatchObject({
    status: 'failed',
    error: { code: 'interrupted', message: expect.stringContaining('in memory only') },
    result: { partial: true },
  });
});

it.each([['dmz'], ['sudo'], ['sudo-shared']])(
  'a scan that outlasts the watch, as %s, is left alone',
  async (scanner) => {
    const { structured, text } = await portolan.call('custom_scan', {
      command: '-p 1-1000 -Pn -n --max-rate 100 10.9.0.10',
      timeout: 60,
      scanner,
    });
    expect(structured, text).toMatchObject({ status: 'completed', result: { open_ports: 3 } });
    expect((structured['result'] as { scan_time: number }).scan_time).toBeGreaterThan(2 * LOST_AFTER);
  },
);

it('a slow link changes nothing but the time', async () => {
  const slow = await startLink(lab, { delayMs: 300, rate: '256kbit' });
  const users = [{ name: 'root', uid: 0, publicKey: home.publicKey }];
  const far = await startMachine({
    inside: (argv) => lab.inside(argv),
    address: slow.scanner,
    port: 2222,
    users,
  });
  const args = { target: '10.9.0.8-15', port_range: '20-100', timeout: 100 };
  const near = await portolan.call('scan_network', { ...args, scanner: 'dmz' });
  await portolan.close();
  portolan = await startStdio(home, '2026-07-28', (argv) => slow.inside(argv));
  try {
    home.know(machine, far);
    const { structured, text } = await portolan.call('scan_network', {
      ...args,
      host: slow.scanner,
      ssh_port: 2222,
      ssh_user: 'root',
      ssh_key: home.key,
    });
    // The scanner's own round trips to the same host differ from scan to scan.
    const plain = (value: unknown) =>
      JSON.parse(JSON.stringify(value).replaceAll(/ [\d.]+s latency;?/g, '')) as Record<string, unknown>;
    const { host: _, ...data } = plain(near.structured['data']);
    expect(plain(structured), text).toMatchObject({ success: true, data });
  } finally {
    await portolan.close();
    await far.stop();
    await slow.stop();
  }
});

it('a name without an address is the first step that can fail', async () => {
  const { structured } = await portolan.call('scan_network', { target: '10.9.0.10', scanner: 'noname' });
  expect(structured).toMatchObject({
    error: {
      code: 'scanner_unreachable',
      message: expect.stringMatching(/^DNS: the name nowhere\.lab\.internal/),
    },
  });
});
