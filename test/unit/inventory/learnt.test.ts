/** What scanners learnt, against what we know. */
import { expect, it } from 'vitest';
import { learnt, learntLine, neverAsked } from '../../../src/inventory/learnt.ts';
import { asset, NOW, service } from './samples.ts';

const ours = asset({
  services: [
    service(22, { firstOpen: Date.parse('2026-01-02') }),
    service(8080),
    service(9200, { word: 'closed', confirmedAt: Date.parse('2026-11-27') }),
  ],
});
const entry = {
  uid: 'x_1',
  site: 'default',
  selector: 'any',
  protocol: 'tcp' as const,
  ports: '22',
  effect: 'allow' as const,
  reason: 'ssh',
  approvedBy: 'anna',
  approvedAt: 0,
};
const at = (address: string) => (address === '10.0.1.7' ? ours : undefined);
const knowing = (over: Partial<Parameters<typeof learnt>[1]> = {}) => ({
  assetAt: at,
  expectedOf: () => [],
  askedAt: () => undefined,
  ...over,
});
const answers = [
  { address: '10.0.1.7', protocol: 'tcp' as const, ports: '22,8080,9200,9300', at: NOW },
  { address: '10.0.9.9', protocol: 'tcp' as const, ports: '80', at: NOW },
];

it('tells each open answer by what we knew, the gravest first', () => {
  expect(learnt(answers, knowing({ expectedOf: () => [entry] })).map(learntLine)).toEqual([
    '10.0.1.7 db2.corp 9200/tcp: we said closed on 2026-11-27',
    '10.0.1.7 db2.corp 9300/tcp: we never asked this port',
    '10.0.1.7 db2.corp 8080/tcp: known since 2026-11-27, and not expected',
    '10.0.9.9 80/tcp: no host of ours',
    '10.0.1.7 db2.corp 22/tcp: known since 2026-01-02',
  ]);
});

it('says when we asked a port last that is kept as one of many that are not open', () =>
  expect(
    learnt(
      answers,
      knowing({ askedAt: (_, __, port) => (port === 9300 ? Date.parse('2026-11-20') : undefined) }),
    ).map(learntLine),
  ).toContain('10.0.1.7 db2.corp 9300/tcp: we said not open on 2026-11-20'));

it('calls nothing unexpected where nobody said what to expect', () =>
  expect(learnt(answers, knowing()).filter(({ knowledge }) => knowledge === 'unexpected')).toEqual([]));

it('asks for the asset that had the address then', () => {
  const asked: [string, number][] = [];
  learnt(answers, knowing({ assetAt: (address, when) => void asked.push([address, when]) }));
  expect(asked).toEqual([
    ['10.0.1.7', NOW],
    ['10.0.9.9', NOW],
  ]);
});

it('lists ports that others ask and we never do, once each', () => {
  const twice = [...answers, { address: '10.0.1.7', protocol: 'tcp' as const, ports: '9300', at: NOW }];
  expect(neverAsked(learnt(twice, knowing()))).toEqual([{ protocol: 'tcp', port: 9300 }]);
});
