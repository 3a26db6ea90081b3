/** The command tools through the real command and a real MCP client, with the real programs, on loopback alone. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts, type Listener, listen } from './listeners.ts';
import {
  cleanEnvironment,
  type Home,
  mainArguments,
  makeHome,
  type Portolan,
  startHttp,
  startStdio,
  withSettings,
} from './portolan.ts';

let home: Home;
let stdio: Portolan;
let listener: Listener;
beforeAll(async () => {
  home = makeHome();
  stdio = await startStdio(
    home,
    '2026-07-28',
    withSettings('tools.toolsets=scan,command', 'rateLimit.scansPerMinute=0'),
  );
  listener = await listen('127.0.0.1', await freePorts(1), 'hello\r\n');
});
afterAll(async () => {
  await stdio.close();
  await listener.close();
  home.remove();
});

const FIELDS = [
  'stdout',
  'stderr',
  'returncode',
  'truncated_stdout',
  'truncated_stderr',
  'timed_out',
  'error',
  'error_type',
  'execution_time',
  'correlation_id',
  'metadata',
].sort();

describe('a command tool answers with the fields of its contract', () => {
  it('PingTool', async () => {
    const { structured, isError, text } = await stdio.call('PingTool', {
      target: '127.0.0.1',
      extra_args: '-c 2 -i 0.2',
      correlation_id: 'case-1',
    });
    expect(isError).toBe(false);
    expect(Object.keys(structured).sort()).toEqual(FIELDS);
    expect(structured).toMatchObject({
      returncode: 0,
      error: null,
      error_type: null,
      timed_out: false,
      correlation_id: 'case-1',
      metadata: { packets_sent: 2, packets_received: 2, loss_percent: 0 },
    });
    expect(text).toContain('ping -n -c 2 -i 0.2 -- 127.0.0.1');
  });

  it('PingTool, IPv6', async () => {
    const { structured } = await stdio.call('PingTool', { target: '::1', extra_args: '-c 1 -q' });
    expect(structured).toMatchObject({ returncode: 0, metadata: { packets_received: 1 } });
  });

  it('TracerouteTool', async () => {
    const { structured } = await stdio.call('TracerouteTool', {
      target: '127.0.0.1',
      extra_args: '-n -m 3 -q 2',
    });
    expect(structured).toMatchObject({
      returncode: 0,
      metadata: {
        hops: [{ number: 1, address: '127.0.0.1', milliseconds: [expect.any(Number), expect.any(Number)] }],
      },
    });
  });

  it('NmapTool, with options and by template', async () => {
    const options = await stdio.call('NmapTool', {
      target: '127.0.0.1',
      extra_args: `-n -Pn -p ${listener.port}`,
    });
    expect(options.structured).toMatchObject({ returncode: 0, error: null });
    expect(options.structured['stdout']).toMatch(new RegExp(`^${listener.port}/tcp +open`, 'm'));
    const template = await stdio.call('NmapTool', { target: '127.0.0.1', template: 'discovery' });
    expect(template.structured['metadata']).toMatchObject({
      argv: expect.arrayContaining(['-sn', '-T4', '--', '127.0.0.1']),
    });
    expect(template.structured['stdout']).toContain('1 host up');
  });

  it('NmapTool says which options it left out', async () => {
    const { structured, text } = await stdio.call('NmapTool', {
      target: '127.0.0.1',
      extra_args: '-n -Pn -p 1 -oX - --packet-trace',
    });
    expect(structured['metadata']).toMatchObject({
      notes: [expect.stringMatching(/^-oX was left out/), expect.stringMatching(/^--packet-trace was left/)],
    });
    expect(text).toMatch(/^\$ \S+nmap .*\nNote: -oX was left out\. .*\nNote: --packet-trace was left out/);
  });

  it('with partial output when its time is over', async () => {
    const { structured, isError, text } = await stdio.call('PingTool', {
      target: '127.0.0.1',
      extra_args: '-c 10 -i 1',
      timeout_sec: 1.5,
    });
    expect(isError).toBe(true);
    expect(structured).toMatchObject({
      timed_out: true,
      returncode: 124,
      error_type: 'timeout',
      metadata: { code: 'command_timeout', recovery_suggestion: expect.stringMatching(/\w/) },
    });
    expect(structured['stdout']).toContain('icmp_seq=1');
    expect(text).toContain('icmp_seq=1');
  });
});

describe('what a command tool refuses', () => {
  it.each([
    ['PingTool', { target: '8.8.8.8' }, 'out_of_scope'],
    ['TracerouteTool', { target: '169.254.169.254' }, 'out_of_scope'],
    ['NmapTool', { target: '8.8.8.8', extra_args: '-sn' }, 'out_of_scope'],
    ['PingTool', { target: '127.0.0.0/30' }, 'invalid_target'],
    ['PingTool', { target: '-f' }, 'invalid_target'],
    ['PingTool', { target: '127.0.0.1; id' }, 'invalid_target'],
    ['PingTool', { target: '127.0.0.1', extra_args: '-f' }, 'option_not_allowed'],
    ['PingTool', { target: '127.0.0.1', extra_args: '-c 11' }, 'invalid_option'],
    ['PingTool', { target: '127.0.0.1', extra_args: '8.8.8.8' }, 'option_not_allowed'],
    ['PingTool', { target: '127.0.0.1', extra_args: `-c 1${' '.repeat(2048)}` }, 'invalid_argument'],
    ['PingTool', { target: '127.0.0.1', timeout_sec: 301 }, 'invalid_argument'],
    ['PingTool', { target: '127.0.0.1', flags: '-c 1' }, 'invalid_argument'],
    ['TracerouteTool', { target: '127.0.0.1', extra_args: '-m 31' }, 'invalid_option'],
    ['TracerouteTool', { target: '127.0.0.1', extra_args: '-g 10.0.0.1' }, 'option_not_allowed'],
    ['NmapTool', { target: '127.0.0.1', extra_args: '-oN /tmp/x' }, 'option_not_allowed'],
    ['NmapTool', { target: '127.0.0.1', extra_args: '--script vuln' }, 'needs_intrusive'],
    ['NmapTool', { target: '127.0.0.1', extra_args: '-D 10.0.0.9' }, 'needs_evasion'],
    ['NmapTool', { target: '127.0.0.1', extra_args: '-sn 8.8.8.8' }, 'invalid_argument'],
    ['NmapTool', { target: '127.0.0.1 8.8.8.8', extra_args: '-sn' }, 'invalid_argument'],
    ['NmapTool', { target: '-iL/etc/passwd', extra_args: '-sn' }, 'option_not_allowed'],
    ['NmapTool', { target: '127.0.0.1', extra_args: '-sn', template: 'quick' }, 'invalid_argument'],
  ])('%s %j', async (tool, args, code) => {
    const { structured, isError } = await stdio.call(tool, { ...args, correlation_id: 'mine' });
    expect(isError).toBe(true);
    expect(Object.keys(structured).sort()).toEqual(FIELDS);
    expect(structured).toMatchObject({
      stdout: '',
      returncode: null,
      error: expect.stringMatching(/\w/),
      error_type: 'validation_error',
      correlation_id: 'mine',
      metadata: { code, recovery_suggestion: expect.stringMatching(/\w/) },
    });
  });
});

it('MCP clients are shown no command tool by default, and may not call one; the command line may', async () => {
  const http = await startHttp(home);
  const names = (await http.client.listTools()).tools.map(({ name }) => name);
  expect(names).toContain('quick_scan');
  for (const name of ['NmapTool', 'PingTool', 'TracerouteTool']) expect(names).not.toContain(name);
  await expect(http.call('PingTool', { target: '127.0.0.1' })).rejects.toThrow(/tool_not_found/);
  await http.close();
  const { stdout } = spawnSync(
    process.execPath,
    mainArguments(home, 'call', 'PingTool', 'target=127.0.0.1', 'extra_args=-c 1', '--json'),
    { env: cleanEnvironment(home), encoding: 'utf8' },
  );
  expect(JSON.parse(stdout)).toMatchObject({ returncode: 0, metadata: { packets_received: 1 } });
});
