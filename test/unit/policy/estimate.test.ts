import { describe, expect, it } from 'vitest';
import { estimate } from '../../../src/nmap/command/estimate.ts';
import { command, fixture, UNPRIVILEGED } from './fixture.ts';

const of = async (text: string, privileges?: typeof UNPRIVILEGED) =>
  estimate(await fixture(privileges ? { privileges } : {}).authorize(command(text)));

describe('estimate', () => {
  it.each([
    ['-Pn -p 22 10.0.0.1', 1],
    ['-Pn -p 22,80 10.0.0.0/24', 512],
    ['-p 22 10.0.0.1', 5],
    ['-Pn -p- 10.0.0.1', 65_535],
    ['-Pn 10.0.0.1', 1000],
    ['-Pn -F 10.0.0.1', 100],
    ['-Pn --top-ports 20 10.0.0.1', 20],
    ['-Pn -sS -sU -p T:22,U:53,U:67 10.0.0.1', 3],
    ['-Pn -sS -sU -p 22,53 10.0.0.1', 4],
    ['-Pn -sO 10.0.0.1', 256],
    ['-sn 10.0.0.0/30', 16],
    ['-sn -PS22,80 -PE 10.0.0.1', 3],
    ['-sL 10.0.0.0/24', 0],
  ])('%s sends %i first probes', async (text, probes) => expect((await of(text)).probes).toBe(probes));

  it('counts two connects as the pings of an unprivileged nmap', async () => {
    expect((await of('-p 22 10.0.0.1', UNPRIVILEGED)).probes).toBe(3);
  });

  it('is a range, and more work never takes less', async () => {
    const growing = ['-F 10.0.0.1', '10.0.0.1', '-p- 10.0.0.1', '-p- -sV 10.0.0.1', '-p- -sV 10.0.0.0/24'];
    const times = await Promise.all(growing.map((text) => of(text)));
    for (const { seconds } of times) expect(seconds.low).toBeLessThanOrEqual(seconds.high);
    const highs = times.map(({ seconds }) => seconds.high);
    expect(highs).toEqual([...highs].sort((a, b) => a - b));
  });

  it('expects of silent hosts what was measured: 101 s for 1,000 dropped ports at -T4, 81 s for 1,600 at -T5', async () => {
    expect((await of('-Pn -T5 --top-ports 100 10.0.0.0/28')).seconds.high).toBeCloseTo(85, -1);
    expect((await of('-Pn -T4 10.0.0.1')).seconds.high).toBeCloseTo(105, -1);
    expect((await of('-PE 10.0.0.1')).seconds.high).toBeLessThan(60);
  });

  it('follows the limits that were asked for', async () => {
    const slow = await of('-Pn -p- --max-rate 100 10.0.0.1');
    expect(slow.seconds.low).toBeGreaterThanOrEqual(655);
    expect((await of('-Pn -p- --host-timeout 30s 10.0.0.1')).seconds.high).toBeLessThan(60);
    expect((await of('-Pn -p 1-100 --scan-delay 1s 10.0.0.1')).seconds.low).toBeGreaterThanOrEqual(100);
    expect((await of('-Pn -p 1-10 -T0 10.0.0.1')).seconds.low).toBeGreaterThanOrEqual(3000);
    expect((await of('-sU -p 1-1000 10.0.0.1')).seconds.high).toBeGreaterThanOrEqual(1000);
  });
});
