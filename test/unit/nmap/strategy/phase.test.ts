import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { argvFor } from '../../../../src/nmap/command/argv.ts';
import { canBePhased, type Phase } from '../../../../src/nmap/command/phase.ts';
import { command, fixture } from '../../policy/fixture.ts';

const PLAIN: Phase = { hosts: 'assume up', ports: 'as asked', versions: true, pace: {} };
const authorize = (text: string) => fixture().authorize(command(text));
const words = async (text: string, phase: Partial<Phase>) =>
  argvFor(await authorize(text), { xml: '/x' }, { ...PLAIN, ...phase });

describe('a phase', () => {
  test('narrows ports, and leaves out pings and versions', async () => {
    const argv = await words('-T4 -n -sV -PS22 -p 1-100 10.0.0.1', { ports: [1, 2, 3, 50], versions: false });
    expect(argv.join(' ').replace(' --noninteractive', '')).toBe(
      '-T4 -n -Pn --disable-arp-ping -p 1-3,50 -v --stats-every 1s -oX /x -- 10.0.0.1',
    );
  });

  test('finds hosts alone, as the scan asks for them', async () => {
    const argv = await words('-T4 -n -sV -PS22 --top-ports 10 10.0.0.0/24', { hosts: 'ask', ports: 'none' });
    expect(argv.slice(0, 4)).toEqual(['-T4', '-n', '-PS22', '-sn']);
    expect(argv).not.toContain('--top-ports');
    expect(argv).not.toContain('-sV');
  });

  test('refuses a port that was not authorised', async () => {
    await expect(words('-p 22,80-90 10.0.0.1', { ports: [22, 79] })).rejects.toThrow(TypeError);
    await expect(words('--top-ports 3 10.0.0.1', { ports: [1, 2, 3, 4] })).rejects.toThrow(TypeError);
    await expect(words('-p 22 10.0.0.1', { ports: [] })).rejects.toThrow(TypeError);
  });

  test("refuses a rate above the operator's ceiling", async () => {
    const scan = await fixture({ settings: { maxRate: 500 } }).authorize(command('-p 22 10.0.0.1'));
    const paced = (pace: Phase['pace']) => () => argvFor(scan, { xml: '/x' }, { ...PLAIN, pace });
    expect(paced({ maxRate: 501 })).toThrow(TypeError);
    expect(paced({ minRate: Number.NaN })).toThrow(TypeError);
    expect(paced({ minRate: 500, maxRate: 500 })().join(' ')).toContain('--min-rate 500 --max-rate 500');
  });

  test('whatever its ports, every port in argv was authorised', async () => {
    const scan = await authorize('-p 100-200,300 10.0.0.1');
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 90, max: 310 }), { minLength: 1 }), (ports) => {
        const sorted = ports.sort((a, b) => a - b);
        const allowed = sorted.every((port) => (port >= 100 && port <= 200) || port === 300);
        const write = () => argvFor(scan, { xml: '/x' }, { ...PLAIN, ports: sorted });
        if (allowed) expect(write()).toContain('-p');
        else expect(write).toThrow(TypeError);
      }),
    );
  });

  test.each([
    ['-p 1-100 10.0.0.1', true],
    ['-sT -F --version-light -sV 10.0.0.1', true],
    ['-sU -p 53 10.0.0.1', false],
    ['-p T:80,U:53 -sS -sU 10.0.0.1', false],
    ['-sC -p 22 10.0.0.1', false],
    ['-O 10.0.0.1', false],
    ['-T2 -p 22 10.0.0.1', false],
    ['--max-rate 10 -p 22 10.0.0.1', false],
    ['-sn 10.0.0.0/24', false],
  ])('%s can be run in phases: %s', async (text, can) => {
    expect(canBePhased(await authorize(text))).toBe(can);
  });
});

test('a scan is narrowed to addresses it has, never widened', async () => {
  const scan = await authorize('-p 22 10.0.0.0/29');
  expect(scan.only(new Set(['10.0.0.3', '10.0.0.4', '10.0.0.99', '10.1.0.1']))?.targets).toEqual([
    '10.0.0.3-4',
  ]);
  expect(scan.only(new Set(['10.0.0.99']))).toBeUndefined();
  expect(scan.only(new Set())).toBeUndefined();
});
