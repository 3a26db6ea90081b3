import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Asset, Service } from '../../../../src/core/asset.ts';
import { PortolanError } from '../../../../src/core/errors.ts';
import { type Beside, matches } from '../../../../src/core/query/match.ts';
import { parseQuery, QUERY_WORDS } from '../../../../src/core/query/parse.ts';
import { compareVersions } from '../../../../src/core/query/versions.ts';

const NOW = Date.UTC(2026, 10, 29);
const DAY = 86_400_000;

function service(port: number, more: Partial<Service> = {}): Service {
  return {
    vantage: 'local',
    protocol: 'tcp',
    port,
    word: 'open',
    against: { strong: 0, all: 0 },
    changedAt: NOW - 30 * DAY,
    confirmedAt: NOW,
    turns: [],
    recent: [],
    ...more,
  };
}

const named = (name: string, product: string, version: string) => ({
  service: { name, product, version, method: 'probed' as const, confidence: 10 },
});

const ASSET: Asset = {
  uid: 'a_0123456789abcdef',
  site: 'lab',
  name: 'db2.corp',
  class: 'always_on',
  state: 'present',
  criticality: 'normal',
  static: false,
  tags: ['prod', 'db'],
  vendor: 'Dell Inc.',
  os: { family: 'Linux', name: 'Linux 5.0 - 6.2', accuracy: 95 },
  firstSeen: NOW - 40 * DAY,
  lastSeen: NOW - DAY / 2,
  stateSince: NOW - 40 * DAY,
  misses: 0,
  flags: [],
  confidence: 0.9,
  identifiers: [
    { type: 'mac', value: '00:11:22:33:44:55', worth: 'card', said: 'queried', firstSeen: 0, lastSeen: NOW },
    { type: 'ptr', value: 'db2.lan', worth: 'hint', said: 'queried', firstSeen: 0, lastSeen: NOW },
  ],
  addresses: [
    { address: '10.0.1.7', from: NOW - 40 * DAY, look: 'x' },
    { address: '10.0.9.9', from: 0, to: NOW - 40 * DAY, look: 'x' },
  ],
  services: [
    service(22, named('ssh', 'OpenSSH', '9.2p1')),
    service(80, { ...named('http', 'nginx', '1.24.0'), changedAt: NOW - 3 * DAY }),
    service(8443, named('https', 'nginx', '1.26.1')),
    service(23, { word: 'closed' }),
    service(53, { protocol: 'udp' }),
  ],
  facts: [
    {
      fact: { type: 'cert', port: 8443, protocol: 'tcp', fingerprint: 'aa', notAfter: NOW + 10 * DAY },
      firstSeen: 0,
      lastSeen: NOW,
    },
  ],
};
const BESIDE: Beside = {
  now: NOW,
  incidents: [{ kind: 'port.opened', severity: 'medium', unexpected: true }],
};
const is = (query: string) => matches(parseQuery(query), ASSET, BESIDE);

test.each([
  ...[
    '',
    'port:22',
    'port:53/udp',
    'port:20-25',
    'port:1,2,8443',
    'service:ssh',
    'service:htt*',
    'product:NGINX',
  ],
  ...['product:nginx version:<1.26', 'port:8443 version:>=1.26', 'version:1.24.0', 'port:22 port:80'],
  ...[
    'net:10.0.0.0/16',
    'net:10.0.1.7',
    'net:10.0.1.1-10.0.1.9',
    '10.0.1.0/24',
    'site:lab',
    'name:db2',
    'name:*.lan',
  ],
  ...[
    'mac:00:11',
    'mac:001122*',
    '00-11-22-33-44-55',
    'vendor:dell',
    'os:linux',
    'tag:prod',
    'class:always_on',
  ],
  ...[
    'state:present',
    'severity:>=medium',
    'severity:<high',
    'incident:port.*',
    'first_seen:>30d',
    'last_seen:<1d',
  ],
  ...[
    'last_seen:1d',
    'changed:<7d',
    'changed:>2d',
    'first_seen:<2026-11-01',
    'last_seen:>2026-11-28',
    'is:unexpected',
  ],
  ...[
    'has:cert_expiring',
    'db2',
    '"Dell Inc."',
    'vendor:"dell inc"',
    'openssh',
    '-port:443',
    'port:443 or port:22',
  ],
  ...[
    'port:443 or (site:lab -tag:test)',
    '-(port:443 port:22)',
    'port:1 or port:2 or port:80',
    'NAME:db2',
    'port:22 OR x',
  ],
])('%s is this asset', (query) => {
  expect(is(query)).toBe(true);
  expect(is(`-(${query || 'site:lab'})`)).toBe(false);
});

test.each([
  'port:23',
  'mac:db',
  'name:db2*.lan*.lan',
  ...[
    'port:22/udp',
    'service:htt',
    'port:80 version:>=1.26',
    'port:22 product:nginx',
    'net:10.0.9.9',
    'net:fd00::/8',
  ],
  ...[
    'tag:pro',
    'name:*.la',
    'mac:00:12',
    'severity:high',
    'incident:port',
    'first_seen:<30d',
    'changed:<2d',
    'is:new',
  ],
  ...[
    'is:ephemeral',
    'is:flapping',
    'state:absent',
    'class:normal',
    '-db2',
    'port:22 -port:80',
    'dead:beef::1',
  ],
])('%s is not this asset', (query) => {
  expect(is(query)).toBe(false);
});

test.each([
  ['prot:22', /no word "prot"/, /Did you mean port:\?/],
  ['xyzzy:22', /no word "xyzzy"/, /Use one of: port, service/],
  ['state:presnt', /"state:presnt"/, /state:present, or another of/],
  ['port:70000', /port:70000/, /port:53\/udp/],
  ['port:22-1', /port:22-1/, /Give ports/],
  ['port:<22', /port:<22/, /without </],
  ['net:10.0.0.0/33', /net:10/, /a network/],
  ['last_seen:<soon', /last_seen/, /an age/],
  ['(port:22', /at its end/, /Close what is opened/],
  ['port:22 or', /cannot be read/, /Close/],
  ['name:"x', /cannot be read/, /Close/],
  ['name:', /cannot be read|name:/, /./],
  ['x'.repeat(2001), /2001 characters/, /less/],
])('%s is refused with what would be right', (query, message, next) => {
  const refused = () => parseQuery(query);
  expect(refused).toThrow(PortolanError);
  try {
    refused();
  } catch (error) {
    if (!(error instanceof PortolanError)) throw error;
    expect(error.code).toBe('invalid_argument');
    expect(error.message).toMatch(message);
    expect(error.next).toMatch(next);
  }
});

test('words of one service are joined, words of two are not', () => {
  expect(parseQuery('product:nginx version:<1.26')).toEqual({
    kind: 'service',
    product: 'nginx',
    version: { comparison: '<', text: '1.26' },
  });
  expect(parseQuery('port:22 port:80')).toMatchObject({
    kind: 'and',
    parts: [{ kind: 'service' }, { kind: 'service' }],
  });
  expect(parseQuery('(port:22) product:nginx')).toMatchObject({
    kind: 'and',
    parts: [{ kind: 'service' }, { kind: 'service' }],
  });
});

test('garbage is understood or refused, in no time and never as a defect', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom('(', ')', '-', ' or ', '"', ':', ' ', '<', '*', ...QUERY_WORDS),
      fc.string({ maxLength: 8 }),
    ),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(pieces, (all) => {
      try {
        matches(parseQuery(all.join('')), ASSET, BESIDE);
      } catch (error) {
        expect(error).toBeInstanceOf(PortolanError);
      }
    }),
    { numRuns: 500 },
  );
});

test('and, or and not are those of logic', () => {
  const terms = fc.constantFrom(
    'port:22',
    'port:23',
    'tag:prod',
    'tag:x',
    'name:db*',
    'state:absent',
    'version:<2',
  );
  fc.assert(
    fc.property(terms, terms, terms, (a, b, c) => {
      // The brackets keep the words of one service apart.
      expect(is(`(${a}) (${b}) or ${c}`)).toBe(is(`-(-(${a})) -(-(${b}))`) || is(c));
      expect(is(`-(${a} or ${b})`)).toBe(!is(a) && !is(b));
    }),
  );
});

test('versions have one order', () => {
  const order = ['1.0alpha', '1.0rc1', '1.0', '1.0.1', '1.2', '1.10', '9.2', '9.2p1', '9.10', '10'];
  for (const [i, a] of order.entries())
    for (const [j, b] of order.entries()) expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(i - j));
  const version = fc
    .array(fc.constantFrom('1', '2', '10', 'a', 'b', 'rc', 'p'), { maxLength: 4 })
    .map((all) => all.join('.'));
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
        expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
    }),
    { numRuns: 2000 },
  );
});

test('the parser is the one of its grammar', () => {
  const script = fileURLToPath(new URL('../../../../scripts/grammar.mjs', import.meta.url));
  expect(execFileSync(process.execPath, [script, '--check'], { encoding: 'utf8' })).toBe('');
});
