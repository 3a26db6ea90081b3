import { describe, expect, it } from 'vitest';
import { type OurScan, ourScan, ownTask } from '../../../src/captures/ours.ts';
import type { Task } from '../../../src/core/task.ts';
import { suspect } from './sample-report.ts';

const scan: OurScan = {
  taskId: 'task-1',
  addresses: ['10.1.0.66', 'fd00::66'],
  targets: ['10.1.0.0/24'],
  ports: '1-1000',
  startedAt: 1_789_999_999_000,
  endedAt: 1_790_000_002_000,
};

describe('a scan of our own', () => {
  it('is known by address, time, target and ports', () => {
    expect(ownTask(suspect(), [scan])).toBe('task-1');
    expect(ownTask(suspect(), [{ ...scan, targets: ['10.1.0.9-11'] }])).toBe('task-1');
    const { endedAt: _, ...running } = scan;
    expect(ownTask(suspect(), [running])).toBe('task-1');
  });

  it.each<[string, Partial<OurScan>]>([
    ['another address', { addresses: ['10.1.0.67'] }],
    ['other targets', { targets: ['10.2.0.0/16', '10.1.0.11'] }],
    ['other ports', { ports: '5000-6000' }],
    ['an earlier time', { startedAt: 1_789_990_000_000, endedAt: 1_789_990_001_000 }],
    ['a later time', { startedAt: 1_790_001_000_000, endedAt: 1_790_001_001_000 }],
  ])('is not one with %s', (_what, other) => {
    expect(ownTask(suspect(), [{ ...scan, ...other }])).toBeUndefined();
  });

  it('cannot be known in a capture without times', () => {
    expect(ownTask(suspect({ first_seen: null, last_seen: null }), [scan])).toBeUndefined();
  });

  it('matches without ports where the scan or the technique has none', () => {
    const { ports: _, ...portless } = scan;
    expect(ownTask(suspect(), [portless])).toBe('task-1');
    expect(ownTask(suspect({ technique: 'arp-sweep', ports: '' }), [scan])).toBe('task-1');
  });
});

describe('what a task scanned', () => {
  const task = (argv: string[] | undefined, startedAt?: number): Task => ({
    id: 'task-1',
    state: 'completed',
    owner: 'local',
    request: { tool: 'custom_scan', targets: ['lab.example'], options: [] },
    createdAt: 1,
    ...(startedAt === undefined ? {} : { startedAt }),
    endedAt: 9,
    ...(argv ? { argv } : {}),
    addressesTotal: 1,
    hostsDone: 1,
    hostsUp: 1,
    openPorts: 0,
    coverage: [],
    attempts: 1,
  });
  const end = ['-oX', '/x/-p.xml', '--', '10.1.0.1', '10.1.0.4-9'];

  it.each([
    [['-sS', '-p', '22,T:80-90'], '22,80-90'],
    [['-p22'], '22'],
    [['-p-'], '1-65535'],
    [['-p', 'http*'], undefined],
    [['-p', '-22'], undefined],
    [['--top-ports', '100'], undefined],
    [['-sn'], undefined],
  ])('is in its argv: %j', (options, ports) => {
    const found = ourScan(task([...options, ...end], 5), ['10.1.0.66']);
    expect(found).toEqual({
      taskId: 'task-1',
      addresses: ['10.1.0.66'],
      targets: ['10.1.0.1', '10.1.0.4-9'],
      startedAt: 5,
      endedAt: 9,
      ...(ports ? { ports } : {}),
    });
  });

  it('is nothing when it never ran', () => {
    expect(ourScan(task(undefined, 5), [])).toBeUndefined();
    expect(ourScan(task(end), [])).toBeUndefined();
  });
});
