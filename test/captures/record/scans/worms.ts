/** Worms and lateral movement from hosts that also work. Data only. */
import { type ScanCase, SERVE } from './case.ts';
import type { Site } from './lab.ts';

const WEB = [{ net: '203.0.113', alive: [[1, 100]] as [number, number][] }];
const worm = (
  name: string,
  net: string,
  rest: Omit<ScanCase, 'name' | 'parts' | 'site'> & { run: string[]; site: Omit<Site, 'net'> },
): ScanCase => {
  const { run, ...others } = rest;
  return { name, parts: [{ run }], ...others, site: { ...others.site, net } };
};

export const WORMS: readonly ScanCase[] = [
  worm('browse-then-445-refused', '10.33.1', {
    about: 'a workstation visits 60 web endpoints, then 51 hosts refuse it on 445',
    site: { me: [23], hosts: [100, 150], behind: WEB },
    there: ['{actors} serve 80,443 &'],
    run: ['{actors} visit {me} 203.0.113.1-30:80/443', '{actors} touch {me} {net}.100-150:445'],
    expected: [{ ip: '10.33.1.23', technique: 'connect', pattern: 'horizontal', more: 'tcp.dstport == 445' }],
  }),
  worm('browse-then-445-silent', '10.33.2', {
    about: 'a workstation visits 90 web endpoints, then sweeps 445 of 51 hosts of which 5 live',
    site: { me: [23], hosts: [1, 1], behind: [...WEB, { net: '10.83.2', alive: [[20, 24]] }] },
    there: ['{actors} serve 80,443 &'],
    run: ['{actors} visit {me} 203.0.113.1-45:80/443', '{actors} touch {me} 10.83.2.10-60:445'],
    expected: [{ ip: '10.33.2.23', technique: 'connect', pattern: 'horizontal', more: 'tcp.dstport == 445' }],
  }),
  worm('browse-during-445-mixed', '10.33.3', {
    about: 'a workstation browses 100 endpoints while it sweeps 445: some open, some refused, most silent',
    site: { me: [23], hosts: [1, 1], behind: [...WEB, { net: '10.83.3', alive: [[20, 34]] }] },
    there: ['{actors} serve 80,443,10.83.3.21@445,10.83.3.25@445,10.83.3.30@445 &'],
    run: ['{actors} visit {me} 203.0.113.1-50:80/443 & {actors} touch {me} 10.83.3.5-60:445 40; wait'],
    expected: [{ ip: '10.33.3.23', technique: 'connect', pattern: 'horizontal', more: 'tcp.dstport == 445' }],
  }),
  worm('browse-then-445-raw', '10.33.4', {
    about: 'a workstation browses, then nmap -sS -p 445 over 51 hosts from it',
    site: { me: [23], hosts: [1, 1], behind: [...WEB, { net: '10.83.4', alive: [[10, 20]] }] },
    there: ['{actors} serve 80,443 &'],
    run: [
      '{actors} visit {me} 203.0.113.1-20:80/443',
      '{nmap} -Pn -sS -T4 --max-retries 1 -p 445 10.83.4.10-60',
    ],
    expected: [{ ip: '10.33.4.23', technique: 'syn', pattern: 'horizontal', more: 'tcp.dstport == 445' }],
  }),
  worm('lateral-six-ports-refused', '10.33.5', {
    about: 'six ports of remote control over 40 hosts, all refuse',
    site: { me: [66], hosts: [100, 139] },
    there: [SERVE.replace('22,80,443,8080', '9')],
    run: ['{actors} touch {me} {net}.100-139:445/139/3389/22/5985/135 2'],
    expected: [{ ip: '10.33.5.66', technique: 'connect', pattern: 'block' }],
  }),
  worm('lateral-six-ports-some-open', '10.33.6', {
    about: 'six ports of remote control over 40 hosts of which 12 live and some serve',
    site: { me: [66], hosts: [1, 1], behind: [...WEB, { net: '10.83.6', alive: [[10, 21]] }] },
    there: ['{actors} serve 80,443,10.83.6.11@445,10.83.6.11@135,10.83.6.15@22,10.83.6.18@3389 &'],
    run: [
      '{actors} visit {me} 203.0.113.1-20:80/443',
      '{actors} touch {me} 10.83.6.5-44:445/139/3389/22/5985/135 2',
    ],
    expected: [{ ip: '10.33.6.66', technique: 'connect', pattern: 'block', more: 'ip.dst == 10.83.6.0/24' }],
  }),
  worm('lateral-nmap-connect', '10.33.7', {
    about: 'nmap -sT of seven ports over 30 hosts, half of them absent',
    site: { me: [66], hosts: [1, 1], behind: [{ net: '10.83.7', alive: [[10, 24]] }] },
    there: ['{actors} serve 22,80 &'],
    run: ['{nmap} -Pn -sT -T4 --max-retries 1 -p 22,135,139,445,1433,3389,5985 10.83.7.10-39'],
    expected: [{ ip: '10.33.7.66', technique: 'connect', pattern: 'block' }],
  }),
  worm('p2p-beside-445-sweep', '10.33.8', {
    about: 'a client of many peers, some of which live, that also sweeps 445 over 40 hosts',
    site: {
      me: [66],
      hosts: [1, 1],
      behind: [
        { net: '203.0.113', alive: [[1, 60]] },
        { net: '10.83.8', alive: [[10, 30]] },
      ],
    },
    there: ['{actors} serve 6881,51413,20037,31822,44101 &'],
    run: [
      `{actors} visit {me} ${Array.from({ length: 60 }, (_, i) => `203.0.113.${i + 1}:${[6881, 51413, 20037, 31822, 44101, 10000 + i * 311, 12000 + i * 57][i % 7]}`).join(',')} & {actors} touch {me} 10.83.8.5-44:445 25; wait`,
    ],
    expected: [{ ip: '10.33.8.66', technique: 'connect', pattern: 'horizontal', more: 'tcp.dstport == 445' }],
  }),
  worm('browse-then-two-port-sweep-slow', '10.33.9', {
    about: 'a workstation browses, then asks 22 and 3389 of 26 hosts, three a second',
    site: { me: [77], hosts: [100, 125], behind: WEB },
    there: ['{actors} serve 80,443 &'],
    run: ['{actors} visit {me} 203.0.113.1-15:80/443', '{actors} touch {me} {net}.100-125:22/3389 330'],
    expected: [
      { ip: '10.33.9.77', technique: 'connect', pattern: 'horizontal', more: 'tcp.dstport in {22,3389}' },
    ],
  }),
];
