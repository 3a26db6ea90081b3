import { describe, expect, test } from 'vitest';
import type { PortResult } from '../../../../src/core/result.ts';
import { createBudget } from '../../../../src/nmap/strategy/budget.ts';
import { sample, triesNeeded, wasTooFast } from '../../../../src/nmap/strategy/certainty.ts';
import { inOrder } from '../../../../src/nmap/strategy/dealt-answers.ts';
import { type Answer, HostFindings } from '../../../../src/nmap/strategy/findings.ts';
import { CEILINGS, FRAGILE_PORTS, fragility } from '../../../../src/nmap/strategy/politeness.ts';

describe('certainty', () => {
  test('more losses and fewer samples call for more tries', () => {
    expect(triesNeeded({ asked: 630, found: 630 }, 315)).toBe(2);
    expect(triesNeeded({ asked: 630, found: 624 }, 315)).toBe(3);
    expect(triesNeeded({ asked: 20, found: 20 }, 1)).toBeLessThanOrEqual(4);
    expect(triesNeeded({ asked: 600, found: 550 }, 100)).toBeGreaterThan(4);
  });

  test('a tenth of the probes lost is too fast, one lost probe is chance', () => {
    expect(wasTooFast({ asked: 0, found: 0 })).toBe(false);
    expect(wasTooFast({ asked: 6, found: 5 })).toBe(false);
    expect(wasTooFast({ asked: 6, found: 4 })).toBe(true);
    expect(wasTooFast({ asked: 600, found: 560 })).toBe(false);
    expect(wasTooFast({ asked: 600, found: 530 })).toBe(true);
  });

  test('a sample is of the list and has no member twice', () => {
    const list = Array.from({ length: 50 }, (_, index) => index);
    const drawn = sample(list, 20);
    expect(new Set(drawn).size).toBe(20);
    expect(list).toEqual(expect.arrayContaining(drawn));
    expect(sample(list, 99).sort((a, b) => a - b)).toEqual(list);
  });
});

const host = (open: number[], answers: [number, Answer][]) => ({
  host: {
    address: '10.9.0.1',
    status: 'up' as const,
    ports: open.map((port) => ({
      port,
      protocol: 'tcp' as const,
      state: 'open' as const,
      reason: 'syn-ack',
    })),
  },
  answers: new Map(answers),
});
const SILENT: Answer = { state: 'filtered', reason: 'no-response' };
const CLOSED: Answer = { state: 'closed', reason: 'reset' };

describe('findings of several phases', () => {
  test('the stronger answer stays, whatever comes later', () => {
    const findings = new HostFindings({ address: '10.9.0.1', status: 'up', ports: [] });
    findings.absorb(
      host(
        [22],
        [
          [22, { state: 'open', reason: 'syn-ack' }],
          [23, SILENT],
          [24, CLOSED],
          [25, SILENT],
        ],
      ),
    );
    findings.absorb(
      host(
        [25],
        [
          [22, SILENT],
          [23, CLOSED],
          [24, SILENT],
          [25, { state: 'open', reason: 'syn-ack' }],
        ],
      ),
    );
    const states = findings.result(() => undefined).ports.map(({ port, state }) => [port, state]);
    expect(states).toEqual([
      [22, 'open'],
      [23, 'closed'],
      [24, 'closed'],
      [25, 'open'],
    ]);
    expect(findings.silent()).toEqual([]);
  });

  test('many ports of a state are counted as nmap counts them, few are listed by name', () => {
    const findings = new HostFindings({ address: '10.9.0.1', status: 'up', ports: [] });
    const many = Array.from({ length: 100 }, (_, at): [number, Answer] => [1000 + at, SILENT]);
    findings.absorb(host([], [...many, [80, CLOSED]]));
    expect(findings.result((port) => (port === 80 ? 'http' : undefined))).toMatchObject({
      ports: [{ port: 80, state: 'closed', reason: 'reset', service: 'http', method: 'table' }],
      other_ports: [{ state: 'filtered', count: 100, reasons: [{ reason: 'no-response', count: 100 }] }],
    });
  });

  test('silence of a host that limits its answers is told as what it is', () => {
    const findings = new HostFindings({ address: '10.9.0.1', status: 'up', ports: [] });
    findings.absorb(
      host(
        [],
        Array.from({ length: 30 }, (_, at): [number, Answer] => [1000 + at, SILENT]),
      ),
    );
    findings.limited = true;
    expect(findings.result(() => undefined).other_ports).toMatchObject([
      { state: 'closed|filtered', count: 30 },
    ]);
  });
});

describe('what nmap that sent some of the probes each say together', () => {
  const port = (more: Partial<PortResult>): PortResult => ({
    port: 1,
    protocol: 'tcp',
    state: 'open',
    ...more,
  });
  const unknown = port({ service: 'netbus', method: 'table' });
  const soft = port({ service: 'pop3', method: 'probed' });
  const hard = port({ service: 'pop3', method: 'probed', product: 'Dovecot pop3d' });

  test.each([
    ['nobody was answered', [unknown, unknown], unknown],
    ['one knows the product', [unknown, hard, unknown], hard],
    ['all that were answered say the same', [hard, unknown, hard], hard],
    ['only the service is known: the next probes would follow from that', [soft, unknown, soft], undefined],
    ['one knows the service only', [soft, hard, soft], undefined],
    ['two services', [hard, port({ service: 'http', method: 'probed' })], undefined],
    ['two products', [hard, { ...hard, product: 'Cyrus pop3d' }], undefined],
    ['two versions', [hard, { ...hard, version: '2.3' }], undefined],
    ['the same, and more of it', [hard, { ...hard, details: { hostname: 'mail' } }], undefined],
    ['TLS, whatever is inside', [unknown, { ...hard, tunnel: 'ssl' }], undefined],
    ['an answer that nobody knows', [unknown, { ...unknown, details: { fingerprint: 'SF' } }], undefined],
    ['one of them did not see it', [hard, undefined], undefined],
  ])('%s', (_, results, expected) => {
    expect(inOrder(results)).toEqual(expected);
  });
});

describe('politeness', () => {
  test('a printer and a controller look fragile, a tarpit and a web server do not', () => {
    expect(fragility([80, 443, 9100])).toBe('printer');
    expect(fragility([80, 502, 515])).toBe('controller');
    expect(fragility(FRAGILE_PORTS)).toBeUndefined();
    expect(fragility([22, 80, 443])).toBeUndefined();
  });

  test('sweeps of several tasks stay together under the ceilings', async () => {
    const budget = createBudget();
    const { signal } = new AbortController();
    const gentle = CEILINGS.gentle;
    const first = await budget.lease(['10.0.0.1'], gentle, 9999, signal);
    const second = await budget.lease(['10.0.0.2'], gentle, 9999, signal);
    expect(first.rate + second.rate).toBe(gentle.network);
    let third = 0;
    const waiting = budget.lease(['10.0.0.3'], gentle, 9999, signal).then((lease) => {
      third = lease.rate;
    });
    const elsewhere = await budget.lease(['10.0.1.1'], gentle, 9999, signal);
    expect(elsewhere.rate).toBe(gentle.host);
    expect(third).toBe(0);
    first.release();
    first.release();
    await waiting;
    expect(third).toBe(gentle.host);
  });

  test('a task that is stopped does not wait for its turn', async () => {
    const budget = createBudget();
    const stop = new AbortController();
    await budget.lease(['10.0.0.1'], CEILINGS.gentle, 9999, stop.signal);
    const waiting = budget.lease(['10.0.0.1'], CEILINGS.gentle, 9999, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });
});
