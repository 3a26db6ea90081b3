/** The project's own captures: what is run in the lab, and what the analysis must say about it. Data only. */

export interface Expected {
  ip: string;
  technique: string;
  pattern: string;
  /** Endpoints that answered as open, `address:ports`. */
  open?: string[];
}

export interface Case {
  name: string;
  /** Shell lines run inside the scanner's namespace, one after another. Benign ones have no expectation. */
  commands: string[];
  expected: Expected[];
  /** What it is a case of. */
  about: string;
}

const HOST = '10.77.0.10';
const ME = '10.77.0.66';
const HOST6 = 'fd77::10';
const ME6 = 'fd77::66';
const OPEN = [`${HOST}:22,80,443,9100`];
const NMAP = 'nmap -n -e scan0';

const vertical = (name: string, flag: string, technique: string, open?: string[]): Case => ({
  name,
  commands: [`${NMAP} -Pn ${flag} -T4 ${HOST}`],
  expected: [{ ip: ME, technique, pattern: 'vertical', ...(open === undefined ? {} : { open }) }],
  about: `nmap ${flag}`,
});

export const CASES: readonly Case[] = [
  vertical('nmap-syn-vertical', '-sS --top-ports 100', 'syn', OPEN),
  vertical('nmap-connect-vertical', '-sT --top-ports 100', 'connect', OPEN),
  vertical('nmap-fin', '-sF --top-ports 60', 'fin', []),
  vertical('nmap-null', '-sN --top-ports 60', 'null', []),
  vertical('nmap-xmas', '-sX --top-ports 60', 'xmas', []),
  vertical('nmap-maimon', '-sM --top-ports 60', 'maimon', []),
  vertical('nmap-ack', '-sA --top-ports 60', 'ack', []),
  vertical('nmap-syn-fin', '-sS --scanflags SYNFIN -p 1-60', 'syn-fin'),
  vertical('nmap-urg', '-sS --scanflags URG -p 1-60', 'urg', []),
  vertical('nmap-udp', '-sU --max-retries 1 --top-ports 50', 'udp', [`${HOST}:53`]),
  vertical('nmap-sctp-init', '-sY', 'sctp-init', []),
  vertical('nmap-sctp-cookie-echo', '-sZ', 'sctp-cookie-echo', []),
  vertical('nmap-ip-protocol', '-sO', 'ip-protocol'),
  vertical('nmap-fragments', '-sS -f --top-ports 60', 'syn'),
  {
    name: 'nmap-syn-slow',
    commands: [`${NMAP} -Pn -sS --max-retries 0 --scan-delay 700ms --max-scan-delay 700ms -p 20-45 ${HOST}`],
    expected: [{ ip: ME, technique: 'syn', pattern: 'vertical', open: [`${HOST}:22`] }],
    about: 'a scan at less than two probes a second',
  },
  {
    name: 'nmap-syn-horizontal',
    commands: [`${NMAP} -Pn -sS -T4 --max-retries 1 -p 22 10.77.0.10-60`],
    expected: [{ ip: ME, technique: 'syn', pattern: 'horizontal' }],
    about: 'one port of many hosts, half of them absent',
  },
  {
    name: 'nmap-block',
    commands: [`${NMAP} -Pn -sS -T4 --max-retries 1 --top-ports 12 10.77.0.10-29`],
    expected: [{ ip: ME, technique: 'syn', pattern: 'block' }],
    about: 'twelve ports of twenty hosts',
  },
  {
    name: 'nmap-ping-sweep',
    commands: [`${NMAP} -sn -PE --disable-arp-ping -T4 10.77.1.1-60`],
    expected: [{ ip: ME, technique: 'icmp-echo-sweep', pattern: 'horizontal' }],
    about: 'ICMP echo to a routed network',
  },
  {
    name: 'nmap-timestamp-sweep',
    commands: [`${NMAP} -sn -PP --disable-arp-ping -T4 10.77.1.1-40`],
    expected: [{ ip: ME, technique: 'icmp-timestamp-sweep', pattern: 'horizontal' }],
    about: 'ICMP timestamp to a routed network',
  },
  {
    name: 'nmap-netmask-sweep',
    commands: [`${NMAP} -sn -PM --disable-arp-ping -T4 10.77.1.1-40`],
    expected: [{ ip: ME, technique: 'icmp-netmask-sweep', pattern: 'horizontal' }],
    about: 'ICMP address mask to a routed network',
  },
  {
    name: 'nmap-host-discovery',
    commands: [`${NMAP} -sn -T4 10.77.1.1-40`],
    expected: [{ ip: ME, technique: 'host-discovery', pattern: 'horizontal' }],
    about: "nmap's default host discovery",
  },
  {
    name: 'nmap-arp-sweep',
    commands: [`${NMAP} -sn -PR 10.77.0.0/25`],
    expected: [{ ip: ME, technique: 'arp-sweep', pattern: 'horizontal' }],
    about: 'ARP on the local network',
  },
  {
    name: 'nmap6-syn-vertical',
    commands: [`nmap -6 -n -e scan0 -Pn -sS -T4 --top-ports 80 ${HOST6}`],
    expected: [{ ip: ME6, technique: 'syn', pattern: 'vertical', open: [`${HOST6}:22,80,443`] }],
    about: 'SYN scan over IPv6',
  },
  {
    name: 'nmap6-fin',
    commands: [`nmap -6 -n -e scan0 -Pn -sF -T4 --top-ports 60 ${HOST6}`],
    expected: [{ ip: ME6, technique: 'fin', pattern: 'vertical', open: [] }],
    about: 'FIN scan over IPv6',
  },
  {
    name: 'nmap6-ndp-sweep',
    commands: ['nmap -6 -n -e scan0 -sn -PR fd77::/122'],
    expected: [{ ip: ME6, technique: 'ndp-sweep', pattern: 'horizontal' }],
    about: 'neighbour solicitations for a range of addresses',
  },
  {
    name: 'nmap-decoys',
    commands: [`${NMAP} -Pn -sS -T4 -D 10.77.0.150,10.77.0.151,ME --top-ports 60 ${HOST}`],
    expected: [ME, '10.77.0.150', '10.77.0.151'].map((ip) => ({ ip, technique: 'syn', pattern: 'vertical' })),
    about: 'the same probes under made-up addresses',
  },
  {
    name: 'nmap-distributed',
    commands: Array.from({ length: 6 }, (_, i) => {
      const ports = Array.from({ length: 9 }, (_unused, n) => 1 + i + n * 6).join(',');
      return `${NMAP} -S 10.77.0.${70 + i} -Pn -sS -T4 -p ${ports} ${HOST}`;
    }),
    expected: Array.from({ length: 6 }, (_, i) => ({
      ip: `10.77.0.${70 + i}`,
      technique: 'syn',
      pattern: 'distributed',
    })),
    about: 'six sources share 54 ports of one host',
  },
  {
    name: 'masscan-vertical',
    commands: [
      `masscan --adapter scan0 --adapter-ip 10.77.0.90 --router-mac {mac} -p1-400 ${HOST} --rate 2000 --wait 1`,
    ],
    expected: [{ ip: '10.77.0.90', technique: 'syn', pattern: 'vertical', open: [`${HOST}:22,80`] }],
    about: 'masscan, ports 1-400',
  },
  {
    name: 'hping3-syn',
    commands: [`hping3 -q -I scan0 -S -p ++1 -i u2000 -c 120 ${HOST}`],
    expected: [{ ip: ME, technique: 'syn', pattern: 'vertical' }],
    about: 'hping3 counting ports up',
  },
  {
    name: 'fping-sweep',
    commands: ['fping -q -r 0 -i 2 -g 10.77.1.2 10.77.1.80'],
    expected: [{ ip: ME, technique: 'icmp-echo-sweep', pattern: 'horizontal' }],
    about: 'fping over a routed range',
  },
  {
    name: 'benign-browsing',
    commands: [`{node} {here}/clients.ts browse ${HOST} 120`],
    expected: [],
    about: 'a busy client: many connections to few services, all of them working',
  },
  {
    name: 'benign-peers',
    commands: ['{node} {here}/clients.ts peers 10.77.0.10 60'],
    expected: [],
    about: 'a peer-to-peer client: many hosts and ports, half of them dead',
  },
  {
    name: 'benign-retries',
    commands: [`{node} {here}/clients.ts retry ${HOST} 8081 120`],
    expected: [],
    about: 'a service that is down, tried again and again',
  },
  {
    name: 'benign-monitoring',
    commands: [
      '{node} {here}/clients.ts monitor 10.77.0.10 20',
      'fping -q -C 4 -p 300 -g 10.77.0.10 10.77.0.35',
    ],
    expected: [],
    about: 'monitoring: every host asked again and again, all answer',
  },
  {
    name: 'benign-traceroute',
    commands: ['{node} {here}/clients.ts traceroute 10.77.0.10 60'],
    expected: [],
    about: 'UDP to ports from 33434 up, as traceroute sends',
  },
  {
    name: 'benign-syn-flood',
    commands: [`hping3 -q --rand-source -I scan0 -S -p 80 -i u1500 -c 600 ${HOST}`],
    expected: [],
    about: 'a flood with forged sources on one port, and its backscatter',
  },
];
