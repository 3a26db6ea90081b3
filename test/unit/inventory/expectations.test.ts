/** What is expected, and how what is seen differs from it. */
import { describe, expect, it } from 'vitest';
import type { Asset, Service } from '../../../src/core/asset.ts';
import type { Expectation } from '../../../src/core/expectation.ts';
import { ofChange, ofPresentState } from '../../../src/inventory/expectations/accept.ts';
import { readExpectations } from '../../../src/inventory/expectations/file.ts';
import { driftOf, entriesOf, judgeChange, judgePort } from '../../../src/inventory/expectations/judge.ts';
import { asset, change, service } from './samples.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const entry = (over: Partial<Expectation> = {}): Expectation => ({
  uid: 'x_1',
  site: 'default',
  selector: 'id:a_0123456789abcdef',
  protocol: 'tcp',
  ports: '22,8000-8010',
  effect: 'allow',
  reason: 'because',
  approvedBy: 'anna',
  approvedAt: 0,
  ...over,
});
const open = (...ports: number[]): Asset => asset({ services: ports.map((port) => service(port)) });
const port = (number: number, over: Partial<Service> = {}) => service(number, over);

describe('which entries hold', () => {
  it('are those of its site that select it and have not ended', () => {
    const entries = [
      entry({ uid: 'x_1' }),
      entry({ uid: 'x_2', site: 'elsewhere' }),
      entry({ uid: 'x_3', expiresAt: NOW }),
      entry({ uid: 'x_4', expiresAt: NOW + 1 }),
      entry({ uid: 'x_5', selector: 'tag:other' }),
    ];
    const selects = (selector: string) => selector !== 'tag:other';
    expect(entriesOf(open(22), entries, NOW, selects).map(({ uid }) => uid)).toEqual(['x_1', 'x_4']);
  });
  it('are those that had been said by then and were not taken back', () => {
    const entries = [
      entry({ uid: 'x_1', approvedAt: NOW }),
      entry({ uid: 'x_2', approvedAt: NOW + 1 }),
      entry({ uid: 'x_3', removedAt: NOW }),
      entry({ uid: 'x_4', removedAt: NOW + 1 }),
    ];
    expect(entriesOf(open(22), entries, NOW, () => true).map(({ uid }) => uid)).toEqual(['x_1', 'x_4']);
  });
});

describe('an open port', () => {
  it('is unknown where nothing was said of its host', () => expect(judgePort(port(22), [])).toBe('unknown'));
  it('is expected within the ports of an entry, at both ends', () => {
    for (const number of [22, 8000, 8010]) expect(judgePort(port(number), [entry()])).toBe('expected');
    for (const number of [21, 23, 7999, 8011]) expect(judgePort(port(number), [entry()])).toBe('unexpected');
  });
  it('is unknown where single other ports were accepted, and nothing more was said', () => {
    const accepted = entry({ ports: '80', change: 'e_1' });
    expect(judgePort(port(22), [accepted])).toBe('unknown');
    expect(judgePort(port(80), [accepted])).toBe('expected');
    expect(judgePort(port(443), [accepted, entry()])).toBe('unexpected');
  });
  it('is unexpected where nothing may be open', () =>
    expect(judgePort(port(0), [entry({ ports: '' })])).toBe('unexpected'));
  it('is another one on another protocol', () =>
    expect(judgePort(port(22, { protocol: 'udp' }), [entry()])).toBe('unexpected'));
  it('is unexpected where an entry forbids it, whatever allows it', () =>
    expect(judgePort(port(22), [entry(), entry({ effect: 'forbid', ports: '22' })])).toBe('unexpected'));
  it('is unknown where people said only what must not be open, and it is another one', () => {
    const telnet = entry({ effect: 'forbid', ports: '23' });
    expect(judgePort(port(22), [telnet])).toBe('unknown');
    expect(judgePort(port(23), [telnet])).toBe('unexpected');
  });
  it('is unexpected with another product than the entry says, and expected with none', () => {
    const nginx = [entry({ product: 'nginx' })];
    const said = (product: string) => port(22, { service: { product, method: 'probed', confidence: 10 } });
    expect(judgePort(said('nginx'), nginx)).toBe('expected');
    expect(judgePort(said('Apache'), nginx)).toBe('unexpected');
    expect(judgePort(port(22), nginx)).toBe('expected');
  });
});

describe('a change', () => {
  const event = (kind: string, number = 22) => change({ kind, port: number }).event;
  it('that opens a port is judged as the port', () => {
    expect(judgeChange(event('port.opened'), [entry()])).toBe('expected');
    expect(judgeChange(event('port.discovered', 23), [entry()])).toBe('unexpected');
  });
  it('that closes a port is unexpected where it must be open, expected where it must not', () => {
    expect(judgeChange(event('port.closed'), [entry({ effect: 'require' })])).toBe('unexpected');
    expect(judgeChange(event('port.unreachable'), [entry({ effect: 'forbid' })])).toBe('expected');
    expect(judgeChange(event('port.closed'), [entry()])).toBe('unknown');
  });
  it('of another kind is not judged by ports', () =>
    expect(judgeChange(event('hostkey.changed'), [entry()])).toBe('unknown'));
});

describe('drift', () => {
  it('goes both ways', () => {
    const entries = [entry({ ports: '22' }), entry({ effect: 'require', ports: '443' })];
    expect(driftOf(open(22, 9200), entries)).toMatchObject([
      { kind: 'unexpected', port: 9200 },
      { kind: 'missing', port: 443, entry: { effect: 'require' } },
    ]);
    expect(driftOf(open(22, 443), entries)).toEqual([]);
    expect(driftOf(open(9200), [])).toEqual([]);
  });
  it('names the entry that forbids', () =>
    expect(driftOf(open(23), [entry({ effect: 'forbid', ports: '23' })])).toMatchObject([
      { kind: 'unexpected', entry: { effect: 'forbid' } },
    ]));
});

describe('accepting', () => {
  const approval = { by: 'anna', at: NOW, reason: 'new database' };
  it('a port that opened allows it on that asset alone', () =>
    expect(ofChange(change().event, { ...approval, expiresAt: NOW + 1 })).toEqual({
      site: 'default',
      selector: 'id:a_0123456789abcdef',
      protocol: 'tcp',
      ports: '9200',
      effect: 'allow',
      reason: 'new database',
      approvedBy: 'anna',
      approvedAt: NOW,
      expiresAt: NOW + 1,
      change: 'c_1a2b3c4d',
    }));
  it('a port that closed forbids that it comes back', () =>
    expect(ofChange(change({ kind: 'port.closed' }).event, approval)?.effect).toBe('forbid'));
  it('a change that is about no port expects nothing', () => {
    expect(ofChange(change({ kind: 'hostkey.changed' }).event, approval)).toBeUndefined();
    const { asset: _, ...network } = change().event;
    expect(ofChange(network, approval)).toBeUndefined();
  });
  it('the present state allows what is open, by protocol', () => {
    const made = ofPresentState(
      [asset({ services: [port(81), port(80), port(53, { protocol: 'udp' }), port(9, { word: 'closed' })] })],
      approval,
    );
    expect(made.map(({ protocol, ports }) => [protocol, ports])).toEqual([
      ['tcp', '80-81'],
      ['udp', '53'],
    ]);
    expect(ofPresentState([asset({ services: [] })], approval)).toMatchObject([
      { protocol: 'tcp', ports: '' },
    ]);
  });
});

describe('a file of expectations', () => {
  const read = (text: string) =>
    readExpectations(text, { site: 'default', approval: { by: 'anna', at: NOW } });
  it('is a list with defaults', () =>
    expect(
      read('expect:\n  - {hosts: "tag:web", ports: "443,80", reason: web, until: 2027-01-01}\n'),
    ).toEqual([
      {
        site: 'default',
        selector: 'tag:web',
        protocol: 'tcp',
        ports: '80,443',
        effect: 'allow',
        reason: 'web',
        approvedBy: 'anna',
        approvedAt: NOW,
        expiresAt: Date.parse('2027-01-01'),
      },
    ]));
  it.each([
    ['expect: [{hosts: a, ports: 99999, reason: r}]', /expect\.0\.ports/],
    ['expect: [{hosts: a, ports: "22;80", reason: r}]', /22,80,1000-1010/],
    ['expect: [{hosts: a, ports: 22}]', /expect\.0\.reason/],
    ['expect: [{hosts: a, ports: 22, reason: r, colour: red}]', /colour/],
    ['expect: [', /./],
    ['a: &a [x]\nexpect: [*a, *a]', /./],
    ['', /The file/],
  ])('says what is wrong with %j', (text, why) => {
    expect(() => read(text)).toThrow(/The expectations cannot be read/);
    expect(() => read(text)).toThrow(why);
  });
});
