import { describe, expect, test } from 'vitest';
import { estimate } from '../../../../src/nmap/command/estimate.ts';
import { groupSize, outline, sweepRate } from '../../../../src/nmap/strategy/outline.ts';
import { command, fixture, UNPRIVILEGED } from '../../policy/fixture.ts';

async function adaptive(text: string, more: { politeness?: 'gentle' | 'normal' | 'fast' } = {}) {
  return await fixture().authorize({ ...command(text), strategy: 'adaptive', ...more });
}

describe('the outline of an adaptive scan', () => {
  test('names the argv of the phases that are known before', async () => {
    const plan = outline(await adaptive('-T4 -n -sV -p 1-65535 10.0.0.0/28'), true);
    const [hosts, sweep] = plan?.phases ?? [];
    expect(hosts?.argv?.join(' ')).toMatch(
      /^-T4 -n -p 21-23,25,.*,102,.*,502,.* --max-rate 5000 .*<task>\/phase-0001\/scan\.xml/,
    );
    expect(sweep?.argv?.join(' ')).toMatch(
      /^-T4 -n -Pn .*-p 1-65535 --min-rate 20000 --max-rate 20000 --max-retries 1 /,
    );
    expect(sweep?.argv).not.toContain('-sV');
  });

  test('where Portolan itself connects there is no argv; elsewhere nmap does', async () => {
    const request = { ...command('-sT -n -p 1-5000 10.0.0.1'), strategy: 'adaptive' as const };
    const scan = await fixture({ privileges: UNPRIVILEGED }).authorize(request);
    expect(outline(scan, true)?.phases.map(({ argv }) => argv !== undefined)).toEqual([true, false]);
    expect(outline(scan, false)?.phases.map(({ argv }) => argv !== undefined)).toEqual([true, true]);
  });

  test.each([
    ['-T4 -n -F 10.0.0.0/24', 'normal', true],
    ['-T4 -n -p 1-1000 10.0.0.1', 'fast', true],
    ['-T4 -n -F 10.0.0.0/23', 'normal', false],
    ['-T4 -n -p 1-1001 10.0.0.1', 'normal', false],
    ['-T4 -n -F 10.0.0.1', 'gentle', false],
  ] as const)('%s (%s) is for one nmap: %s', async (text, politeness, small) => {
    const [first, ...others] = outline(await adaptive(text, { politeness }), true)?.phases ?? [];
    expect([first?.phase, others.length]).toEqual(small ? ['hosts and ports', 0] : ['hosts', 1]);
    if (small) expect(first?.argv?.join(' ')).not.toMatch(/-Pn|-sn/);
  });

  test('there is none for what is scanned plain', async () => {
    expect(outline(await adaptive('-sU -p 53 10.0.0.1'), true)).toBeUndefined();
    expect(outline(await fixture().authorize(command('-p 53 10.0.0.1')), true)).toBeUndefined();
  });

  test('its time is that of the rate, and shorter than that of one nmap', async () => {
    const fast = await adaptive('-n -p 1-65535 10.0.0.1');
    const gentle = await adaptive('-n -p 1-65535 10.0.0.1', { politeness: 'gentle' });
    const [quick, slow] = [outline(fast, true)?.seconds, outline(gentle, true)?.seconds];
    expect(quick?.high).toBeLessThan(estimate(fast).seconds.high / 5);
    expect(slow?.high).toBeGreaterThan((quick?.high ?? 0) * 1.5);
    expect(sweepRate(gentle, false)).toBe(1000);
    expect(sweepRate(fast, true)).toBe(1000);
  });

  test('the more ports, the fewer hosts together', async () => {
    const sizes = ['--top-ports 100', '-p 1-5000', '-p 1-65535'].map(async (ports) =>
      groupSize(await adaptive(`${ports} 10.0.0.1`)),
    );
    expect(await Promise.all(sizes)).toEqual([64, 16, 4]);
  });
});
