/** Scans from well-known source ports, and of targets that spoke first. Data only. */
import { one, type ScanCase, SERVE, vertical } from './case.ts';

export const DIRECTION: readonly ScanCase[] = [
  one(
    'udp-from-53',
    '10.31.1',
    77,
    9,
    ['{nmap} -Pn -sU -g 53 --max-retries 1 -p 1-60,5000-5020 {host}'],
    [vertical('udp')],
    {
      about: 'UDP scan from source port 53',
      there: ['{actors} serve 22 53,161,5005 &'],
    },
  ),
  one(
    'udp-from-53-high-ports',
    '10.31.2',
    41,
    20,
    ['{nmap} -Pn -sU -g 53 --max-retries 0 -p 2000-2070 {host}'],
    [vertical('udp')],
    {
      about: 'UDP scan from source port 53 to ports above 1023',
    },
  ),
  one(
    'udp-from-123-high-ports',
    '10.31.3',
    12,
    30,
    ['{nmap} -Pn -sU -g 123 --max-retries 0 -p 1024-1100 {host}'],
    [vertical('udp')],
    {
      about: 'UDP scan from source port 123',
    },
  ),
  one(
    'udp-from-443-high-ports',
    '10.31.4',
    88,
    5,
    ['{nmap} -Pn -sU -g 443 --max-retries 0 -p 30000-30060 {host}'],
    [vertical('udp')],
    {
      about: 'UDP scan from source port 443',
    },
  ),
  one(
    'udp-from-5353-filtered',
    '10.31.5',
    19,
    6,
    ['{nmap} -Pn -sU -g 5353 --max-retries 1 -p 40000-40040 {host}'],
    [vertical('udp')],
    {
      about: 'UDP scan from source port 5353; every port is silent',
      there: [
        SERVE,
        'nft add table inet f; nft add chain inet f i "{ type filter hook input priority 0; }"; nft add rule inet f i udp dport 40000-41000 drop',
      ],
    },
  ),
  one(
    'udp-target-asked-53-before',
    '10.31.6',
    33,
    14,
    ['there: {actors} ask {host} 40123 {me}:53', '{nmap} -Pn -sU -g 53 --max-retries 0 -p 1-90 {host}'],
    [vertical('udp')],
    { about: 'the target asked the scanner for a name, then the scanner scans it from port 53' },
  ),
  one(
    'udp-target-asks-53-during',
    '10.31.7',
    33,
    14,
    [
      'beside: for i in 1 2 3 4; do sleep 0.3; {actors} ask {host} $((50000+i)) {me}:53; {actors} ask {host} 53 {me}:53; {actors} ask {host} 1533 {me}:53; done',
      '{nmap} -Pn -sU -g 53 --max-retries 0 --scan-delay 20ms -p 53,1500-1590 {host}',
    ],
    [{ ...vertical('udp'), without: ['open', 'closed'] }],
    {
      about: 'the target asks the scanner for names (also from port 53) while it is scanned from port 53',
    },
  ),
  one(
    'udp-tftp-answers',
    '10.31.8',
    91,
    40,
    ['{nmap} -Pn -sU -r -p 20-120 --max-retries 2 -g 41234 {host}'],
    [{ ...vertical('udp'), without: ['open', 'closed'] }],
    {
      about: 'UDP scan; the TFTP server answers from another port',
      there: [SERVE, 'in.tftpd -L -a {host}:69 /srv &'],
    },
  ),
  one(
    'udp-tftp-fetched-before',
    '10.31.9',
    91,
    40,
    [
      'curl -s --max-time 2 --local-port 45454 tftp://{host}/none || true',
      '{nmap} -Pn -sU -p 1-50,69,161-200 --max-retries 1 -g 45454 {host}',
    ],
    [
      {
        ...vertical('udp', 'udp.srcport == 45454 && !(tftp.source_file == "none")'),
        without: ['open', 'closed', 'probes'],
      },
    ],
    {
      about: 'a file is asked for by TFTP, then UDP is scanned from the same source port',
      there: [SERVE, 'in.tftpd -L -a {host}:69 /srv &'],
    },
  ),
  one(
    'udp-dns-real-before-scan',
    '10.31.10',
    55,
    2,
    [
      'for i in $(seq 1 12); do {actors} ask {me} $((43000+i)) {host}:53; done',
      '{nmap} -Pn -sU --max-retries 0 -p 7-80,500,514,520 {host}',
    ],
    [{ ...vertical('udp'), without: ['probes'] }],
    { about: 'the scanner uses the resolver, then scans it', there: ['{actors} serve 22 53,123 &'] },
  ),
  one(
    'ack-target-spoke-first',
    '10.31.11',
    60,
    10,
    [
      'timeout 3 {actors} serve 8888 & sleep 0.7',
      'there: for p in 40001 40002 40003; do printf "hi\\nbye" | nc -w 1 -p $p {me} 8888; done',
      '{nmap} -Pn -sA -g 8888 -p 1-80 {host}',
    ],
    [vertical('ack')],
    {
      about: 'the target connected to the port from which it is then scanned by ACK',
    },
  ),
  one(
    'ack-from-80-target-asked',
    '10.31.12',
    60,
    10,
    [
      'there: for p in 1003 1020 1044 1060; do nc -w 1 -p $p {me} 80; done',
      '{nmap} -Pn -sA -g 80 -p 1000-1075 {host}',
    ],
    [vertical('ack')],
    {
      about: 'ACK scan from port 80, to which the target sends SYNs that are refused',
    },
  ),
  {
    name: 'six-udp-from-53',
    about: 'UDP scan from source port 53 over IPv6, after the target asked that port',
    site: { net: '10.31.17', me: [3], hosts: [9, 9] },
    there: [SERVE],
    parts: [
      {
        run: [
          'there: echo hello | nc -6 -u -w 1 -p 5300 {net6}3 53',
          'nmap -6 -n -e scan0 -Pn -sU -g 53 --max-retries 0 -p 2000-2060 {net6}9',
        ],
      },
    ],
    expected: [{ ip: 'fd17::3', technique: 'udp', pattern: 'vertical' }],
  },
  ...[443, 80, 53].map((port, i) =>
    one(
      `syn-from-${port}-among-visits`,
      `10.31.${13 + i}`,
      101,
      4,
      [
        'for i in 1 2 3 4; do curl -s --max-time 1 -o /dev/null http://{host}:8080/; curl -s --max-time 1 -o /dev/null http://{host}/; done',
        `{nmap} -Pn -sS -g ${port} -T4 -p 1-70,1024-1050,8080 {host}`,
      ],
      [vertical('syn')],
      { about: `SYN scan from port ${port} of a host that is also visited` },
    ),
  ),
  one(
    'syn-from-443-target-is-client',
    '10.31.16',
    101,
    4,
    [
      'timeout 6 {actors} serve 443 & sleep 0.7',
      'there: for p in 49160 49170 49180; do curl -s --max-time 0.5 --local-port $p -o /dev/null http://{me}:443/; done',
      '{nmap} -Pn -sS -g 443 -T4 -p 49152-49230 {host}',
    ],
    [vertical('syn')],
    {
      about: 'the target is a client of the scanner on 443, then is scanned from 443 in its ephemeral ports',
    },
  ),

  one(
    'fin-from-80-target-is-client',
    '10.31.18',
    7,
    50,
    [
      'timeout 6 {actors} serve 80 & sleep 0.7',
      'there: for p in 81 443 40001; do curl -s --max-time 0.5 --local-port $p -o /dev/null http://{me}/; done',
      '{nmap} -Pn -sF -g 80 -T4 -p 40-110,443 {host}',
    ],
    [vertical('fin')],
    { about: 'the target visits the scanner on port 80, then is scanned by FIN from port 80' },
  ),
  one(
    'ack-from-443-hping3-scattered',
    '10.31.25',
    61,
    10,
    ['for p in $(seq 33011 571 60000 | shuf); do hping3 -q -I scan0 -A -s 443 -k -p $p -c 1 {host}; done'],
    [vertical('ack')],
    { about: 'hping3, ACK from port 443 to high ports here and there' },
  ),
  {
    name: 'ack-from-443-hping3-over-hosts',
    about: 'hping3, ACK from port 443 to one high port of 30 hosts',
    site: { net: '10.31.26', me: [7], hosts: [1, 1], behind: [{ net: '10.81.26', alive: [[1, 20]] }] },
    there: [SERVE],
    parts: [
      {
        run: [
          'for h in $(seq 1 30); do timeout 0.3 hping3 -q -I scan0 -A -s 443 -k -p 50001 -c 1 10.81.26.$h; done',
        ],
      },
    ],
    expected: [{ ip: '10.31.26.7', technique: 'ack', pattern: 'horizontal' }],
  },
  one(
    'ack-from-443-hping3-filtered',
    '10.31.27',
    60,
    10,
    [
      'for p in $(seq 33011 571 60000 | shuf); do timeout 0.1 hping3 -q -I scan0 -A -s 443 -k -p $p -c 1 {host}; done',
    ],
    [vertical('ack')],
    {
      about: 'hping3, ACK from port 443 to high ports that a firewall drops',
      there: [
        SERVE,
        'nft add table inet f; nft add chain inet f i "{ type filter hook input priority 0; }"; nft add rule inet f i tcp dport 1024-65535 drop',
      ],
    },
  ),
  one(
    'maimon-from-443-target-is-client',
    '10.31.19',
    7,
    50,
    [
      'timeout 6 {actors} serve 443 & sleep 0.7',
      'there: for p in 41100 41110 41120; do curl -s --max-time 0.5 --local-port $p -o /dev/null http://{me}:443/; done',
      '{nmap} -Pn -sM -g 443 -T4 -p 1080-1140 {host}',
    ],
    [vertical('maimon')],
    { about: 'the target visits the scanner on port 443, then is scanned by FIN and ACK from port 443' },
  ),
  {
    name: 'syn-from-443-over-hosts',
    about: 'one high port of 45 hosts, SYN from port 443',
    site: { net: '10.31.20', me: [7], hosts: [1, 1], behind: [{ net: '10.81.20', alive: [[1, 20]] }] },
    there: [SERVE],
    parts: [{ run: ['{nmap} -Pn -sS -g 443 -T4 --max-retries 1 -p 50000 10.81.20.1-45'] }],
    expected: [{ ip: '10.31.20.7', technique: 'syn', pattern: 'horizontal' }],
  },
  {
    name: 'udp-161-over-hosts',
    about: 'SNMP asked of 40 hosts, from port 161; four answer, half are silent',
    site: { net: '10.31.21', me: [7], hosts: [1, 1], behind: [{ net: '10.81.21', alive: [[1, 20]] }] },
    there: [
      '{actors} serve 22 10.81.21.1@161,10.81.21.2@161,10.81.21.3@161,10.81.21.4@161 &',
      'nft add table inet f; nft add chain inet f i "{ type filter hook input priority 0; }"; nft add rule inet f i ip daddr 10.81.21.5-10.81.21.20 udp dport 161 reject',
    ],
    parts: [{ run: ['{nmap} -Pn -sU -g 161 --max-retries 1 -p 161 10.81.21.1-40'] }],
    expected: [{ ip: '10.31.21.7', technique: 'udp', pattern: 'horizontal' }],
  },
  {
    name: 'udp-53-over-hosts',
    about: 'port 53 of 45 hosts from port 53: a search for open resolvers, three answer',
    site: { net: '10.31.22', me: [7], hosts: [1, 1], behind: [{ net: '10.81.22', alive: [[1, 3]] }] },
    there: ['{actors} serve 22 10.81.22.1@53,10.81.22.2@53,10.81.22.3@53 &'],
    parts: [{ run: ['{nmap} -Pn -sU -g 53 --max-retries 0 -p 53 10.81.22.1-45'] }],
    expected: [{ ip: '10.31.22.7', technique: 'udp', pattern: 'horizontal' }],
  },
  one(
    'udp-hping3',
    '10.31.23',
    7,
    50,
    ['hping3 -q -2 -I scan0 -s 53 -k -p ++3000 -i u5000 -c 70 {host}'],
    [vertical('udp')],
    {
      about: 'hping3 counts UDP ports up from source port 53',
    },
  ),
  one(
    'udp-shell',
    '10.31.24',
    7,
    50,
    ['for p in $(seq 200 245); do echo word > /dev/udp/{host}/$p; done'],
    [{ ...vertical('udp'), without: ['open'] }],
    {
      about: 'a shell loop over /dev/udp, each port from another source port',
    },
  ),
  one(
    'window-from-53',
    '10.31.25',
    7,
    50,
    ['{nmap} -Pn -sW -g 53 -T4 -p 1-70,5000-5010 {host}'],
    [vertical('ack')],
    {
      about: 'Window scan from source port 53',
    },
  ),
  one(
    'syn-target-refused-before',
    '10.31.26',
    7,
    50,
    [
      'there: for p in 21 25 30 35; do nc -z -w 1 -p $p {me} 47001; done',
      '{nmap} -Pn -sS -g 47001 -T4 -p 15-90 {host}',
    ],
    [vertical('syn')],
    { about: 'the target tried a closed port of the scanner, which scans from that port later' },
  ),
];
