/** Scans of few ports, and slow ones. Data only. */
import { one, type Scan, type ScanCase, SERVE, vertical } from './case.ts';

const few = (
  name: string,
  third: number,
  line: string,
  expected: Omit<Scan, 'ip'>[],
  about: string,
  rest: Partial<ScanCase> = {},
): ScanCase => one(name, `10.36.${third}`, 120, 12, [line], expected, { about, ...rest });
export const THRESHOLDS: readonly ScanCase[] = [
  ...[10, 11, 12, 13, 14].map((ports, i) =>
    few(
      `syn-${ports}-ports`,
      1 + i,
      `{nmap} -Pn -sS -p ${[21, 22, 23, 25, 53, 80, 110, 135, 139, 443, 445, 3306, 3389, 8080].slice(0, ports).join(',')} {host}`,
      [vertical('syn')],
      `SYN scan of ${ports} ports`,
    ),
  ),
  few(
    'connect-12-ports',
    6,
    '{nmap} -Pn -sT -p 21-32 {host}',
    [vertical('connect')],
    'connect scan of twelve ports, one open',
  ),
  few(
    'connect-11-ports-silent',
    7,
    'nc -z -w 1 {host} 5001-5011',
    [vertical('connect')],
    'nc -z over eleven silent ports',
    {
      there: [
        SERVE,
        'nft add table inet f; nft add chain inet f i "{ type filter hook input priority 0; }"; nft add rule inet f i tcp dport 5000-6000 drop',
      ],
    },
  ),
  few(
    'syn-3-ports',
    8,
    '{nmap} -Pn -sS -p 23,445,3389 {host}',
    [vertical('syn')],
    'SYN scan of three closed ports: for min_ports 3',
    { minPorts: 3 },
  ),
  few(
    'syn-4-ports-one-open',
    9,
    '{nmap} -Pn -sS -p 22,23,445,3389 {host}',
    [vertical('syn')],
    'SYN scan of four ports, one open: for min_ports 3',
    { minPorts: 3 },
  ),
  few(
    'connect-3-ports',
    10,
    '{nmap} -Pn -sT -p 21,25,110 {host}',
    [vertical('connect')],
    'connect scan of three closed ports: for min_ports 3',
    { minPorts: 3 },
  ),
  few(
    'fin-3-ports',
    11,
    '{nmap} -Pn -sF -p 21,25,110 {host}',
    [vertical('fin')],
    'FIN scan of three ports: for min_ports 3',
    { minPorts: 3 },
  ),
  few(
    'udp-3-ports',
    12,
    '{nmap} -Pn -sU --max-retries 0 -p 161,500,1900 {host}',
    [vertical('udp')],
    'UDP scan of three ports: for min_ports 3',
    { minPorts: 3 },
  ),
  few(
    'udp-12-ports',
    13,
    '{nmap} -Pn -sU --max-retries 0 -p 100-111 {host}',
    [vertical('udp')],
    'UDP scan of twelve ports',
  ),
  few('fin-10-ports', 14, '{nmap} -Pn -sF -p 131-140 {host}', [vertical('fin')], 'FIN scan of ten ports'),
  few(
    'syn-slow-2s',
    15,
    '{nmap} -Pn -sS --max-retries 0 --scan-delay 2s --max-scan-delay 2s -p 21-40 {host}',
    [vertical('syn')],
    'SYN scan, one port each two seconds',
  ),
  few(
    'connect-slow-1s',
    16,
    '{nmap} -Pn -sT --max-retries 0 --scan-delay 1500ms -p 8070-8090 {host}',
    [vertical('connect')],
    'connect scan, one port each 1.5 s',
  ),
  few('ack-12-ports', 17, '{nmap} -Pn -sA -p 70-81 {host}', [vertical('ack')], 'ACK scan of twelve ports'),
  {
    name: 'syn-one-port-12-hosts',
    about: 'one port of twelve hosts, three of them open',
    site: { net: '10.36.20', me: [5], hosts: [1, 1], behind: [{ net: '10.86.20', alive: [[1, 8]] }] },
    there: ['{actors} serve 10.86.20.1@23,10.86.20.4@23,10.86.20.7@23 &'],
    parts: [{ run: ['{nmap} -Pn -sS --max-retries 1 -p 23 10.86.20.1-12'] }],
    expected: [{ ip: '10.36.20.5', technique: 'syn', pattern: 'horizontal' }],
  },

  few(
    'syn-polite',
    21,
    '{nmap} -Pn -sS -T2 --top-ports 40 {host}',
    [vertical('syn')],
    'nmap -T2, 0.4 s between probes',
  ),
  {
    ...few(
      'syn-two-minutes-each',
      22,
      '',
      [{ ...vertical('syn'), times: true }],
      'one port each two minutes, 24 ports',
    ),
    parts: Array.from({ length: 24 }, (_, i) => ({
      run: [`{nmap} -Pn -sS -p ${70 + i} {host}`],
      shift: i * 120,
    })),
  },
  few(
    'connect-slow-amid-visits',
    23,
    'for i in 1 2 3 4 5 6 7 8 9 10; do curl -s --max-time 1 -o /dev/null http://{host}/; sleep 1.5; done & {nmap} -Pn -sT --max-retries 0 --scan-delay 700ms -p 70-95 {host}; wait',
    [{ ...vertical('connect'), without: ['probes'] }],
    'a slow connect scan by one who also browses the host',
  ),
];
