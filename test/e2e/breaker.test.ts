/** A real server whose nmap dies under every scan: its breaker opens, says so everywhere, and tries again. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type ServerOnDisk, serveOnDisk } from './server-on-disk.ts';

let server: ServerOnDisk;
let folder: string;
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

// What else runs on this machine is not looked at.
const CALM = [
  'health.cpuPercent=101',
  'health.memoryPercent=101',
  'health.diskPercent=101',
  'health.intervalSeconds=1',
];
const BROKEN = '#!/bin/sh\n[ "$1" = --version ] && exec nmap --version\nkill -KILL $$\n';
const WHOLE = '#!/bin/sh\nexec nmap "$@"\n';

it('opens on a dying nmap, not on bad input, and closes after a scan that went well', async () => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-breaker-'));
  const nmap = join(folder, 'nmap');
  writeFileSync(nmap, BROKEN);
  chmodSync(nmap, 0o755);
  server = await serveOnDisk('tmpfs', [
    `scans.nmapPath=${nmap}`,
    'circuitBreaker.recoverySeconds=2',
    ...CALM,
  ]);
  const scan = (target: string) => server.execute('quick_scan', { target });

  for (let i = 0; i < 8; i += 1) {
    expect((await scan('192.0.2.1')).body['error']).toMatchObject({ code: 'out_of_scope' });
  }
  for (let i = 0; i < 5; i += 1) {
    expect((await scan('127.0.0.1')).body['error']).toMatchObject({ code: 'interrupted' });
  }
  const refused = await scan('127.0.0.1');
  expect(refused.status).toBe(503);
  expect(refused.body['error']).toMatchObject({
    code: 'breaker_open',
    retry_after_seconds: expect.any(Number),
  });

  expect(await server.metric('circuit_breaker_state{name="quick_scan"}')).toBe(1);
  await expect.poll(async () => (await server.get('/health')).status, { timeout: 10_000 }).toBe(207);
  expect(await server.metric('circuit_breaker_calls_total{name="quick_scan",result="failure"}')).toBe(5);
  expect(
    await server.metric(
      'circuit_breaker_transitions_total{name="quick_scan",from_state="closed",to_state="open"}',
    ),
  ).toBe(1);
  expect(
    await server.metric(
      'mcp_tool_execution_total{tool="quick_scan",status="error",error_type="circuit_breaker_open"}',
    ),
  ).toBe(1);
  const closed = await server.post('/breakers/quick_scan/close');
  expect(closed.body).toEqual({ name: 'quick_scan', state: 'closed' });
  expect((await server.post('/breakers/nothing/close')).status).toBe(400);
  for (let i = 0; i < 5; i += 1) await scan('127.0.0.1');
  expect((await server.get('/breakers')).body).toMatchObject({
    breakers: [{ name: 'quick_scan', state: 'open' }],
  });
  // Another tool is not concerned.
  expect((await server.execute('list_tasks', {})).status).toBe(200);

  writeFileSync(nmap, WHOLE);
  await expect
    .poll(async () => (await scan('127.0.0.1')).body['status'], { timeout: 30_000, interval: 500 })
    .toBe('completed');
  expect(await server.metric('circuit_breaker_state{name="quick_scan"}')).toBe(0);
  await expect.poll(async () => (await server.get('/health')).status, { timeout: 10_000 }).toBe(200);
});

it('is degraded, and ready, on a busy machine', async () => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-breaker-'));
  server = await serveOnDisk(
    'tmpfs',
    CALM.map((one) => one.replace('memoryPercent=101', 'memoryPercent=1')),
  );
  const health = await server.get('/health');
  expect(health.status).toBe(207);
  expect(health.body).toMatchObject({
    status: 'degraded',
    checks: expect.arrayContaining([
      expect.objectContaining({ name: 'memory', priority: 'important', ok: false }),
    ]),
  });
  expect((await server.get('/health/ready')).status).toBe(200);
  expect((await server.execute('quick_scan', { target: '127.0.0.1' })).body).toMatchObject({
    status: 'completed',
  });
});

it('counts scans that fail within their call, in the metrics and in the breaker', async () => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-breaker-'));
  const nmap = join(folder, 'nmap');
  // As an nmap whose libraries do not fit: it says nothing that we know.
  writeFileSync(nmap, '#!/bin/sh\n[ "$1" = --version ] && exec nmap --version\nexit 3\n');
  chmodSync(nmap, 0o755);
  server = await serveOnDisk('tmpfs', [`scans.nmapPath=${nmap}`, ...CALM]);
  for (let i = 0; i < 5; i += 1) {
    const { body } = await server.execute('quick_scan', { target: '127.0.0.1' });
    expect(body).toMatchObject({ status: 'failed', error: { code: 'nmap_failed' } });
  }
  const calls = (status: string, type: string) =>
    server.metric(`mcp_tool_execution_total{tool="quick_scan",status="${status}",error_type="${type}"}`);
  expect(await calls('error', 'execution_error')).toBe(5);
  expect(await calls('success', 'none')).toBeUndefined();
  expect(await server.metric('portolan_scans_total{tool="quick_scan",state="failed"}')).toBe(5);
  // Looking at one of them is a call that went well.
  await server.get('/tasks');
  expect(await server.metric('circuit_breaker_state{name="quick_scan"}')).toBe(1);
  expect((await server.execute('quick_scan', { target: '127.0.0.1' })).status).toBe(503);
});

it('does not open for targets without a route, nor for what nmap itself refuses', async () => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-breaker-'));
  const nmap = join(folder, 'nmap');
  const says = (words: string) =>
    writeFileSync(
      nmap,
      `#!/bin/sh\n[ "$1" = --version ] && exec nmap --version\necho '${words}' >&2\nexit 1\n`,
    );
  says('');
  chmodSync(nmap, 0o755);
  server = await serveOnDisk('tmpfs', [`scans.nmapPath=${nmap}`, ...CALM]);
  const codes = async () => {
    const seen = new Set<unknown>();
    for (let i = 0; i < 6; i += 1) {
      const { body } = await server.execute('quick_scan', { target: '127.0.0.1' });
      seen.add((body['error'] as { code?: unknown } | undefined)?.code);
    }
    return [...seen];
  };
  says('nexthost: failed to determine route to 127.0.0.1');
  expect(await codes()).toEqual(['no_route']);
  says('NSE: failed to initialize the script engine: odd argument. QUITTING!');
  expect(await codes()).toEqual(['invalid_option']);
  expect(await server.metric('circuit_breaker_state{name="quick_scan"}')).toBe(0);
});

describe('a command tool', () => {
  const program = (script: string) => {
    folder = mkdtempSync(join(tmpdir(), 'portolan-breaker-'));
    const file = join(folder, 'crash');
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    const tools = join(folder, 'tools');
    mkdirSync(tools, { mode: 0o700 });
    writeFileSync(
      join(tools, 'crash.mjs'),
      `import { defineCommandTool } from 'portolan';
export default defineCommandTool({ name: 'CrashTool', title: 'Crash', description: 'Crashes.', command: '${file}', flags: {} });\n`,
    );
    return [`tools.plugins=${tools}`, ...CALM];
  };

  it.each([
    ['dies of a signal', 'kill -SEGV $$', 139],
    ['cannot load what it needs', 'exit 127', 127],
  ])('that %s opens its breaker', async (_, script, returncode) => {
    server = await serveOnDisk('tmpfs', program(script));
    for (let i = 0; i < 5; i += 1) {
      const crashed = await server.execute('CrashTool', { target: '127.0.0.1' });
      expect(crashed.status).toBe(500);
      expect(crashed.body).toMatchObject({ returncode, metadata: { code: 'command_crashed' } });
    }
    expect((await server.execute('CrashTool', { target: '127.0.0.1' })).status).toBe(503);
    expect(await server.metric('circuit_breaker_state{name="CrashTool"}')).toBe(1);
  });

  it('whose program says no with its exit status has answered: no fault of this server', async () => {
    server = await serveOnDisk('tmpfs', program('echo no such name >&2; exit 9'));
    for (let i = 0; i < 8; i += 1) {
      const answer = await server.execute('CrashTool', { target: '127.0.0.1' });
      expect(answer.status).toBe(422);
      expect(answer.body).toMatchObject({ returncode: 9, metadata: { code: 'command_failed' } });
    }
    expect(await server.metric('circuit_breaker_state{name="CrashTool"}')).toBe(0);
  });
});
