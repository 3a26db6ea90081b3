/** Names that were asked for, with /etc/hosts and a web server of our own in namespaces. Needs root and nmap. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Home, makeHome, type Portolan, startStdio } from './portolan.ts';

let home: Home;
let folder: string;
let portolan: Portolan;

/** Answers with the Host header it was asked by; ends by itself, as nobody else does it. */
const ECHO = `require('node:http').createServer((q, s) => s.end('<title>site ' + q.headers.host + '</title>')).listen(80, '0.0.0.0'); setTimeout(() => process.exit(), 90_000)`;

beforeAll(async () => {
  home = makeHome();
  folder = mkdtempSync(join(tmpdir(), 'names-'));
  const hosts = join(folder, 'hosts');
  writeFileSync(
    hosts,
    [
      '127.0.0.5 web_1.lab.internal',
      '127.0.0.5 alias.lab.internal',
      '127.0.0.6 two.lab.internal',
      '127.0.0.7 two.lab.internal',
      '::1 two.lab.internal',
      '',
    ].join('\n'),
  );
  const setUp = [
    'set -e',
    'mount --bind "$1" /etc/hosts',
    'ip link set lo up',
    '"$2" -e "$3" <&- >&- 2>&- &',
    'shift 3',
    'exec "$@"',
  ].join('\n');
  portolan = await startStdio(home, '2026-07-28', (argv) => [
    'unshare',
    '-n',
    '-m',
    'sh',
    '-c',
    setUp,
    'sh',
    hosts,
    process.execPath,
    ECHO,
    ...argv,
  ]);
});
afterAll(async () => {
  await portolan.close();
  home.remove();
  rmSync(folder, { recursive: true });
});

const Told = z.object({
  status: z.string(),
  task_id: z.string(),
  result: z.object({
    hosts: z.array(
      z.object({
        address: z.string(),
        hostnames: z.array(z.object({ name: z.string(), type: z.string() })).optional(),
      }),
    ),
    coverage: z.array(
      z.object({ kind: z.string(), message: z.string(), hosts: z.array(z.string()).optional() }),
    ),
  }),
});

async function ask(tool: string, args: Record<string, unknown>) {
  const { structured, text } = await portolan.call(tool, args);
  const { status, task_id, result } = Told.parse(structured);
  expect(status).toBe('completed');
  const names = Object.fromEntries(
    result.hosts.map(({ address, hostnames = [] }) => [
      address,
      hostnames.map(({ name, type }) => `${name} ${type}`),
    ]),
  );
  return { names, text, task_id, notes: result.coverage.filter(({ kind }) => kind === 'names') };
}

test.each([
  ['quick_scan', { target: ['two.lab.internal', 'Web_1.lab.internal.', 'alias.lab.internal'] }],
  ['custom_scan', { command: '-n -p 80 two.lab.internal WEB_1.lab.internal alias.lab.internal' }],
  ['custom_scan', { command: '-n -sn two.lab.internal web_1.lab.internal alias.lab.internal.' }],
])('%s %j says at each address which name led to it', async (tool, args) => {
  const { names, notes, text } = await ask(tool, args);
  expect(names).toEqual({
    '127.0.0.5': ['web_1.lab.internal user', 'alias.lab.internal user'],
    '127.0.0.6': ['two.lab.internal user'],
    '127.0.0.7': ['two.lab.internal user'],
  });
  expect(notes).toEqual([
    {
      kind: 'names',
      hosts: ['127.0.0.6', '127.0.0.7'],
      message: 'two.lab.internal has 3 addresses: this scan is of 127.0.0.6, 127.0.0.7, not of ::1.',
    },
  ]);
  expect(text).toContain('127.0.0.5 (web_1.lab.internal, alias.lab.internal)');
});

test('version detection by address is said where a name was asked for, and only where HTTP or TLS was spoken', async () => {
  const { names, notes } = await ask('custom_scan', { command: '-sV -p 80,81 web_1.lab.internal 127.0.0.9' });
  expect(names).toEqual({ '127.0.0.5': ['web_1.lab.internal user'], '127.0.0.9': [] });
  expect(notes).toMatchObject([
    {
      hosts: ['127.0.0.5'],
      message: expect.stringMatching(/^-sV spoke HTTP or TLS to 127\.0\.0\.5 by address/),
    },
  ]);
  expect((await ask('custom_scan', { command: '-sV -p 81 web_1.lab.internal' })).notes).toEqual([]);
});

test('a name that is its own as well is both, and said once', async () => {
  const { names, text, task_id } = await ask('custom_scan', { command: '-p 80 web_1.lab.internal' });
  expect(names).toEqual({ '127.0.0.5': ['web_1.lab.internal user', 'web_1.lab.internal PTR'] });
  expect(text).toContain('127.0.0.5 (web_1.lab.internal) up');
  const later = Told.parse((await portolan.call('get_task_result', { task_id })).structured);
  expect(later.result.hosts[0]?.hostnames?.[0]).toEqual({ name: 'web_1.lab.internal', type: 'user' });
});

test('scripts ask by the name', async () => {
  const { notes, text } = await ask('custom_scan', {
    command: '-p 80 --script http-title web_1.lab.internal.',
  });
  expect(text).toContain('http-title: site web_1.lab.internal');
  expect(notes.map(({ message }) => message)).toEqual([
    'Scripts say the name web_1.lab.internal to HTTP and TLS services (http.host, tls.servername).',
  ]);
  const several = await ask('custom_scan', {
    command: '-p 80 --script http-title web_1.lab.internal 127.0.0.9',
  });
  expect(several.text).toContain('http-title: site 127.0.0.5');
  expect(several.notes).toMatchObject([{ message: expect.stringMatching(/^the scripts spoke HTTP or TLS/) }]);
});

test('several names in one word are told how to be written', async () => {
  const { text } = await portolan.call('quick_scan', { target: 'a.lab,b.lab' });
  expect(text).toContain('several targets in one word; give each by itself');
});
