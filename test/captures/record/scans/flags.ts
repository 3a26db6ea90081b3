/** Odd sets of flags. Data only. */
import { one, type ScanCase, SERVE, vertical } from './case.ts';

const flags = (word: string, technique: string, third: number, ports: string, serve = SERVE): ScanCase =>
  one(
    `flags-${technique}`,
    `10.40.${third}`,
    42,
    11,
    [`{nmap} -Pn -sS --scanflags ${word} -T4 -p ${ports} {host}`],
    [{ ...vertical(technique), ...(technique === 'syn-ack' ? { without: ['unfiltered'] } : {}) }],
    {
      about: `nmap --scanflags ${word}`,
      there: [serve],
    },
  );
export const FLAGS: readonly ScanCase[] = [
  flags('SYNACK', 'syn-ack', 1, '1-75,443'),
  flags('PSH', 'psh', 2, '10-70'),
  flags('URGPSHFIN', 'xmas', 3, '400-460'),
  flags('SYNPSH', 'syn-psh', 5, '50-110'),
  flags('FINURG', 'fin-urg', 6, '20-85'),
  flags('PSHURG', 'psh-urg', 7, '20-85'),
  flags('RST', 'rst', 10, '20-90'),
  flags('RSTACK', 'rst-ack', 11, '20-90'),
  one(
    'flags-rst-hping3',
    '10.40.12',
    42,
    11,
    ['hping3 -q -I scan0 -R -p ++1 -i u5000 -c 80 {host}'],
    [vertical('rst')],
    { about: 'hping3 with RST, ports that count up' },
  ),
  {
    name: 'flags-rst-sweep',
    about: 'nmap --scanflags RST, one port of 60 hosts',
    site: { net: '10.40.13', me: [42], hosts: [1, 1], behind: [{ net: '10.90.13', alive: [[1, 25]] }] },
    there: [SERVE],
    parts: [{ run: ['{nmap} -Pn -sS --scanflags RST --max-retries 1 -T4 -p 80 10.90.13.1-60'] }],
    expected: [{ ip: '10.40.13.42', technique: 'rst', pattern: 'horizontal' }],
  },
  {
    name: 'flags-syn-ack-sweep',
    about: 'hping3 with SYN and ACK, one port of 40 hosts',
    site: { net: '10.40.8', me: [42], hosts: [1, 1], behind: [{ net: '10.90.8', alive: [[1, 25]] }] },
    there: [SERVE],
    parts: [{ run: ['{nmap} -Pn -sS --scanflags SYNACK --max-retries 1 -T4 -p 80 10.90.8.1-40'] }],
    expected: [{ ip: '10.40.8.42', technique: 'syn-ack', pattern: 'horizontal', without: ['unfiltered'] }],
  },
  one(
    'flags-syn-ack-from-80',
    '10.40.9',
    42,
    11,
    ['{nmap} -Pn -sS --scanflags SYNACK -g 80 -T4 -p 1000-1080 {host}'],
    [{ ...vertical('syn-ack'), without: ['unfiltered'] }],
    {
      about: 'nmap --scanflags SYNACK from port 80',
    },
  ),
];
