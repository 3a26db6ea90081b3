/** Scans of a host that answers on every port. Data only. */
import { one, type ScanCase, vertical } from './case.ts';

const HONEYPOT =
  'nft add table ip n; nft add chain ip n p "{ type nat hook prerouting priority -100; }"; nft add rule ip n p tcp dport 1-65535 redirect to :7000';
export const EVERYWHERE: readonly ScanCase[] = [
  one(
    'honeypot-connect-100',
    '10.34.1',
    31,
    7,
    ['{nmap} -Pn -sT -T4 --top-ports 100 {host}'],
    [vertical('connect')],
    {
      about: 'connect scan of a host that answers on every port, 100 ports',
      there: ['{actors} serve 7000 &', HONEYPOT],
    },
  ),
  one(
    'honeypot-connect-400',
    '10.34.2',
    31,
    7,
    ['{nmap} -Pn -sT -T4 -p 1-400 {host}'],
    [vertical('connect')],
    {
      about: 'connect scan of a host that answers on every port, 400 ports',
      there: ['{actors} serve 7000 &', HONEYPOT],
    },
  ),
  one(
    'honeypot-connect-versions',
    '10.34.3',
    31,
    7,
    ['{nmap} -Pn -sT -sV --version-intensity 0 -T5 -p 1-40,8000-8020 {host}'],
    [{ ...vertical('connect'), without: ['probes'] }],
    {
      about:
        'connect scan with version detection of a host that takes every connection and closes it (tcpwrapped)',
      there: ['ncat -l 7000 -k --sh-exec true &', HONEYPOT],
    },
  ),
  one('honeypot-syn', '10.34.4', 31, 7, ['{nmap} -Pn -sS -T4 -p 1-150 {host}'], [vertical('syn')], {
    about: 'SYN scan of a host that answers on every port',
    there: ['{actors} serve 7000 &', HONEYPOT],
  }),
  one('honeypot-nc', '10.34.5', 31, 7, ['nc -z -w 1 {host} 100-219'], [vertical('connect')], {
    about: 'nc -z over 120 ports of a host that answers everywhere',
    there: ['{actors} serve 7000 &', HONEYPOT],
  }),
  one('honeypot-connect-1000', '10.34.6', 31, 7, ['{nmap} -Pn -sT -T4 {host}'], [vertical('connect')], {
    about: 'connect scan of a host that answers on every port, the thousand most common',
    there: ['{actors} serve 7000 &', HONEYPOT],
  }),
  {
    name: 'connect-sweep-all-live',
    about: 'port 80 of 40 hosts in a row is connected to and left at once; all of them live',
    site: { net: '10.36.90', me: [30], hosts: [1, 1], behind: [{ net: '10.86.90', alive: [[1, 60]] }] },
    there: ['{actors} serve 80 &'],
    parts: [{ run: ['{actors} touch {me} 10.86.90.1-40:80 10'] }],
    expected: [{ ip: '10.36.90.30', technique: 'connect', pattern: 'horizontal' }],
  },
];
