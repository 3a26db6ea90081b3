/** A real server whose nmap dies under every scan: its breaker opens, says so everywhere, and tries again. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
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

it('tells an orchestrator that takes it out when a critical check fails', async () => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-breaker-'));
  server = await serveOnDisk(
    'tmpfs',
    CALM.map((one) => one.replace('memoryPercent=101', 'memoryPercent=1')),
  );
  const health = await server.get('/health');
  expect(health.status).toBe(503);
  expect(health.body).toMatchObject({
    status: 'unhealthy',
    checks: expect.arrayContaining([
      expect.objectContaining({ name: 'memory', priority: 'critical', ok: false }),
    ]),
  });
  expect((await server.get('/health/ready')).status).toBe(503);
  expect((await server.get('/health/live')).status).toBe(200);
});
