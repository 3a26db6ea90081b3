/**
 * Situations of every network in which a scanner that compares addresses tells changes that are none: hosts, what happens
 * to them, and all that is to be told of it.
 */
import type { OfficeHost } from './office.ts';
import type { Situation } from './situation.ts';

const BASELINE = { news: ['info baseline.recorded'] };
const STAYS = { news: [] };

/** So many hosts `10.9.NET.FROM` and up, named after it. */
const row = (net: number, from: number, count: number, ports = [22]): Record<string, OfficeHost> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `n${net}h${from + index}`,
      { mac: macOf(net, from + index), address: `10.9.${net}.${from + index}`, ports },
    ]),
  );

/** Of a maker of cards (Intel), each once. */
const macOf = (net: number, host: number) =>
  `00:1b:21:00:${net.toString(16).padStart(2, '0')}:${host.toString(16).padStart(2, '0')}`;

export const NETWORKS = { leases: { network: '10.9.1.0/24', addresses: 'dhcp' } };

export const SITUATIONS: Readonly<Record<string, Situation>> = {
  'a lease gives a host another address': {
    hosts: {
      laptop: { mac: macOf(1, 1), address: '10.9.1.1' },
      printer: { mac: macOf(1, 2), address: '10.9.1.2' },
      visitor: { mac: macOf(1, 3), address: '10.9.100.3' },
    },
    look: '-p 22,80 10.9.1.0/28',
    assets: 3,
    steps: {
      'the first look': BASELINE,
      'the laptop moves': {
        happens: (office) => office.move('laptop', '10.9.1.9'),
        news: ['info address.changed 10.9.1.9'],
      },
      'nobody misses it where it was': STAYS,
      'two leases change hands': {
        happens: (office) => {
          office.move('laptop', '10.9.1.2');
          office.move('printer', '10.9.1.9');
        },
        news: ['info address.changed 10.9.1.2', 'info address.changed 10.9.1.9'],
      },
      'a visitor gets the address that the laptop had': {
        happens: (office) => office.move('visitor', '10.9.1.1'),
        news: ['low host.new 10.9.1.1'],
      },
      'and stays': STAYS,
    },
  },
  'a host gets a new card': {
    hosts: row(2, 1, 2),
    look: '-p 22,80 --script ssh-hostkey 10.9.2.0/28',
    assets: 2,
    steps: {
      'the first look': BASELINE,
      'its keys are the same': {
        happens: (office) => office.newCard('n2h1', macOf(2, 101)),
        news: ['low mac.changed 10.9.2.1'],
      },
      'and stay': STAYS,
      'another card, and another address with it': {
        happens: (office) => {
          office.newCard('n2h2', macOf(2, 102));
          office.move('n2h2', '10.9.2.9');
        },
        news: ['info address.changed 10.9.2.9', 'low mac.changed 10.9.2.9'],
      },
      'nobody misses it where it was': STAYS,
    },
  },
  'a virtual router fails over': {
    hosts: row(3, 2, 2),
    look: '-p 22 --script ssh-hostkey 10.9.3.0/28',
    assets: 3,
    known: { '10.9.3.1': /cluster/ },
    steps: {
      'the first look': {
        happens: (office) => office.virtual('n3h2', VIRTUAL),
        ...BASELINE,
      },
      'the other router answers, with a key of its own': {
        happens: (office) => {
          office.virtual('n3h2');
          office.virtual('n3h3', VIRTUAL);
        },
        news: ['info service.variants 10.9.3.1 22/tcp'],
      },
      'and stays': STAYS,
      'the first one takes it back': {
        happens: (office) => {
          office.virtual('n3h3');
          office.virtual('n3h2', VIRTUAL);
        },
        news: [],
      },
      'and goes away for a moment': {
        happens: (office) => {
          office.plug('n3h2', false);
          office.virtual('n3h3', VIRTUAL);
        },
        news: [],
      },
      'and is back': {
        happens: (office) => {
          office.virtual('n3h3');
          office.plug('n3h2', true);
        },
        news: [],
      },
    },
  },
  'a host sleeps': {
    hosts: row(4, 1, 3),
    by: 'clock',
    look: '-p 22,80 10.9.4.0/28',
    assets: 3,
    steps: {
      'the first look': BASELINE,
      'it is silent': { happens: (office) => office.plug('n4h1', false), news: [], held: ['R5'] },
      'and once more': STAYS,
      'and is back': { happens: (office) => office.plug('n4h1', true), news: [] },
      'it is silent again, and that counts anew': {
        happens: (office) => office.plug('n4h1', false),
        news: [],
      },
      'a second time': STAYS,
      'the third time it is missing': { news: ['low host.missing 10.9.4.1'] },
      'and no more so the fourth': STAYS,
      'it comes back': {
        happens: (office) => office.plug('n4h1', true),
        news: ['info host.returned 10.9.4.1'],
      },
      'another one may sleep': {
        says: ['edit_asset', { asset: '10.9.4.2', class: 'may_sleep' }],
        happens: (office) => office.plug('n4h2', false),
        day: 2,
        news: [],
        held: ['R5'],
      },
      'for a week': { day: 7, news: [] },
      'for nearly two': { day: 13, news: [] },
      'and is awake': { happens: (office) => office.plug('n4h2', true), day: 13, news: [] },
      'it sleeps again': { happens: (office) => office.plug('n4h2', false), day: 20, news: [] },
      'for more than two weeks': { day: 28, news: ['low host.missing 10.9.4.2'] },
      'and wakes': {
        happens: (office) => office.plug('n4h2', true),
        day: 29,
        news: ['info host.returned 10.9.4.2'],
      },
    },
  },
  'a firewall answers for everybody, and a host at every port': {
    hosts: {
      firewall: {
        mac: macOf(5, 1),
        address: '10.9.5.1',
        ports: [443],
        routes: { network: '10.7.0.0/26', address: '10.7.0.62' },
      },
      ...Object.fromEntries(
        [1, 2, 3].map((host) => [
          `n5h${host}`,
          { mac: macOf(5, 10 + host), address: `10.7.0.${host}`, behind: 'firewall' },
        ]),
      ),
    },
    look: '-p 22,80,443 10.7.0.0/26',
    assets: 4,
    steps: {
      'the first look': BASELINE,
      'it answers at one port of every address': {
        happens: (office) =>
          office.firewall('firewall', [
            'chain pre {',
            '  type nat hook prerouting priority dstnat;',
            '  ip daddr 10.7.0.0/26 tcp dport 443 redirect',
            '}',
          ]),
        news: ['low middlebox.answers 443/tcp'],
      },
      'and goes on': STAYS,
      'and no longer': { happens: (office) => office.firewall('firewall', []), news: [] },
      'one host is asked more': { look: '-p 1-120 10.7.0.3', news: [] },
      'it accepts everything': {
        look: '-p 1-120 10.7.0.3',
        happens: (office) =>
          office.firewall('n5h3', [
            'chain pre {',
            '  type nat hook prerouting priority dstnat;',
            '  tcp dport 1-65535 redirect to :22',
            '}',
          ]),
        news: ['low host.accepts_everything 10.7.0.3'],
      },
      'and goes on accepting': { look: '-p 1-120 10.7.0.3', news: [] },
      'everybody is asked': STAYS,
      'and accepts no longer': {
        look: '-p 1-120 10.7.0.3',
        happens: (office) => office.firewall('n5h3', []),
        news: [],
      },
    },
  },
  'the uplink of the scanner is cut while it scans': {
    hosts: row(6, 1, 12, [22, 8022]),
    look: '-p 22,80,8022 10.9.6.0/28',
    assets: 12,
    steps: {
      'the first look': BASELINE,
      'while it asks for ports': {
        look: '-p 22,80,8022 --max-retries 1 --scan-delay 1s 10.9.6.0/28',
        meanwhile: 'open port',
        happens: (office) => office.uplink(false),
        news: [],
        held: ['R3'],
      },
      mended: { happens: (office) => office.uplink(true), news: [] },
      // Slow enough that a busy machine, too, cuts the link before most were asked.
      'while it asks who is there': {
        look: '-p 22,80,8022 --max-rate 4 10.9.6.0/28',
        meanwhile: { asked: 'n6h3' },
        happens: (office) => office.uplink(false),
        news: ['medium vantage.degraded'],
        held: ['R6'],
      },
      'still cut off': { news: [], held: ['R6'] },
      'and once more': { news: [], held: ['R6'] },
      'mended again': { happens: (office) => office.uplink(true), news: [] },
      'its own cable is pulled': {
        look: '-p 22,80,8022 --max-rate 8 10.9.6.0/28',
        meanwhile: { asked: 'n6h3' },
        happens: (office) => office.cable(false),
        news: [],
      },
      'and put back': { happens: (office) => office.cable(true), news: [] },
    },
  },
  'a scanner loses its privileges': {
    hosts: row(7, 1, 12),
    look: '-p 22,80 10.9.7.0/28',
    assets: 12,
    steps: {
      'the first look': {
        happens: (office) => {
          for (const host of ['n7h3', 'n7h6', 'n7h9'])
            office.firewall(host, [
              'chain in {',
              '  type filter hook input priority 0; policy drop;',
              '  tcp dport 22 accept',
              '}',
            ]);
        },
        ...BASELINE,
      },
      'as nobody in particular': { by: 'user', news: [], held: ['R5'] },
      'and once more': { by: 'user', news: [], held: ['R5'] },
      'and a third time': { by: 'user', news: [], held: ['R5'] },
      'as root again': STAYS,
    },
  },
  'more ports are asked': {
    hosts: {
      many: { mac: macOf(8, 1), address: '10.9.8.1', ports: [22, 8081, 8443, 9091] },
      ...row(8, 2, 1),
    },
    look: '-p 1-1000 10.9.8.0/29',
    assets: 2,
    steps: {
      'the first look': BASELINE,
      'ten thousand': {
        look: '-p 1-10000 10.9.8.0/29',
        news: [8081, 8443, 9091].map((port) => `info port.discovered 10.9.8.1 ${port}/tcp`),
      },
      'a thousand again': STAYS,
      'ten thousand again': { look: '-p 1-10000 10.9.8.0/29', news: [] },
    },
  },
};

/** A virtual router of VRRP, number 10 (RFC 9568, section 7.3). */
const VIRTUAL = { address: '10.9.3.1', mac: '00:00:5e:00:01:0a' };
