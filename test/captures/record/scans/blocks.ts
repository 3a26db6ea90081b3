/** Many ports of many hosts, and what is too little to be named. Data only. */
import { type ScanCase, SERVE } from './case.ts';

export const BLOCK: readonly ScanCase[] = [
  {
    name: 'block-2000-ports-8-hosts',
    about: 'ports 1-2000 of eight hosts, as -p- over many hosts is',
    site: { net: '10.37.1', me: [250], hosts: [10, 17] },
    there: [SERVE],
    parts: [{ run: ['{nmap} -Pn -sS -T5 --min-rate 3000 -p 1-2000 {net}.10-17'] }],
    expected: [{ ip: '10.37.1.250', technique: 'syn', pattern: 'block' }],
  },
  {
    name: 'block-40-ports-6-hosts-masscan',
    about: 'masscan, 40 ports of six hosts',
    site: { net: '10.37.2', me: [250], hosts: [10, 15] },
    there: [SERVE],
    parts: [
      {
        run: [
          'masscan --adapter scan0 --adapter-ip {net}.251 --router-mac {mac} -p1-40 {net}.10-{net}.15 --rate 3000 --wait 1',
        ],
      },
    ],
    expected: [{ ip: '10.37.2.251', technique: 'syn', pattern: 'block' }],
  },
  {
    name: 'block-100-ports-5-hosts-connect',
    about: 'connect scan of 60 ports of five hosts, two of them silent',
    site: { net: '10.37.3', me: [250], hosts: [1, 1], behind: [{ net: '10.87.3', alive: [[1, 3]] }] },
    there: [SERVE],
    parts: [{ run: ['{nmap} -Pn -sT -T4 --max-retries 0 -p 21-80 10.87.3.1-5'] }],
    expected: [{ ip: '10.37.3.250', technique: 'connect', pattern: 'block' }],
  },
  {
    name: 'zmap-443',
    about: 'zmap of port 443 over a /26',
    site: { net: '10.37.4', me: [250], hosts: [1, 1], behind: [{ net: '10.87.4', alive: [[1, 20]] }] },
    there: ['{actors} serve 10.87.4.3@443,10.87.4.9@443 &'],
    parts: [
      { run: ['zmap -i scan0 -S {me} -G {mac} -p 443 -r 200 -c 1 -b /dev/null -o /dev/null 10.87.4.0/26'] },
    ],
    expected: [{ ip: '10.37.4.250', technique: 'syn', pattern: 'horizontal' }],
  },
  {
    name: 'block-with-open-hosts-elsewhere',
    about: 'twenty ports of 30 hosts of which ten live',
    site: { net: '10.37.5', me: [250], hosts: [1, 1], behind: [{ net: '10.87.5', alive: [[11, 20]] }] },
    there: ['{actors} serve 22,80 &'],
    parts: [{ run: ['{nmap} -Pn -sS -T5 --max-retries 0 --top-ports 20 10.87.5.1-30'] }],
    expected: [{ ip: '10.37.5.250', technique: 'syn', pattern: 'block' }],
  },
  {
    name: 'block-120-ports-6-hosts',
    about: 'ports 1-120 of six hosts',
    site: { net: '10.37.6', me: [250], hosts: [10, 15] },
    there: [SERVE],
    parts: [{ run: ['{nmap} -Pn -sS -T5 -p 1-120 {net}.10-15'] }],
    expected: [{ ip: '10.37.6.250', technique: 'syn', pattern: 'block' }],
  },
  {
    name: 'block-64-hosts',
    about: 'sixteen ports of 64 hosts of which 20 live',
    site: { net: '10.37.7', me: [250], hosts: [1, 1], behind: [{ net: '10.87.7', alive: [[31, 50]] }] },
    there: ['{actors} serve 22,80 &'],
    parts: [{ run: ['{nmap} -Pn -sS -T5 --max-retries 0 -p 20-35 10.87.7.1-64'] }],
    expected: [{ ip: '10.37.7.250', technique: 'syn', pattern: 'block' }],
  },
  {
    name: 'noise-below-threshold',
    about:
      'five sources send nmap, masscan and zmap probes to one to four ports each: background noise, named by default by nobody',
    site: { net: '10.37.8', me: [250, 11, 12], hosts: [10, 11] },
    there: [SERVE],
    parts: [
      {
        run: [
          '{nmap} -Pn -sS -p 22,23,445 {host}',
          '{nmap} -S {net}.11 -Pn -sS -p 80,3389 {host}',
          '{nmap} -S {net}.12 -Pn -sS -p 6379 {host}',
          'masscan --adapter scan0 --adapter-ip {net}.251 --router-mac {mac} -p8080-8083 {host} --rate 100 --wait 1',
          'zmap -i scan0 -S {net}.252 -G {mac} -p 443 -r 50 -c 1 -b /dev/null -o /dev/null {host}',
        ],
      },
    ],
    expected: [],
  },
];
