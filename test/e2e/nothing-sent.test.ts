/** What never left this machine, or was refused on the way, in network namespaces without a way out. Needs root, nft and nmap. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Home, makeHome, type Portolan, startStdio } from './portolan.ts';

let home: Home;
let portolan: Portolan | undefined;

beforeEach(() => {
  home = makeHome();
});
afterEach(async () => {
  await portolan?.close();
  portolan = undefined;
  home.remove();
});

/** Starts the server in a namespace of its own that these commands set up. */
async function inNamespace(...commands: string[]) {
  const setUp = ['set -e', 'ip link set lo up', ...commands, 'exec "$@"'].join('\n');
  portolan = await startStdio(home, '2026-07-28', (argv) => [
    'unshare',
    '-n',
    'sh',
    '-c',
    setUp,
    'sh',
    ...argv,
  ]);
  return portolan;
}

interface Told {
  status: string;
  error?: { code: string };
  result: {
    hosts_done: number;
    hosts_total: number;
    partial: boolean;
    coverage: { kind: string; message: string; hosts?: string[] }[];
  };
}

async function ask(tool: string, args: Record<string, unknown>) {
  const answer = await portolan?.call(tool, args);
  if (answer === undefined) throw new Error('no server');
  const told = answer.structured as unknown as Told;
  return { ...told, text: answer.text, coverage: told.result.coverage };
}

const NOT_SENT = (address: string) => ({
  kind: 'not_scanned',
  hosts: [address],
  message: `no route to ${address} from this machine: nothing was sent.`,
});

test.each([
  ['quick_scan', { target: '172.16.5.5' }],
  ['quick_scan', { target: 'fd77::1' }],
  ['full_scan', { target: '172.16.5.5' }],
  ['custom_scan', { command: '-Pn -p 80 172.16.5.5' }],
  // A connect scan in which nmap itself would call the port filtered.
  ['custom_scan', { command: '-Pn -sT -p 80 172.16.5.5' }],
  ['custom_scan', { command: '-Pn -sU -p 53 172.16.5.5' }],
])('%s %j without a route fails and says that nothing was sent', async (tool, args) => {
  await inNamespace();
  const { status, error, result, coverage, text } = await ask(tool, args);
  const address = Object.values(args).join(' ').split(' ').at(-1) ?? '';
  expect([status, error?.code]).toEqual(['failed', 'no_route']);
  expect([result.hosts_done, result.hosts_total]).toEqual([0, 1]);
  expect(coverage).toContainEqual(NOT_SENT(address));
  expect(text).not.toMatch(/answered the probes|Successfully/);
});

test('of a list, the address without a route is named and not counted as done', async () => {
  await inNamespace();
  const { status, result, coverage, text } = await ask('custom_scan', {
    command: '-Pn -p 80 127.0.0.1 172.16.5.5',
  });
  expect(status).toBe('completed');
  expect([result.hosts_done, result.hosts_total, result.partial]).toEqual([1, 2, true]);
  expect(coverage).toContainEqual(NOT_SENT('172.16.5.5'));
  expect(text).toContain('1 of 2 hosts done');
});

test('a link-local address without its interface is told what it needs', async () => {
  await inNamespace();
  const { error, coverage } = await ask('quick_scan', { target: 'fe80::1' });
  expect(error?.code).toBe('no_route');
  expect(coverage[0]?.message).toContain('fe80::1%eth0');
});

const OWN_RULE = [
  'nft add table inet own',
  "nft add chain inet own out '{ type filter hook output priority 0; }'",
  'nft add rule inet own out tcp dport 1-50 drop',
];

test.each([
  ['custom_scan', { command: '-n -Pn -sS -p 20-25,60 127.0.0.1' }],
  ['quick_scan', { target: '127.0.0.1' }],
])(
  "%s behind this machine's own firewall says that it did not send, and proves nothing",
  async (tool, args) => {
    await inNamespace(...OWN_RULE);
    const { coverage } = await ask(tool, args);
    const messages = coverage.map(({ message }) => message).join('\n');
    expect(messages).toMatch(
      /this machine itself did not send \d+( or more)? packets to 127\.0\.0\.1 \(Operation not permitted\)/,
    );
    expect(messages).not.toMatch(/something drops the probes|agreed|answered again/);
  },
);

test('ports that a firewall refuses by ICMP are said to be refused', async () => {
  await inNamespace(
    'sysctl -qw net.ipv4.icmp_ratelimit=0',
    'nft add table inet wall',
    "nft add chain inet wall in '{ type filter hook input priority 0; }'",
    'nft add rule inet wall in tcp dport 1-60 reject with icmpx type admin-prohibited',
  );
  const { coverage } = await ask('custom_scan', { command: '-n -Pn -sS -p 1-60,9999 127.0.0.1' });
  const messages = coverage.map(({ message }) => message);
  expect(messages.join('\n')).toContain('60 ports on 127.0.0.1 were refused by ICMP (admin-prohibited)');
  expect(messages.join('\n')).not.toContain('did not answer');
});
