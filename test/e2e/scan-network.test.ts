/**
 * scan_network's contract, here and over SSH, on hosts of our own; credentials of a call that work and turn up nowhere;
 * and the inputs of test/attacks/cases.json under "ssh", none of which gets any further than a refusal.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { LAB_HOSTS } from '../lab/hosts.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { type Machine, makeKey, startMachine } from '../lab/machine.ts';
import { type Answer, type Portolan, startHttp, startStdio } from './portolan.ts';
import { makeSshHome, type SshHome, within } from './ssh-home.ts';

const PASSWORD = 'tr0ub4dor&3-unlikely';
const PORT = 2222;

let lab: Lab;
let machine: Machine;
let home: SshHome;
let portolan: Portolan;

beforeAll(async () => {
  lab = await startLab([LAB_HOSTS.open, LAB_HOSTS.closed, LAB_HOSTS.down]);
  home = makeSshHome();
  machine = await startMachine({
    inside: (argv) => lab.inside(argv),
    address: '127.0.0.1',
    port: PORT,
    users: [
      { name: 'root', uid: 0, publicKey: home.publicKey },
      { name: 'plain', uid: 61_001, password: PASSWORD },
    ],
  });
  home.know(machine);
  home.configure({
    scanners: { dmz: home.scanner(machine) },
    logging: { level: 'debug', file: join(home.folder, 'log') },
  });
  portolan = await startStdio(home, '2026-07-28', lab.inside);
});

afterAll(async () => {
  await portolan.close();
  await machine.stop();
  await lab.stop();
  home.remove();
});

const scan = (args: Record<string, unknown>): Promise<Answer> =>
  portolan.call('scan_network', { timeout: 100, ...args });

describe('the contract', () => {
  const open = (port: number, service: string) => ({
    port,
    protocol: 'tcp',
    state: 'open',
    service,
    details: expect.any(String),
  });

  it.each([
    ['from here', {}, 'localhost'],
    ['from a scanner', { scanner: 'dmz' }, 'dmz'],
  ])('%s', async (_words, where, host) => {
    const { structured } = await scan({ target: '10.9.0.10-11', ...where });
    expect(structured).toEqual({
      success: true,
      message: 'Successfully scanned 10.9.0.10-11, found 2 active hosts',
      data: {
        host,
        target: '10.9.0.10-11',
        scan_type: 'basic',
        host_count: 2,
        up_host_count: 2,
        results: [
          {
            ip: '10.9.0.10',
            status: 'up',
            // In the words of nmap: "0.00012s latency".
            status_details: expect.stringMatching(/^arp-response; 0\.\d+s latency/),
            open_ports: [open(22, 'ssh'), open(25, 'smtp'), open(80, 'http')],
          },
          { ip: '10.9.0.11', status: 'up', status_details: expect.any(String), open_ports: [] },
        ],
      },
      task_id: expect.any(String),
      run: {
        started_at: expect.stringMatching(/Z$/),
        scan_time: expect.any(Number),
        ports_asked: 'the 100 most common TCP ports',
        argv: expect.arrayContaining(['--top-ports', '100', '10.9.0.10/31']),
        in_phases: true,
        report: expect.stringMatching(/^scan:/),
        notice: expect.any(String),
      },
      coverage: [{ kind: 'strategy', hosts: ['10.9.0.10', '10.9.0.11'], message: expect.any(String) }],
    });
  });

  it('the types of scan', async () => {
    const quick = await scan({ target: '10.9.0.10', scan_type: 'quick' });
    expect(quick.structured).toMatchObject({ data: { scan_type: 'quick' } });
    const custom = await scan({ target: '10.9.0.10', scan_type: 'full', port_range: '22,80-443' });
    expect(custom.structured).toMatchObject({
      data: { scan_type: 'custom', results: [{ open_ports: [{ port: 22 }, { port: 80 }] }] },
    });
    const plain = await scan({ target: '10.9.0.10', port_range: '22', strategy: 'plain' });
    expect(plain.structured).toMatchObject({ success: true, data: { results: [{ open_ports: [{}] }] } });
    expect(plain.structured).not.toHaveProperty('coverage');
    const full = await scan({ target: '10.9.0.10', scan_type: 'full' });
    expect(full.structured).toMatchObject({
      data: {
        scan_type: 'full',
        results: [{ open_ports: [{ details: expect.stringContaining('OpenSSH') }, {}, {}] }],
      },
    });
  });

  it('hosts alone, up and down', async () => {
    const { structured } = await scan({ target: '10.9.0.8/29', host_discovery: true, scanner: 'dmz' });
    expect(structured).toMatchObject({ data: { host_count: 8, up_host_count: 2 } });
    const { results } = structured['data'] as {
      results: { ip: string; status: string; open_ports: unknown[] }[];
    };
    expect(results.filter(({ status }) => status === 'up').map(({ ip }) => ip)).toEqual([
      '10.9.0.10',
      '10.9.0.11',
    ]);
    expect(results.find(({ ip }) => ip === '10.9.0.14')?.status).toBe('down');
    expect(results.every(({ open_ports }) => open_ports.length === 0)).toBe(true);
  });

  it('the other scan tools from a scanner too, and a plan that sends nothing', async () => {
    const plan = await portolan.call('plan_scan', { target: '10.9.0.10-11', scanner: 'dmz' });
    expect(plan.structured).toMatchObject({
      allowed: true,
      address_count: 2,
      privileges: { have: true, detail: expect.stringContaining('on scanner dmz') },
    });
    expect(machine.running()).toEqual([]);
    const open = [22, 25, 80];
    for (const [tool, args] of [
      ['quick_scan', { target: '10.9.0.10' }],
      ['full_scan', { target: '10.9.0.10' }],
      ['custom_scan', { command: '--script banner -p 20-90 10.9.0.10' }],
    ] as const) {
      const { structured, text } = await portolan.call(tool, { ...args, scanner: 'dmz', timeout: 100 });
      expect(structured, text).toMatchObject({
        status: 'completed',
        result: { scanner: 'dmz', hosts: [{ address: '10.9.0.10', ports: open.map((port) => ({ port })) }] },
      });
    }
  });

  it('one that outlasts the wait answers like the other scan tools', async () => {
    const { structured } = await scan({
      target: '10.9.0.0/22',
      scan_type: 'full',
      scanner: 'dmz',
      timeout: 5,
    });
    expect(structured).toEqual({
      status: 'running',
      task_id: expect.any(String),
      message: expect.stringContaining('get_task_status'),
    });
    await portolan.call('cancel_task', { task_id: structured['task_id'] });
  });

  it.each([
    ['localhost'],
    ['host.lab.internal'],
    ['10.9.0.10,11'],
    ['10.9.0.10 10.9.0.11'],
    ['-iL /etc/passwd'],
    ['10.9.0.10-5'],
    ['10.9.0.0/33'],
    ["10.9.0.10'; touch /tmp/x; '"],
    ['$(id)'],
  ])('refuses the target %j with the accepted forms', async (target) => {
    const { structured } = await scan({ target, scanner: 'dmz' });
    expect(structured).toMatchObject({
      error: {
        code: 'invalid_target',
        next: expect.stringMatching(/192\.168\.1\.10.*192\.168\.1\.0\/24.*192\.168\.1\.1-100/),
      },
    });
  });

  it.each([
    [{ ssh_user: 'root', ssh_key: '/k' }, /host \(the machine to scan from\) is missing/],
    [{ host: '10.9.0.1' }, /ssh_user and ssh_key or ssh_pwd are missing/],
    [{ host: '10.9.0.1', ssh_user: 'root' }, /, ssh_key or ssh_pwd is missing/],
    [{ host: '10.9.0.1', ssh_pwd: 'x' }, /, ssh_user is missing/],
    [{ ssh_port: 2222 }, /host .* and ssh_user and ssh_key or ssh_pwd are missing/],
    [{ scanner: 'dmz', ssh_user: 'root' }, /scanner already says where from/],
    [{ host_discovery: true, port_range: '22' }, /host_discovery scans no ports/],
  ])('refuses half a set and what contradicts itself: %j', async (args, message) => {
    const { structured } = await scan({ target: '10.9.0.10', ...args });
    expect(structured).toMatchObject({
      error: { code: 'invalid_argument', message: expect.stringMatching(message) },
    });
  });
});

describe('credentials in a call', () => {
  const at = { target: '10.9.0.10', port_range: '80', host: '127.0.0.1', ssh_port: PORT };

  it('work by key and by password', async () => {
    const byKey = await scan({ ...at, ssh_user: 'root', ssh_key: '~/.ssh/id_ed25519' });
    expect(byKey.structured, byKey.text).toMatchObject({ success: true, data: { host: '127.0.0.1' } });
    const byPassword = await scan({ ...at, ssh_user: 'plain', ssh_pwd: PASSWORD });
    expect(byPassword.structured, byPassword.text).toMatchObject({
      success: true,
      coverage: [{ kind: 'downgraded' }, { kind: 'strategy' }],
    });
  });

  it('are refused over HTTP, unless the operator allows them there', async () => {
    const args = {
      target: '127.0.0.1',
      port_range: '80',
      host: '127.0.0.9',
      ssh_user: 'x',
      ssh_pwd: PASSWORD,
    };
    const http = await startHttp(home);
    const refused = await http.call('scan_network', args);
    await http.close();
    expect(refused.structured).toMatchObject({
      error: { code: 'scanner_not_allowed', next: expect.stringContaining('remote.allowInlineCredentials') },
    });
    expect(JSON.stringify(refused)).not.toContain(PASSWORD);
    const other = makeSshHome();
    other.configure({ remote: { allowInlineCredentials: true, connectSeconds: 2 } });
    const allowed = await startHttp(other);
    const { structured } = await allowed.call('scan_network', args);
    await allowed.close();
    other.remove();
    // Its key is not known: it got as far as that.
    expect(structured).toMatchObject({ error: { code: 'host_key_refused' } });
  });
});

describe('attacks', () => {
  const asked = () => ({
    target: '10.9.0.10',
    port_range: '80',
    host: '127.0.0.1',
    ssh_port: PORT,
    ssh_user: 'root',
    ssh_key: home.key,
  });
  /** The refusal of a call that is good but for these arguments. */
  async function refused(args: Record<string, unknown>, code: string): Promise<Answer> {
    const answer = await scan({ ...asked(), ...args });
    expect(answer.structured, JSON.stringify(args)).toMatchObject({ error: { code } });
    expect(existsSync('/tmp/p')).toBe(false);
    return answer;
  }
  const known = () => join(home.ssh, 'known_hosts');
  async function withKnownHosts(text: string, then: () => Promise<void>) {
    const before = readFileSync(known());
    writeFileSync(known(), text);
    try {
      await then();
    } finally {
      writeFileSync(known(), before);
    }
  }

  beforeAll(() => {
    for (const name of ['outside-key', 'other-host']) makeKey(join(home.folder, name));
    mkdirSync(`${home.ssh}-other`);
    makeKey(join(`${home.ssh}-other`, 'key'));
    symlinkSync(join(home.folder, 'outside-key'), join(home.ssh, 'link'));
    writeFileSync(join(home.ssh, 'not-a-key'), 'root:$6$secret-looking');
  });

  /** By the words of cases.json, so that none is forgotten. */
  const ATTACKS: Record<string, () => Promise<void>> = {
    async "host='-oProxyCommand=touch /tmp/p'"() {
      await refused({ host: '-oProxyCommand=touch /tmp/p' }, 'invalid_argument');
      const named = { host: 'localhost', ssh_port: undefined, ssh_user: undefined, ssh_key: undefined };
      await refused({ ...named, scanner: '-oProxyCommand=x' }, 'invalid_argument');
    },
    async "user='-l x'"() {
      await refused({ ssh_user: '-l x' }, 'invalid_argument');
      await refused({ ssh_user: 'root\nx' }, 'invalid_argument');
    },
    async 'host with ; $( ) newline'() {
      for (const host of ['127.0.0.1; touch /tmp/p', '$(touch /tmp/p)', '127.0.0.1\ntouch /tmp/p', '`id`']) {
        await refused({ host }, 'invalid_argument');
      }
    },
    async 'ssh_key outside what is allowed'() {
      for (const ssh_key of [
        '.ssh/id_ed25519',
        '/etc/ssh/ssh_host_ed25519_key',
        '/etc/ssh/no_such_key',
        `${home.ssh}/../outside-key`,
        join(home.ssh, 'link'),
        `${home.ssh}-other/key`,
      ]) {
        await refused({ ssh_key }, 'scanner_not_allowed');
      }
    },
    async 'unknown host key'() {
      await withKnownHosts('', async () => {
        const { structured } = await refused({}, 'host_key_refused');
        expect(structured['error']).toMatchObject({
          message: expect.stringMatching(/is not known, so it was not spoken to/),
          next: expect.stringContaining('`portolan trust root@127.0.0.1:2222`'),
        });
      });
    },
    async 'changed host key'() {
      const other = readFileSync(join(home.folder, 'other-host.pub'), 'utf8');
      await withKnownHosts(`[127.0.0.1]:${PORT} ${other}`, async () => {
        const { structured } = await refused({}, 'host_key_refused');
        expect(structured['error']).toMatchObject({
          message: expect.stringMatching(/has changed, or somebody is between/),
        });
      });
    },
    async 'password in argv, log, error or result'() {
      const seen: string[] = [];
      const watching = setInterval(() => seen.push(...commandLines()), 20);
      const at = { ssh_key: undefined, ssh_pwd: PASSWORD };
      const good = await scan({ ...asked(), ...at, ssh_user: 'plain' });
      const wrong = await refused(at, 'ssh_auth_failed');
      const list = await portolan.call('list_tasks', {});
      const result = await portolan.call('get_task_result', { task_id: good.structured['task_id'] });
      clearInterval(watching);
      expect(good.structured, good.text).toMatchObject({ success: true });
      expect(seen.some((line) => line.includes('10.9.0.10'))).toBe(true);
      for (const text of [...seen, ...[good, wrong, list, result].map((one) => JSON.stringify(one))]) {
        expect(text).not.toContain(PASSWORD);
      }
      const files = filesBelow(home.folder);
      expect(files.some((file) => file.endsWith('portolan.db'))).toBe(true);
      expect(files.filter((file) => readFileSync(file).includes(PASSWORD))).toEqual([]);
    },
    async 'a target that would end a remote quote'() {
      for (const target of ["10.9.0.10'; touch /tmp/p; '", "10.9.0.10' -oN /tmp/p '", '$(touch /tmp/p)']) {
        await refused({ target }, 'invalid_target');
        const custom = await portolan.call('custom_scan', { command: `-p 80 ${target}`, scanner: 'dmz' });
        expect(custom.isError).toBe(true);
        expect(existsSync('/tmp/p')).toBe(false);
      }
    },
    async 'a jump host with an option in it'() {
      const file = join(home.folder, 'jump.json');
      for (const jump of ['-oProxyCommand=touch /tmp/p', 'root@-oProxyCommand=x', ['10.9.0.1', '-W']]) {
        writeFileSync(file, JSON.stringify({ scanners: { s: { host: '10.9.0.1', key: home.key, jump } } }));
        await expect(loadConfig({ file, env: {} })).rejects.toMatchObject({ code: 'invalid_config' });
      }
    },
  };

  const { ssh } = JSON.parse(readFileSync(new URL('../attacks/cases.json', import.meta.url), 'utf8')) as {
    ssh: string[];
  };
  it.each(ssh)('%s', async (name) => {
    const attack = ATTACKS[name];
    expect(attack, 'a case without a test').toBeDefined();
    await attack?.();
  });

  it.each([['192.0.2.1'], ['169.254.169.254'], ['8.8.8.8']])(
    'a host that is not allowed: %s',
    async (host) => {
      await refused({ host }, 'scanner_not_allowed');
    },
  );

  it('a file that is no key says nothing of what is in it', async () => {
    const answer = await refused({ ssh_key: join(home.ssh, 'not-a-key') }, 'ssh_auth_failed');
    expect(JSON.stringify(answer)).not.toContain('secret-looking');
  });

  it('nothing of any of them is left on the scanner', async () => {
    expect(await within(5, () => machine.running().length === 0)).toBe(true);
  });
});

function commandLines(): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8')] : [];
    } catch {
      return [];
    }
  });
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}
