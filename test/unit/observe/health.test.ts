import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHealth, type HealthCheck, type HealthPriority } from '../../../src/observe/health.ts';
import { cpuMeter, machineChecks } from '../../../src/observe/machine-checks.ts';

const settings = () => ({ intervalSeconds: 30, staleAfterSeconds: 60 });
const check = (priority: HealthPriority, ok: boolean): HealthCheck => ({
  name: `${priority} ${ok}`,
  priority,
  look: () => ({ ok, message: 'looked' }),
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the health', () => {
  it.each<[HealthPriority[], string]>([
    [[], 'healthy'],
    [['informational'], 'healthy'],
    [['important'], 'degraded'],
    [['important', 'informational'], 'degraded'],
    [['critical'], 'unhealthy'],
    [['critical', 'important'], 'unhealthy'],
  ])('is, with failing checks that are %j, %s', async (failing, status) => {
    const checks = (['critical', 'important', 'informational'] as const).flatMap((priority) => [
      check(priority, true),
      check(priority, !failing.includes(priority)),
    ]);
    const report = await createHealth({ checks, settings }).report();
    expect(report).toMatchObject({ status, stale: false });
    expect(report.checks).toHaveLength(6);
  });

  it('looks every 30 s, and answers from the last look', async () => {
    vi.useFakeTimers();
    const look = vi.fn(() => ({ ok: true, message: '' }));
    const health = createHealth({ checks: [{ name: 'a', priority: 'critical', look }], settings });
    health.start();
    await vi.advanceTimersByTimeAsync(0);
    for (let i = 0; i < 100; i += 1) await health.report();
    expect(look).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(look).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(look).toHaveBeenCalledTimes(4);
    health.stop();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(look).toHaveBeenCalledTimes(4);
  });

  it('does not rely on a look that is older than 60 s: it looks again', async () => {
    let now = 0;
    const look = vi.fn(() => ({ ok: true, message: '' }));
    const health = createHealth({
      checks: [{ name: 'a', priority: 'critical', look }],
      settings,
      now: () => now,
      clock: () => now,
    });
    await health.report();
    now = 60_000;
    await health.report();
    expect(look).toHaveBeenCalledTimes(1);
    now = 60_001;
    expect(await health.report()).toMatchObject({ stale: false, checked_at: '1970-01-01T00:01:00.001Z' });
    expect(look).toHaveBeenCalledTimes(2);
  });

  it('is unhealthy and says so when the last look is old and a new one is old at once', async () => {
    let now = 0;
    const health = createHealth({
      checks: [check('critical', true)],
      settings,
      clock: () => (now += 100_000),
    });
    expect(await health.report()).toMatchObject({ stale: true, status: 'unhealthy' });
  });

  it('does not wait for a check that hangs, and tells what one says that throws', async () => {
    const report = await createHealth({
      checks: [
        { name: 'hangs', priority: 'important', look: () => new Promise(() => {}) },
        {
          name: 'throws',
          priority: 'informational',
          look: () => {
            throw new Error('no such thing');
          },
        },
      ],
      settings,
      timeoutMs: 20,
    }).report();
    expect(report).toMatchObject({
      status: 'degraded',
      checks: [
        { name: 'hangs', ok: false, message: expect.stringContaining('no answer') },
        { name: 'throws', ok: false, message: 'no such thing' },
      ],
    });
  });
});

describe('the checks of the machine', () => {
  it('measure memory and disk for real, against the thresholds as they are now', async () => {
    let limit = 101;
    const thresholds = () => ({ cpuPercent: limit, memoryPercent: limit, diskPercent: limit });
    const checks = machineChecks(thresholds, tmpdir());
    const look = async () =>
      Object.fromEntries(await Promise.all(checks.map(async (one) => [one.name, await one.look()] as const)));
    const well = await look();
    expect(well).toMatchObject({
      cpu: { ok: true },
      memory: { ok: true },
      disk: { ok: true },
      process: { ok: true },
    });
    expect(well['memory']?.value).toBeGreaterThan(0);
    expect(well['disk']?.value).toBeGreaterThan(0);
    limit = 0;
    expect(await look()).toMatchObject({ memory: { ok: false, limit: 0 }, disk: { ok: false, limit: 0 } });
  });

  it('judge the processor by some time, not by a moment', () => {
    let at = 0;
    const times = { idle: 0, total: 0 };
    const percent = cpuMeter(
      () => times,
      () => at,
    );
    const pass = (seconds: number, busy: number) => {
      at += seconds * 1000;
      times.total += seconds * 100;
      times.idle += seconds * (100 - busy);
    };
    pass(1, 100);
    expect(percent()).toBeUndefined();
    pass(9, 0);
    expect(percent()).toBeCloseTo(10);
    pass(30, 100);
    expect(percent()).toBe(100);
  });
});
