/** Several techniques, and visits, on the same ports. Data only. */
import { NMAP_WINDOW, one, type ScanCase, SERVE, VISIT, vertical } from './case.ts';

const STEALTH: [string, string][] = [
  ['-sF', 'fin'],
  ['-sN', 'null'],
  ['-sX', 'xmas'],
  ['-sM', 'maimon'],
  ['-sA', 'ack'],
];

export const SHAPES: readonly ScanCase[] = [
  one(
    'visits-then-syn',
    '10.32.1',
    15,
    80,
    [VISIT, '{nmap} -Pn -sS -T4 -p 1-90,443,8080 {host}'],
    [vertical('syn')],
    {
      about: 'real visits to 22, 80 and 443, then a SYN scan over them',
    },
  ),
  one(
    'visits-then-connect',
    '10.32.2',
    15,
    80,
    [VISIT, '{nmap} -Pn -sT -T4 -p 1-90,443,8080 {host}'],
    [{ ...vertical('connect'), without: ['probes'] }],
    {
      about: 'real visits to 22, 80 and 443, then a connect scan over them',
    },
  ),
  one(
    'visits-then-six-techniques',
    '10.32.3',
    15,
    80,
    [
      VISIT,
      '{nmap} -Pn -sS -T4 -p 11-72,80,443 {host}',
      ...STEALTH.map(([flag]) => `{nmap} -Pn ${flag} -T4 -p 11-72,80,443 {host}`),
    ],
    [vertical('syn'), ...STEALTH.map(([, technique]) => vertical(technique, NMAP_WINDOW))],
    { about: 'real visits, then six techniques on the same ports one after another' },
  ),
  one(
    'six-techniques-stealth-first',
    '10.32.4',
    23,
    8,
    [
      ...STEALTH.toReversed().map(([flag]) => `{nmap} -Pn ${flag} -T4 -p 440-500 {host}`),
      '{nmap} -Pn -sS -T4 -p 440-500 {host}',
    ],
    [vertical('syn'), ...STEALTH.map(([, technique]) => vertical(technique, NMAP_WINDOW))],
    { about: 'six techniques on the same ports, SYN last' },
  ),
  one(
    'syn-then-connect',
    '10.32.5',
    99,
    3,
    ['{nmap} -Pn -sS -T4 -p 20-95 {host}', '{nmap} -Pn -sT -T4 -p 20-95 {host}'],
    [vertical('syn'), vertical('connect')],
    {
      about: 'a SYN scan, then a connect scan of the same ports',
    },
  ),
  one(
    'connect-then-syn',
    '10.32.6',
    99,
    3,
    ['{nmap} -Pn -sT -T4 -p 60-120,443 {host}', '{nmap} -Pn -sS -T4 -p 60-120,443 {host}'],
    [vertical('syn'), vertical('connect')],
    {
      about: 'a connect scan, then a SYN scan of the same ports',
    },
  ),
  one(
    'syn-with-versions',
    '10.32.7',
    44,
    71,
    ['{nmap} -Pn -sS -sV -T4 --version-intensity 2 -p 15-90,443,8080 {host}'],
    [vertical('syn')],
    {
      about: 'a SYN scan with version detection, which connects to the open ports',
    },
  ),
  one(
    'two-techniques-interleaved',
    '10.32.8',
    44,
    71,
    [
      '{nmap} -Pn -sF --scan-delay 12ms -p 70-140 {host} & {nmap} -Pn -sS --scan-delay 12ms -p 70-140 {host}; wait',
    ],
    [vertical('syn'), vertical('fin')],
    { about: 'a FIN scan and a SYN scan at the same time' },
  ),
  one(
    'three-techniques-interleaved-with-visits',
    '10.32.9',
    44,
    71,
    [
      '{nmap} -Pn -sX --scan-delay 15ms -p 75-135 {host} & {nmap} -Pn -sA --scan-delay 15ms -p 75-135 {host} & {nmap} -Pn -sN --scan-delay 15ms -p 75-135 {host} & for i in 1 2 3 4 5; do curl -s --max-time 1 -o /dev/null http://{host}/; curl -s --max-time 1 -o /dev/null http://{host}:90/; done; wait',
    ],
    [vertical('xmas'), vertical('null'), vertical('ack', NMAP_WINDOW)],
    {
      about: 'Xmas, ACK and NULL scans at the same time, amid visits to two of the ports',
      there: ['{actors} serve 22,80,90 &'],
    },
  ),
  one(
    'syn-twice',
    '10.32.10',
    17,
    25,
    ['{nmap} -Pn -sS -T4 -p 1-60,443 {host}', '{nmap} -Pn -sS -T4 -p 1-60,443 {host}'],
    [vertical('syn')],
    {
      about: 'the same SYN scan twice in a row',
    },
  ),

  one(
    'syn-with-system',
    '10.32.11',
    18,
    26,
    ['{nmap} -Pn -sS -O -T4 -p 15-90,443 {host}'],
    [{ ...vertical('syn'), without: ['probes'] }],
    {
      about: 'a SYN scan with OS detection, which sends odd flags to an open and a closed port',
    },
  ),
  one(
    'syn-and-udp-at-once',
    '10.32.12',
    18,
    26,
    ['{nmap} -Pn -sS -sU --max-retries 0 -p T:40-100,U:50-100 {host}'],
    [vertical('syn'), vertical('udp')],
    {
      about: 'nmap -sSU',
    },
  ),
  one(
    'session-lasts-through-scan',
    '10.32.13',
    18,
    26,
    [
      '(for i in 1 2 3 4 5 6; do echo word; sleep 0.4; done; echo bye) | nc -w 3 {host} 22 & sleep 0.5; {nmap} -Pn -sS -T4 -p 15-80 {host}; {nmap} -Pn -sF -T4 -p 15-80 {host}; wait',
    ],
    [vertical('syn'), vertical('fin')],
    { about: 'a session with port 22 lasts while the host is scanned by SYN and FIN' },
  ),
  one(
    'connect-shell',
    '10.32.14',
    18,
    26,
    ['for p in $(seq 20 80); do timeout 0.3 bash -c "exec 3<>/dev/tcp/{host}/$p"; done'],
    [vertical('connect')],
    {
      about: 'a shell loop over /dev/tcp',
    },
  ),
  one(
    'two-scanners-one-host',
    '10.32.15',
    18,
    26,
    [
      '{nmap} -Pn -sX --scan-delay 10ms -p 50-110 {host} & {nmap} -S {net}.19 -Pn -sS --scan-delay 10ms -p 50-110 {host}; wait',
    ],
    [vertical('xmas'), { ...vertical('syn'), ip: '10.32.15.19' }],
    {
      about: 'two scanners ask the same ports of one host at the same time',
      site: { net: '10.32.15', me: [18, 19], hosts: [26, 26] },
    },
  ),
  one(
    'masscan-banners',
    '10.32.16',
    18,
    26,
    [
      'masscan --adapter scan0 --adapter-ip {net}.90 --router-mac {mac} --banners -p1-100,443,8080 {host} --rate 500 --wait 3',
    ],
    [],
    {
      about: 'masscan reads banners with a TCP of its own',
      expected: [{ ip: '10.32.16.90', technique: 'syn', pattern: 'vertical', without: ['probes'] }],
    },
  ),
  one(
    'hping3-scan-mode',
    '10.32.17',
    18,
    26,
    ['timeout 20 hping3 -q -I scan0 -8 1-90 -S {host}'],
    [{ ...vertical('syn'), without: ['probes'] }],
    {
      about: 'hping3 --scan, then visits to the open ports',
    },
  ),
  {
    name: 'six-visits-then-syn',
    about: 'visits over IPv6 to 80 and 443, then SYN and FIN scans over them',
    site: { net: '10.32.66', me: [4], hosts: [8, 8] },
    there: [SERVE],
    parts: [
      {
        run: [
          'for i in 1 2 3; do curl -6 -g -s --max-time 1 -o /dev/null "http://[{net6}8]/"; curl -6 -g -s --max-time 1 -o /dev/null "http://[{net6}8]:443/"; done',
          'nmap -6 -n -e scan0 -Pn -sS -T4 -p 60-120,443 {net6}8',
          'nmap -6 -n -e scan0 -Pn -sF -T4 -p 60-120,443 {net6}8',
        ],
      },
    ],
    expected: [
      { ip: 'fd66::4', technique: 'syn', pattern: 'vertical' },
      { ip: 'fd66::4', technique: 'fin', pattern: 'vertical' },
    ],
  },
  {
    name: 'sessions-then-ssh-sweep',
    about: 'sessions with port 22 of five hosts, then SYN to port 22 of 40 hosts among them',
    site: { net: '10.32.20', me: [4], hosts: [1, 1], behind: [{ net: '10.82.20', alive: [[10, 24]] }] },
    there: ['{actors} serve 22 &'],
    parts: [
      {
        run: [
          '{actors} visit {me} 10.82.20.12-16:22 2',
          '{nmap} -Pn -sS -T4 --max-retries 0 -p 22 10.82.20.1-40',
        ],
      },
    ],
    expected: [{ ip: '10.32.20.4', technique: 'syn', pattern: 'horizontal' }],
  },
  one('mesh-syn', '10.37.90', 30, 9, ['{nmap} -Pn -sS -T4 -p 1-60,443 {host}'], [vertical('syn')], {
    about: 'a SYN scan in the packets of a B.A.T.M.A.N. mesh',
    mesh: true,
  }),
];
