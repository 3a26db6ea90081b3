/** One scan from many sources. Data only. */
import { type ScanCase, SERVE } from './case.ts';

export const MANY: readonly ScanCase[] = [
  {
    name: 'sources-one-port-each-syn',
    about: 'nmap under 150 addresses, one port each, one host',
    site: { net: '10.38.1', me: [1], hosts: [2, 2], sources: [{ net: '198.51.100', alive: [[1, 150]] }] },
    there: [SERVE],
    parts: [
      {
        run: [
          'for i in $(seq 1 150); do {nmap} -S 198.51.100.$i -Pn -sS --max-retries 0 -p $((i*7)) {host}; done',
        ],
      },
    ],
    expected: [{ ip: '198.51.100.0/24', from: '198.51.100.0/24', technique: 'syn', pattern: 'distributed' }],
  },
  {
    name: 'sources-one-port-each-connect',
    about: '240 addresses connect to one port each of one host, 1-240 in order',
    site: { net: '10.38.2', me: [1], hosts: [2, 2], sources: [{ net: '198.51.100', alive: [[1, 240]] }] },
    there: [SERVE],
    parts: [{ run: ['{actors} each 198.51.100.1-240 {host}:1-240 8'] }],
    expected: [
      { ip: '198.51.100.0/24', from: '198.51.100.0/24', technique: 'connect', pattern: 'distributed' },
    ],
  },
  {
    name: 'sources-masscan',
    about: 'masscan under 64 addresses, 256 ports of one host',
    site: { net: '10.38.3', me: [1], hosts: [2, 2], sources: [{ net: '198.51.100', alive: [[64, 127]] }] },
    there: [SERVE],
    parts: [
      {
        run: [
          'masscan --adapter scan0 --adapter-ip 198.51.100.64-198.51.100.127 --adapter-port 40000-40255 --router-mac {mac} -p1-256 {host} --rate 1000 --wait 1',
        ],
      },
    ],
    expected: [{ ip: '198.51.100.0/24', from: '198.51.100.0/24', technique: 'syn', pattern: 'distributed' }],
  },
  {
    name: 'sources-share-22',
    about: '40 addresses share port 22 of 240 hosts, six each',
    site: {
      net: '10.38.4',
      me: [1],
      hosts: [2, 2],
      sources: [{ net: '198.51.100', alive: [[11, 50]] }],
      behind: [{ net: '10.88.4', alive: [[1, 30]] }],
    },
    there: ['{actors} serve 22 &'],
    parts: [
      {
        run: [
          'for i in $(seq 0 39); do {nmap} -S 198.51.100.$((11+i)) -Pn -sS --max-retries 0 -p 22 10.88.4.$((1+i*6))-$((6+i*6)); done',
        ],
      },
    ],
    expected: [{ ip: '198.51.100.0/24', from: '198.51.100.0/24', technique: 'syn', pattern: 'distributed' }],
  },
  {
    name: 'sources-share-23-connect',
    about: '50 addresses share port 23 of 250 hosts, five each and interleaved, by connect',
    site: {
      net: '10.38.5',
      me: [1],
      hosts: [2, 2],
      sources: [{ net: '198.51.100', alive: [[101, 150]] }],
      behind: [{ net: '10.88.5', alive: [[1, 20]] }],
    },
    there: ['{actors} serve 80 &'],
    parts: [
      {
        run: [
          '{actors} each 198.51.100.101-150,198.51.100.101-150,198.51.100.101-150,198.51.100.101-150,198.51.100.101-150 10.88.5.1-250:23 4',
        ],
      },
    ],
    expected: [
      { ip: '198.51.100.0/24', from: '198.51.100.0/24', technique: 'connect', pattern: 'distributed' },
    ],
  },
  {
    name: 'six-changes-in-its-64',
    about: 'an IPv6 scanner takes a new address of its /64 for every six ports',
    site: { net: '10.38.77', me: [1], hosts: [2, 2] },
    there: [SERVE],
    parts: [
      {
        run: [
          'for i in $(seq 1 16); do A={net6}abcd:$(printf %04x $((i*2749))):$i:77; ip -6 addr add $A/64 dev scan0 nodad; nmap -6 -n -e scan0 -S $A -Pn -sS --max-retries 1 -p $((i*6))-$((i*6+5)) {net6}2; done',
        ],
      },
    ],
    expected: [{ ip: 'fd77::/64', from: 'fd77::/64', technique: 'syn', pattern: 'vertical|distributed' }],
  },
  {
    name: 'six-changes-every-port',
    about: 'an IPv6 scanner takes a new address of its /64 for every port, by connect',
    site: { net: '10.38.78', me: [1], hosts: [2, 2] },
    there: [SERVE],
    parts: [
      {
        run: [
          'for i in $(seq 1 60); do A={net6}a:b:c:$(printf %x $((i*997))); ip -6 addr add $A/64 dev scan0 nodad; done; for i in $(seq 1 60); do nc -6 -z -w 1 -s {net6}a:b:c:$(printf %x $((i*997))) {net6}2 $((i+39)); done',
        ],
      },
    ],
    expected: [{ ip: 'fd78::/64', from: 'fd78::/64', technique: 'connect', pattern: 'vertical|distributed' }],
  },
];
