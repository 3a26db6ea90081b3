/** Several techniques, and visits, on the same ports. Data only. */
import { NMAP_WINDOW, one, type ScanCase, VISIT, vertical } from './case.ts';

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
];
