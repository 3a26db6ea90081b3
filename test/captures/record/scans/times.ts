/** Campaigns hours apart, and taps whose directions do not agree on the time. Data only. */
import { one, type ScanCase, SERVE, vertical } from './case.ts';

export const TIMES: readonly ScanCase[] = [
  {
    name: 'campaigns-three-syn',
    about: 'the same source scans three times, two and five hours apart',
    site: { net: '10.39.1', me: [61], hosts: [3, 3] },
    there: [SERVE],
    parts: [
      { run: ['{nmap} -Pn -sS -T4 -p 1-60 {host}'] },
      { run: ['{nmap} -Pn -sS -T4 -p 1-60,443 {host}'], shift: 7200 },
      { run: ['{nmap} -Pn -sS -T4 -p 1-80 {host}'], shift: 25_200 },
    ],
    expected: [
      {
        ip: '10.39.1.61',
        technique: 'syn',
        pattern: 'vertical',
        campaigns: 3,
        without: ['probes', 'ports', 'open', 'closed'],
      },
    ],
  },
  {
    name: 'campaigns-two-hosts',
    about: 'one source scans one host, and an hour later another',
    site: { net: '10.39.2', me: [61], hosts: [3, 4] },
    there: [SERVE],
    parts: [
      { run: ['{nmap} -Pn -sS -T4 -p 1-70 {net}.3'] },
      { run: ['{nmap} -Pn -sS -T4 -p 1-70 {net}.4'], shift: 3600 },
    ],
    expected: [
      {
        ip: '10.39.2.61',
        technique: 'syn',
        pattern: 'vertical|block',
        campaigns: 2,
        without: ['probes', 'ports', 'open', 'closed', 'hosts'],
      },
    ],
  },
  one(
    'campaign-slow-is-one',
    '10.39.3',
    61,
    3,
    ['{nmap} -Pn -sS --max-retries 0 --scan-delay 1500ms --max-scan-delay 1500ms -p 70-100 {host}'],
    [{ ...vertical('syn'), campaigns: 1, times: true }],
    {
      about: 'a slow scan is one campaign',
    },
  ),
  ...[-0.002, -0.005].map((skew, i) =>
    one(
      `tap-skew-${-skew * 1000}ms`,
      `10.39.${10 + i}`,
      61,
      3,
      ['{nmap} -Pn -sS -T4 -p 1-80,443 {host}'],
      [vertical('syn')],
      {
        about: `a tap whose answers come ${-skew * 1000} ms before the probes`,
        taps: 'directions',
        skew,
      },
    ),
  ),
  one(
    'tap-skew-udp',
    '10.39.12',
    61,
    3,
    ['{nmap} -Pn -sU --max-retries 0 -p 50-120 {host}'],
    [vertical('udp')],
    {
      about: 'UDP scan on a tap whose answers come 2 ms before the probes',
      there: ['{actors} serve 22 53,69,111 &'],
      taps: 'directions',
      skew: -0.002,
    },
  ),
  one('tap-skew-connect', '10.39.13', 61, 3, ['{nmap} -Pn -sT -T4 -p 10-90 {host}'], [vertical('connect')], {
    about: 'connect scan on a tap whose answers come 2 ms before the probes',
    taps: 'directions',
    skew: -0.002,
  }),
  one('tap-skew-fin', '10.39.14', 61, 3, ['{nmap} -Pn -sF -T4 -p 10-90 {host}'], [vertical('fin')], {
    about: 'FIN scan on a tap whose answers come 2 ms before the probes',
    taps: 'directions',
    skew: -0.002,
  }),

  {
    name: 'campaigns-two-techniques',
    about: 'a SYN scan, and three hours later a FIN scan of the same ports',
    site: { net: '10.39.4', me: [61], hosts: [3, 3] },
    there: [SERVE],
    parts: [
      { run: ['{nmap} -Pn -sS -T4 -p 50-110 {host}'] },
      { run: ['{nmap} -Pn -sF -T4 -p 50-110 {host}'], shift: 10_800 },
    ],
    expected: [
      { ip: '10.39.4.61', technique: 'syn', pattern: 'vertical', campaigns: 1, times: true },
      { ip: '10.39.4.61', technique: 'fin', pattern: 'vertical', campaigns: 1, times: true },
    ],
  },
  {
    name: 'campaigns-sweeps',
    about: 'port 23 of 30 hosts, four times, each an hour after the last',
    site: { net: '10.39.5', me: [61], hosts: [1, 1], behind: [{ net: '10.89.5', alive: [[1, 12]] }] },
    there: ['{actors} serve 23 &'],
    parts: [0, 3600, 7200, 10_800].map((shift) => ({
      run: ['{nmap} -Pn -sS -T4 --max-retries 0 -p 23 10.89.5.1-30'],
      shift,
    })),
    expected: [
      {
        ip: '10.39.5.61',
        technique: 'syn',
        pattern: 'horizontal',
        campaigns: 4,
        without: ['probes', 'open', 'closed'],
      },
    ],
  },
];
