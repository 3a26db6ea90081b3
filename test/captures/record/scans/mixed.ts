/** Scans amid the traffic of several clients. Data only. */
import type { Scan, ScanCase } from './case.ts';
import type { Site } from './lab.ts';

const WEB = '203.0.113';
const PEERS = '198.18.7';
const CLIENTS = [11, 12, 13, 14, 15, 16];

function mixed(
  third: number,
  name: string,
  about: string,
  scans: string[],
  traffic: string[],
  expected: (Omit<Scan, 'ip'> & { me: number })[],
  rest: { site?: Partial<Site>; there?: string[]; scanners?: number[]; may?: string[] } = {},
): ScanCase {
  const net = `10.5${Math.floor(third / 100)}.${third % 100}`;
  return {
    name: `mixed-${name}`,
    about,
    site: {
      net,
      me: [...CLIENTS, ...(rest.scanners ?? expected.map((one) => one.me))].filter(
        (n, i, all) => all.indexOf(n) === i,
      ),
      hosts: [100, 104],
      behind: [
        { net: WEB, alive: [[1, 60]] },
        { net: PEERS, alive: [[1, 90]] },
      ],
      ...rest.site,
    },
    there: rest.there ?? ['{actors} serve 22,25,80,443,993,9100,6881,51413 203.0.113.53@53 &'],
    parts: [{ run: [`${[...traffic, ...scans].join(' & ')} & wait`] }],
    expected: expected.map(({ me, ...scan }) => ({ ip: `${net}.${me}`, ...scan })),
    ...(rest.may === undefined ? {} : { may: rest.may }),
  };
}

const browse = (me: number, first: number, last: number, pause = 15) =>
  `{actors} visit {net}.${me} ${WEB}.${first}-${last}:80/443 1 ${pause}`;
const names = (me: number, count: number, pause = 40) =>
  `{actors} names {net}.${me} ${WEB}.53:53 ${count} ${pause}`;
const mail = (me: number) => `{actors} visit {net}.${me} ${WEB}.25-27:25/993 2 60`;
const peers = (me: number, count: number, pause = 25) =>
  `{actors} peers {net}.${me} ${PEERS} ${count} 6881/51413 ${pause}`;
const monitor = (me: number, rounds: number, pause = 30) =>
  `{actors} visit {net}.${me} {net}.100-104:9100/22 ${rounds} ${pause}`;
const pings = (me: number, count: number) =>
  `fping -q -S {net}.${me} -c ${count} -p 250 {net}.100 {net}.101 {net}.102 {net}.103 {net}.104`;
const nmap = (me: number, words: string) => `nmap -n -e scan0 -S {net}.${me} -Pn ${words}`;
const WINDOW = 'tcp.window_size_value in {1024,2048,3072,4096} && !tcp.options.timestamp';

export const MIXED: readonly ScanCase[] = [
  mixed(
    1,
    'office-syn',
    'an office that browses, asks names and reads mail; one SYN scan of a server',
    [nmap(66, '-sS -T4 -p 1-80,443 {net}.102')],
    [browse(11, 1, 15), browse(12, 10, 25), names(11, 20), names(13, 25), mail(14), monitor(15, 2)],
    [{ me: 66, technique: 'syn', pattern: 'vertical' }],
  ),
  mixed(
    2,
    'monitored-slow-syn',
    'monitoring and browsing; a SYN scan at three ports a second under it',
    [nmap(66, '-sS --max-retries 0 --scan-delay 330ms --max-scan-delay 330ms -p 20-55 {net}.101')],
    [monitor(15, 5, 150), pings(15, 20), browse(11, 1, 15, 200), names(12, 30, 200)],
    [{ me: 66, technique: 'syn', pattern: 'vertical' }],
  ),
  mixed(
    3,
    'peers-udp-from-53',
    'two peer-to-peer clients and name service; a UDP scan from source port 53',
    [nmap(77, '-sU -g 53 --max-retries 0 -p 1000-1075 {net}.103')],
    [peers(11, 60), peers(12, 50), names(13, 30), names(14, 20), browse(14, 1, 8)],
    [{ me: 77, technique: 'udp', pattern: 'vertical' }],
  ),
  mixed(
    4,
    'scanner-works-too',
    'the scanner also browses, asks names, reads mail and monitors; it scans by FIN and by SYN',
    [nmap(11, '-sF -T4 -p 1-70,443 {net}.100'), nmap(11, '-sS -T4 -p 20-100,443 {net}.101')],
    [browse(11, 1, 20), names(11, 30), mail(11), monitor(11, 2), browse(12, 5, 15), peers(13, 30)],
    [
      { me: 11, technique: 'fin', pattern: 'vertical', more: WINDOW },
      { me: 11, technique: 'syn', pattern: 'vertical' },
    ],
  ),
  mixed(
    5,
    'worm-among-browsers',
    'five clients browse, one polls servers of which some are down; one browser sweeps 445',
    ['{actors} touch {net}.13 10.95.5.1-45:445 40'],
    [
      browse(11, 1, 12),
      browse(12, 10, 20),
      browse(13, 1, 22),
      browse(14, 20, 25),
      `{actors} visit {net}.15 {net}.100-104:9100/10050/161 3 40`,
      peers(16, 30),
    ],
    [{ me: 13, technique: 'connect', pattern: 'horizontal', more: 'tcp.dstport == 445' }],
    {
      site: {
        behind: [
          { net: WEB, alive: [[1, 60]] },
          { net: PEERS, alive: [[1, 90]] },
          { net: '10.95.5', alive: [[10, 25]] },
        ],
      },
    },
  ),
  mixed(
    6,
    'arp-and-ping-sweeps',
    'an office; one host sweeps by ARP, another pings a routed network',
    [
      'arp-scan -q -I scan0 --arpspa={net}.66 -r 1 -i 30 {net}.90-{net}.170',
      'fping -q -r 0 -i 60 -S {net}.67 -g 10.95.6.1 10.95.6.45',
    ],
    [browse(11, 1, 12), browse(12, 10, 20), names(13, 20), pings(14, 8), monitor(15, 2)],
    [
      { me: 66, technique: 'arp-sweep', pattern: 'horizontal', without: ['probes'] },
      { me: 67, technique: 'icmp-echo-sweep', pattern: 'horizontal', more: 'ip.dst == 10.95.6.0/24' },
    ],
    {
      site: {
        behind: [
          { net: WEB, alive: [[1, 60]] },
          { net: '10.95.6', alive: [[1, 60]] },
        ],
      },
    },
  ),
  mixed(
    7,
    'masscan-and-connect',
    'peers and mail; masscan of one server and a connect scan of another',
    [
      'masscan --adapter scan0 --adapter-ip {net}.240 --router-mac {mac} -p1-150 {net}.100 --rate 200 --wait 1',
      nmap(66, '-sT -T4 -p 60-140 {net}.104'),
    ],
    [peers(11, 40), mail(12), browse(13, 1, 12), names(14, 25)],
    [
      { me: 240, technique: 'syn', pattern: 'vertical' },
      { me: 66, technique: 'connect', pattern: 'vertical' },
    ],
    { scanners: [66] },
  ),
  {
    ...mixed(
      8,
      'many-sources',
      '60 sources share the ports of one server, one each, amid clients of the same server',
      ['{actors} each 192.0.2.101-160 {net}.100:101-160 40'],
      [
        browse(11, 1, 12),
        monitor(12, 3),
        names(13, 25),
        `{actors} visit {net}.14 {net}.100:22/80/443 4 100`,
        peers(15, 30),
      ],
      [],
      { site: { sources: [{ net: '192.0.2', alive: [[101, 160]] }] } },
    ),
    expected: [{ ip: '192.0.2.0/24', from: '192.0.2.0/24', technique: 'connect', pattern: 'distributed' }],
  },
  mixed(
    9,
    'stealth-among-sessions',
    'clients use SSH and HTTP of a server that another host scans by NULL, Xmas and ACK on the same ports',
    [
      nmap(66, '-sN --scan-delay 20ms -p 20-80,443 {net}.100'),
      nmap(66, '-sX --scan-delay 20ms -p 20-80,443 {net}.100'),
      nmap(66, '-sA --scan-delay 20ms -p 20-80,443 {net}.100'),
    ],
    [
      '{actors} visit {net}.11 {net}.100:22/80/443 8 80',
      '{actors} visit {net}.66 {net}.100:22/80/443 4 150',
      browse(12, 1, 10),
      names(13, 20),
    ],
    [
      { me: 66, technique: 'null', pattern: 'vertical' },
      { me: 66, technique: 'xmas', pattern: 'vertical' },
      { me: 66, technique: 'ack', pattern: 'vertical', more: WINDOW },
    ],
  ),
  mixed(
    10,
    'honeypot-connect',
    'a connect scan of a host that answers on every port, amid clients who use it and others',
    [nmap(66, '-sT -T4 -p 1-120,8000-8020 {net}.100')],
    [
      browse(11, 1, 12),
      '{actors} visit {net}.12 {net}.100:80/443/22/25 5 50',
      peers(13, 40),
      names(14, 20),
      mail(15),
    ],
    [{ me: 66, technique: 'connect', pattern: 'vertical' }],
    {
      there: [
        '{actors} serve 22,25,80,443,993,9100,6881,51413 203.0.113.53@53 &',
        'nft add table ip n; nft add chain ip n p "{ type nat hook prerouting priority -100; }"; nft add rule ip n p ip daddr {host} tcp dport 1-65535 redirect to :9100',
      ],
    },
  ),
  mixed(
    11,
    'lateral-block',
    'five ports over 25 hosts by nmap from a host that also browses, amid peers and monitoring',
    [nmap(12, '-sS -T4 --max-retries 0 -p 22,135,139,445,3389,5985 10.95.11.1-25')],
    [browse(11, 1, 12), browse(12, 10, 30), peers(13, 50), monitor(14, 3), pings(14, 6)],
    [{ me: 12, technique: 'syn', pattern: 'block' }],
    {
      site: {
        behind: [
          { net: WEB, alive: [[1, 60]] },
          { net: PEERS, alive: [[1, 90]] },
          { net: '10.95.11', alive: [[5, 12]] },
        ],
      },
    },
  ),
  mixed(
    12,
    'small-slow-scan',
    'an office; twelve ports of one server, one each second, by connect',
    [nmap(66, '-sT --max-retries 0 --scan-delay 1s -p 21-32 {net}.103')],
    [browse(11, 1, 20, 200), names(12, 50, 150), monitor(13, 5, 100), mail(14), peers(15, 30, 150)],
    [{ me: 66, technique: 'connect', pattern: 'vertical' }],
  ),
];
