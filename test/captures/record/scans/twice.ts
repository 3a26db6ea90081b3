/** Scans captured twice: the same frame, or before and after translation. Data only. */
import { one, type Scan, type ScanCase, SERVE, VISIT, vertical } from './case.ts';

const twice = (scans: Omit<Scan, 'ip'>[]) => scans.map((scan) => ({ ...scan, seen_twice: true as const }));
export const TWICE: readonly ScanCase[] = [
  one(
    'twice-any-syn',
    '10.41.1',
    70,
    10,
    ['{nmap} -Pn -sS -T4 -p 1-80,443 {host}'],
    twice([vertical('syn')]),
    {
      about: 'a bridge captured with -i any: every probe is there twice',
      site: { net: '10.41.1', me: [70], hosts: [10, 10], between: 'bridge' },
      taps: 'any',
    },
  ),
  one(
    'twice-any-udp',
    '10.41.2',
    70,
    10,
    ['{nmap} -Pn -sU --max-retries 1 -p 1-60 {host}'],
    twice([vertical('udp')]),
    {
      about: 'a UDP scan on a bridge captured with -i any',
      site: { net: '10.41.2', me: [70], hosts: [10, 10], between: 'bridge' },
      there: ['{actors} serve 22 53 &'],
      taps: 'any',
    },
  ),
  one(
    'twice-both-ends-connect',
    '10.41.3',
    70,
    10,
    ['{nmap} -Pn -sT -T4 -p 50-140 {host}'],
    twice([vertical('connect')]),
    {
      about: 'captures of both ends of a wire put together',
      taps: 'both',
    },
  ),
  one(
    'twice-both-ends-fin',
    '10.41.4',
    70,
    10,
    ['{nmap} -Pn -sF -T4 -p 50-110 {host}'],
    twice([vertical('fin')]),
    {
      about: 'a FIN scan in captures of both ends of a wire put together',
      taps: 'both',
    },
  ),
  one(
    'twice-both-ends-visits',
    '10.41.5',
    70,
    10,
    [VISIT, '{nmap} -Pn -sS -T4 -p 21-90,443 {host}'],
    twice([vertical('syn')]),
    {
      about: 'visits and a SYN scan in captures of both ends of a wire put together',
      taps: 'both',
    },
  ),
  {
    name: 'twice-any-arp',
    about: 'an ARP sweep on a bridge captured with -i any',
    site: { net: '10.41.6', me: [70], hosts: [10, 30], between: 'bridge' },
    parts: [{ run: ['arp-scan -q -I scan0 -r 1 -i 20 {net}.1-{net}.60'] }],
    taps: 'any',
    expected: [{ ip: '10.41.6.70', technique: 'arp-sweep', pattern: 'horizontal', without: ['probes'] }],
  },
  {
    name: 'twice-both-ends-ping',
    about: 'a ping sweep in captures of both ends of a wire put together',
    site: { net: '10.41.7', me: [70], hosts: [1, 1], behind: [{ net: '10.91.7', alive: [[1, 50]] }] },
    there: [SERVE],
    parts: [{ run: ['fping -q -r 0 -i 10 -g 10.91.7.1 10.91.7.45'] }],
    taps: 'both',
    expected: [
      {
        ip: '10.41.7.70',
        technique: 'icmp-echo-sweep',
        pattern: 'horizontal',
        more: 'ip.dst == 10.91.7.0/24',
        seen_twice: true,
      },
    ],
  },
  ...(
    [
      ['syn', '-sS -T4', '1-70,443', 'both'],
      ['connect', '-sT -T4', '20-90', 'both'],
      ['syn', '-sS -T4 --max-retries 1', '8000-8080', 'any'],
      ['udp', '-sU --max-retries 0', '20-90', 'both'],
    ] as const
  ).map(
    ([technique, flag, ports, taps], i): ScanCase => ({
      name: `translated-${technique}${taps === 'any' ? '-any' : ''}`,
      about: `a scan that a router masquerades, captured on ${taps === 'any' ? 'any of its' : 'both'} sides`,
      site: { net: `10.41.${10 + i}`, me: [70], hosts: [10, 10], between: 'router' },
      there: ['{actors} serve 22,80,443 53 &'],
      parts: [{ run: [`{nmap} -Pn ${flag} -p ${ports} 192.0.2.10`] }],
      taps,
      expected: [{ ip: `10.41.${10 + i}.70`, technique, pattern: 'vertical', translated: '192.0.2.1' }],
      may: [`192.0.2.1 ${technique}`],
    }),
  ),
];
