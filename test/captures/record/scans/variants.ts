/** The kinds of the other tables with other numbers, tools, options and company. Data only. */
import { NMAP_WINDOW, one, type ScanCase, SERVE, VISIT, vertical } from './case.ts';

const EVERYWHERE =
  'nft add table ip n; nft add chain ip n p "{ type nat hook prerouting priority -100; }"; nft add rule ip n p tcp dport 1-65535 redirect to :7000';
const DROP =
  'nft add table inet f; nft add chain inet f i "{ type filter hook input priority 0; }"; nft add rule inet f i';
const behind = (net: string, ...alive: [number, number][]) => ({ net, alive });

export const VARIANTS: readonly ScanCase[] = [
  {
    name: 'worm-with-sessions',
    about:
      'a browser with dead endpoints among many, and 445 over 36 hosts: ten speak, ten refuse, the rest is silent',
    site: {
      net: '10.60.1',
      me: [30],
      hosts: [1, 1],
      behind: [behind('203.0.113', [1, 40]), behind('10.160.1', [11, 30])],
    },
    there: [
      `{actors} serve 80,443,${Array.from({ length: 10 }, (_, i) => `10.160.1.${11 + i}@445`).join(',')} &`,
    ],
    parts: [
      {
        run: [
          '{actors} visit {me} 203.0.113.1-30:80/443 & {actors} touch {me} 203.0.113.200-204:80 300 & {actors} touch {me} 10.160.1.5-40:445 30; wait; {actors} visit {me} 10.160.1.11-20:445',
        ],
      },
    ],
    expected: [
      {
        ip: '10.60.1.30',
        technique: 'connect',
        pattern: 'horizontal',
        more: 'tcp.dstport == 445',
        without: ['probes'],
      },
    ],
  },
  {
    name: 'lateral-random-order',
    about: 'eight ports over 20 hosts in random order, a fifth of them open with an exchange of data',
    site: { net: '10.60.2', me: [30], hosts: [1, 1], behind: [behind('10.160.2', [1, 14])] },
    there: ['{actors} serve 22,445 &'],
    parts: [
      {
        run: [
          `{actors} touch {me} ${Array.from({ length: 160 }, (_, i) => (i * 37) % 160)
            .map(
              (n) =>
                `10.160.2.${1 + (n % 20)}:${[22, 23, 135, 139, 445, 1433, 3389, 5985][Math.floor(n / 20)]}`,
            )
            .join(',')} 12`,
          '{actors} visit {me} 10.160.2.1-4:445/22',
        ],
      },
    ],
    expected: [{ ip: '10.60.2.30', technique: 'connect', pattern: 'block', without: ['probes'] }],
  },
  {
    name: 'peers-and-connect-scan',
    about: 'a client of many peers that also scans one host by connect',
    site: { net: '10.60.3', me: [30], hosts: [1, 2], behind: [behind('198.18.9', [1, 120])] },
    there: ['{actors} serve 22,80,443,6881,51413 &'],
    parts: [
      { run: ['{actors} peers {me} 198.18.9 70 6881/51413 25 & {nmap} -Pn -sT -T4 -p 30-120 {net}.2; wait'] },
    ],
    expected: [{ ip: '10.60.3.30', technique: 'connect', pattern: 'vertical', more: 'ip.dst == 10.60.3.2' }],
  },
  one(
    'honeypot-closes-slow',
    '10.60.4',
    30,
    3,
    ['{nmap} -Pn -sT --scan-delay 150ms -p 20-70 {host}'],
    [vertical('connect')],
    {
      about: 'a slow connect scan of a host that takes every connection and closes it',
      there: ['ncat -l 7000 -k --sh-exec true &', EVERYWHERE],
    },
  ),
  one(
    'honeypot-random-ports',
    '10.60.5',
    30,
    3,
    [
      '{actors} touch {me} {host}:7/19/23/81/111/389/502/873/1099/1433/1521/1900/2049/2375/3306/3389/4786/5000/5432/5900/5984/6379/7547/8009/8291/9200/10250/11211/27017/50000 40',
    ],
    [vertical('connect')],
    {
      about: 'thirty well-known ports, each once and in order of fame, of a host that answers on every port',
      there: ['{actors} serve 7000 &', EVERYWHERE],
    },
  ),
  {
    name: 'ping-254-all-live',
    about: 'ICMP echo to a whole /24 that all lives',
    site: { net: '10.60.6', me: [30], hosts: [1, 1], behind: [behind('10.160.6', [1, 254])] },
    parts: [{ run: ['{nmap} -sn -PE -T4 10.160.6.1-254'] }],
    expected: [
      {
        ip: '10.60.6.30',
        technique: 'icmp-echo-sweep',
        pattern: 'horizontal',
        more: 'ip.dst == 10.160.6.0/24',
      },
    ],
  },
  {
    name: 'ping-unreachable',
    about: 'a ping sweep of which a router says that half is unreachable',
    site: { net: '10.60.8', me: [30], hosts: [1, 1], behind: [behind('10.160.8', [1, 20])] },
    there: [
      'sysctl -qw net.ipv4.ip_forward=1',
      'ip route del blackhole 10.160.8.0/24',
      'ip route add unreachable 10.160.8.0/24',
    ],
    parts: [{ run: ['fping -q -r 0 -i 20 -g 10.160.8.1 10.160.8.45'] }],
    expected: [
      {
        ip: '10.60.8.30',
        technique: 'icmp-echo-sweep',
        pattern: 'horizontal',
        more: 'ip.dst == 10.160.8.0/24',
      },
    ],
  },
  {
    name: 'arp-two-scanners-slow',
    about: 'two hosts ask for 50 addresses each by ARP, one upwards and one downwards, one each 1.2 s',
    site: { net: '10.60.9', me: [200, 201], hosts: [1, 25] },
    parts: [
      {
        run: [
          'arp-scan -q -I scan0 --arpspa={net}.201 -r 1 -i 1200 $(for i in $(seq 110 -1 61); do echo {net}.$i; done) & arp-scan -q -I scan0 -r 1 -i 1200 {net}.1-{net}.50; wait',
        ],
      },
    ],
    expected: [200, 201].map((last) => ({
      ip: `10.60.9.${last}`,
      technique: 'arp-sweep',
      pattern: 'horizontal',
      without: ['probes'],
    })),
  },
  {
    name: 'syn-22-slow-3s',
    about: 'port 22 of 24 hosts, one each three seconds',
    site: { net: '10.60.10', me: [30], hosts: [1, 1], behind: [behind('10.160.10', [1, 8])] },
    there: ['{actors} serve 22 &'],
    parts: [
      {
        run: [
          '{nmap} -Pn -sS --max-retries 0 --max-hostgroup 1 --scan-delay 1s -p 22 10.160.10.1-16',
          'for i in $(seq 17 24); do {nmap} -Pn -sS --max-retries 0 -p 22 10.160.10.$i; sleep 2; done',
        ],
      },
    ],
    expected: [{ ip: '10.60.10.30', technique: 'syn', pattern: 'horizontal' }],
  },
  one(
    'syn-all-silent',
    '10.60.11',
    30,
    3,
    ['{nmap} -Pn -sS -T4 --max-retries 2 -p 100-160 {host}'],
    [vertical('syn')],
    {
      about: 'SYN scan of ports that all are silent, with retries',
      there: [SERVE, `${DROP} tcp dport 100-160 drop`],
    },
  ),
  one(
    'udp-prohibited',
    '10.60.12',
    30,
    3,
    ['{nmap} -Pn -sU -g 53 --max-retries 0 -p 3000-3050 {host}'],
    [vertical('udp')],
    {
      about: 'UDP scan from port 53, refused by a firewall with "administratively prohibited"',
      there: [SERVE, `${DROP} udp dport 3000-3050 reject with icmp type admin-prohibited`],
    },
  ),
  {
    name: 'sources-three-ports-each',
    about: '60 sources connect to two ports each of one host, in random order',
    site: { net: '10.60.13', me: [1], hosts: [2, 2], sources: [behind('198.51.100', [1, 60])] },
    there: [SERVE],
    parts: [
      {
        run: ['{actors} each 198.51.100.1-60,198.51.100.1-60 {host}:$(seq 1001 1120 | shuf | paste -sd/) 8'],
      },
    ],
    expected: [
      { ip: '198.51.100.0/24', from: '198.51.100.0/24', technique: 'connect', pattern: 'distributed' },
    ],
  },
  {
    name: 'sources-share-ports-fin',
    about: '24 sources send FIN to four ports each of one host',
    site: { net: '10.60.14', me: [1], hosts: [2, 2], sources: [behind('198.51.100', [1, 24])] },
    there: [SERVE],
    parts: [
      {
        run: [
          'for i in $(seq 1 24); do {nmap} -S 198.51.100.$i -Pn -sF --max-retries 0 -p $((100+i*4))-$((103+i*4)) {host}; done',
        ],
      },
    ],
    expected: [{ ip: '198.51.100.0/24', from: '198.51.100.0/24', technique: 'fin', pattern: 'distributed' }],
  },
  {
    name: 'six-changes-over-hosts',
    about: 'an IPv6 scanner takes a new address of its /64 for every two hosts whose port 22 it asks',
    site: { net: '10.60.79', me: [1], hosts: [2, 21] },
    there: ['{actors} serve 22 &'],
    parts: [
      {
        run: [
          'for i in $(seq 1 10); do A={net6}b:$(printf %x $((i*4099))):7:$i; ip -6 addr add $A/64 dev scan0 nodad; nmap -6 -n -e scan0 -S $A -Pn -sS --max-retries 1 -p 22 {net6}$((i*2)) {net6}$((i*2+1)); done',
        ],
      },
    ],
    expected: [{ ip: 'fd79::/64', from: 'fd79::/64', technique: 'syn', pattern: 'horizontal|distributed' }],
  },
  {
    name: 'campaigns-five',
    about: 'five connect scans of one source, 90 minutes apart',
    site: { net: '10.60.15', me: [30], hosts: [3, 3] },
    there: [SERVE],
    parts: [0, 1, 2, 3, 4].map((n) => ({
      run: [`{nmap} -Pn -sT -T4 -p ${20 + n * 5}-${60 + n * 5} {host}`],
      shift: n * 5400,
    })),
    expected: [
      {
        ip: '10.60.15.30',
        technique: 'connect',
        pattern: 'vertical',
        campaigns: 5,
        without: ['probes', 'ports', 'open', 'closed'],
      },
    ],
  },
  one(
    'tap-skew-visits',
    '10.60.16',
    30,
    3,
    [VISIT, '{nmap} -Pn -sS -T4 -p 20-90,443 {host}'],
    [vertical('syn')],
    {
      about: 'visits and a SYN scan on a tap whose answers come 1 ms before the questions',
      taps: 'directions',
      skew: -0.001,
    },
  ),
  one(
    'tap-late-answers',
    '10.60.17',
    30,
    3,
    ['{nmap} -Pn -sS -T4 -p 20-90,443 {host}', '{nmap} -Pn -sX -T4 -p 20-90,443 {host}'],
    [vertical('syn'), vertical('xmas')],
    {
      about: 'a tap whose answers come 4 ms late',
      taps: 'directions',
      skew: 0.004,
    },
  ),
  one(
    'twice-late',
    '10.60.18',
    30,
    3,
    ['{nmap} -Pn -sS -T4 -p 20-100 {host}'],
    [{ ...vertical('syn'), seen_twice: true }],
    {
      about: 'two captures of one wire put together whose clocks differ by 0.3 ms',
      taps: 'both',
      skew: 0.0003,
    },
  ),
  {
    name: 'translated-sweep',
    about: 'a sweep of port 22 that a router masquerades, captured on both sides',
    site: { net: '10.60.19', me: [30], hosts: [10, 49], between: 'router' },
    there: ['{actors} serve 80 &'],
    parts: [{ run: ['{nmap} -Pn -sS -T4 --max-retries 1 -p 22 192.0.2.10-49'] }],
    taps: 'both',
    expected: [{ ip: '10.60.19.30', technique: 'syn', pattern: 'horizontal', translated: '192.0.2.1' }],
    may: ['192.0.2.1 syn'],
  },
  one(
    'syn-with-data',
    '10.60.20',
    30,
    3,
    [VISIT, '{nmap} -Pn -sS -T4 --data-length 24 --ttl 70 -p 20-90,443 {host}'],
    [vertical('syn')],
    {
      about: 'visits, then SYN probes with data and a TTL of their own',
    },
  ),
  one(
    'udp-with-data-from-53',
    '10.60.21',
    30,
    3,
    ['{nmap} -Pn -sU -g 53 --data-length 60 --max-retries 0 -p 4000-4070 {host}'],
    [vertical('udp')],
    {
      about: 'UDP scan from port 53 with 60 bytes of data in each probe',
    },
  ),
  one(
    'fragments-after-visits',
    '10.60.22',
    30,
    3,
    [VISIT, '{nmap} -Pn -sS -f -T4 -p 20-80,443 {host}'],
    [{ ...vertical('syn', 'tcp'), without: ['probes'] }],
    {
      about: 'visits, then a SYN scan in tiny fragments over the same ports',
    },
  ),
  {
    name: 'scan-and-scan-back',
    about: 'two hosts scan each other at the same time, each from the port 40000',
    site: { net: '10.60.23', me: [30], hosts: [3, 3] },
    there: [SERVE],
    parts: [
      {
        run: [
          'beside: nmap -n -e host0 -Pn -sS -g 40000 --scan-delay 12ms -p 1-60 {me}',
          '{nmap} -Pn -sS -g 40000 --scan-delay 12ms -p 1-60,443 {host}',
        ],
      },
    ],
    expected: [
      { ip: '10.60.23.30', technique: 'syn', pattern: 'vertical' },
      { ip: '10.60.23.3', technique: 'syn', pattern: 'vertical' },
    ],
  },
  {
    name: 'busy-server-scanned',
    about: 'six clients use the server on the ports that a seventh scans by connect',
    site: { net: '10.60.24', me: [30, 31, 32, 33, 34, 35, 36], hosts: [3, 3] },
    there: ['{actors} serve 22,80,443,8080,25,110 &'],
    parts: [
      {
        run: [
          `${[31, 32, 33, 34, 35, 36].map((me) => `{actors} visit {net}.${me} {host}:22/80/443/8080/25/110 2 40`).join(' & ')} & sleep 0.3; {nmap} -Pn -sT -T4 -p 20-115,443,8080 {host}; wait`,
        ],
      },
    ],
    expected: [{ ip: '10.60.24.30', technique: 'connect', pattern: 'vertical' }],
  },
  one('one-sided-syn', '10.60.25', 30, 3, ['{nmap} -Pn -sS -T4 -p 1-80 {host}'], [vertical('syn')], {
    about: 'a tap that sees what goes to the host only',
    taps: 'incoming',
  }),
  one(
    'one-sided-udp',
    '10.60.26',
    30,
    3,
    ['{nmap} -Pn -sU --max-retries 0 -p 1-80 {host}'],
    [vertical('udp')],
    {
      about: 'UDP scan on a tap that sees what goes to the host only',
      taps: 'incoming',
    },
  ),
  one(
    'one-sided-fin-and-visits',
    '10.60.27',
    30,
    3,
    [VISIT, '{nmap} -Pn -sF -T4 -p 20-90,443 {host}'],
    [vertical('fin')],
    {
      about: 'visits and a FIN scan on a tap that sees what goes to the host only',
      taps: 'incoming',
    },
  ),
  {
    name: 'zmap-many-sources',
    about: 'zmap under sixteen addresses, port 443 of a /25',
    site: {
      net: '10.60.28',
      me: [30],
      hosts: [1, 1],
      behind: [behind('10.160.28', [1, 30])],
      sources: [behind('198.51.100', [1, 16])],
    },
    there: ['{actors} serve 10.160.28.5@443 &'],
    parts: [
      {
        run: [
          'zmap -i scan0 -S 198.51.100.1-198.51.100.16 -G {mac} -p 443 -r 200 -c 1 -b /dev/null -o /dev/null 10.160.28.0/25',
        ],
      },
    ],
    expected: [
      {
        ip: '198.51.100.0/24',
        from: '198.51.100.0/24',
        technique: 'syn',
        pattern: 'distributed',
        without: ['probes'],
      },
    ],
  },
  one(
    'five-techniques-shuffled',
    '10.60.29',
    30,
    3,
    ['for f in X S N A F M; do {nmap} -Pn -s$f --scan-delay 14ms -p 60-110 {host} & done; wait'],
    [
      vertical('syn'),
      vertical('fin'),
      vertical('null'),
      vertical('xmas'),
      vertical('ack', NMAP_WINDOW),
      vertical('maimon', NMAP_WINDOW),
    ],
    { about: 'six techniques at the same time on the same ports' },
  ),
  {
    name: 'snmp-and-ping-sweep',
    about: 'one host pings 40 hosts and asks each for SNMP: a survey',
    site: { net: '10.60.30', me: [30], hosts: [1, 1], behind: [behind('10.160.30', [1, 15])] },
    parts: [
      {
        run: [
          'fping -q -r 0 -i 10 -g 10.160.30.1 10.160.30.40',
          '{nmap} -Pn -sU --max-retries 0 -p 161 10.160.30.1-40',
        ],
      },
    ],
    expected: [
      {
        ip: '10.60.30.30',
        technique: 'icmp-echo-sweep',
        pattern: 'horizontal',
        more: 'ip.dst == 10.160.30.0/24',
      },
      { ip: '10.60.30.30', technique: 'udp', pattern: 'horizontal' },
    ],
  },

  {
    name: 'translated-both-addresses',
    about: 'a scan of a router that forwards it under its own address to a host, captured on both sides',
    site: { net: '10.60.31', me: [30], hosts: [10, 10], between: 'router' },
    there: ['{actors} serve 22,80,443 &'],
    parts: [{ run: ['{nmap} -Pn -sS -T4 -p 10-90 {net}.1'] }],
    taps: 'both',
    expected: [{ ip: '10.60.31.30', technique: 'syn', pattern: 'vertical', translated: '192.0.2.1' }],
    may: ['192.0.2.1 syn'],
  },
  {
    name: 'six-ping-all-live',
    about: 'ICMPv6 echo to 50 hosts of the link that all live',
    site: { net: '10.60.39', me: [1], hosts: [10, 59] },
    parts: [
      {
        run: [
          'nmap -6 -n -e scan0 -sn -PE --disable-arp-ping $(for i in $(seq 10 59); do echo {net6}$i; done)',
        ],
      },
    ],
    expected: [
      { ip: 'fd39::1', technique: 'icmp-echo-sweep', pattern: 'horizontal', more: 'ipv6.dst == fd39::/64' },
    ],
    may: ['fd39::1 ndp-sweep'],
  },
  {
    name: 'six-neighbours-slow',
    about: 'neighbour solicitations for 40 addresses, one each 1.5 s, ten live',
    site: { net: '10.60.32', me: [1], hosts: [10, 19] },
    parts: [
      {
        run: [
          'for i in $(seq 10 49); do nmap -6 -n -e scan0 -sn -PR --max-retries 0 {net6}$i & sleep 1.5; done; wait',
        ],
      },
    ],
    expected: [
      {
        ip: 'fd32::1',
        technique: 'ndp-sweep',
        pattern: 'horizontal',
        more: 'ipv6.dst == ff02::/16',
        without: ['probes', 'alive'],
      },
    ],
  },
  {
    name: 'six-connect-everywhere',
    about: 'connect scan over IPv6 of a host that answers on every port',
    site: { net: '10.60.33', me: [1], hosts: [10, 10] },
    there: [
      '{actors} serve 7000 &',
      'nft add table ip6 n; nft add chain ip6 n p "{ type nat hook prerouting priority -100; }"; nft add rule ip6 n p tcp dport 1-65535 redirect to :7000',
    ],
    parts: [{ run: ['nmap -6 -n -e scan0 -Pn -sT -T4 -p 1-90 {net6}10'] }],
    expected: [{ ip: 'fd33::1', technique: 'connect', pattern: 'vertical' }],
  },
  {
    name: 'six-browse-then-445',
    about: 'visits over IPv6 to ten hosts, then 445 of 40 hosts of the link, 25 live',
    site: { net: '10.60.34', me: [1], hosts: [10, 34] },
    there: ['{actors} serve 80,443 &'],
    parts: [
      {
        run: [
          'for r in 1 2; do for i in $(seq 10 19); do curl -6 -g -s --max-time 1 -o /dev/null "http://[{net6}$i]/"; done; done',
          'nmap -6 -n -e scan0 -Pn -sT -T4 --max-retries 0 -p 445 $(for i in $(seq 10 49); do echo {net6}$i; done)',
        ],
      },
    ],
    expected: [{ ip: 'fd34::1', technique: 'connect', pattern: 'horizontal', more: 'tcp.dstport == 445' }],
    may: ['fd34::1 ndp-sweep'],
  },
  one(
    'hping3-fin-counting',
    '10.60.35',
    30,
    3,
    ['hping3 -q -I scan0 -F -p ++50 -i u4000 -c 70 {host}'],
    [vertical('fin')],
    {
      about: 'hping3 counts ports up with FIN',
    },
  ),
  one(
    'hping3-ack-from-80',
    '10.60.36',
    30,
    3,
    ['hping3 -q -I scan0 -A -s 80 -k -p ++2000 -i u4000 -c 70 {host}'],
    [vertical('ack', 'tcp')],
    {
      about: 'hping3 counts ports up with ACK from source port 80',
    },
  ),
  one(
    'hping3-ack-from-443-high',
    '10.60.41',
    30,
    3,
    ['hping3 -q -I scan0 -A -s 443 -k -p ++50000 -i u4000 -c 70 {host}'],
    [vertical('ack', 'tcp')],
    {
      about: 'hping3 counts high ports up with ACK from source port 443, as a server would answer clients',
    },
  ),
  one(
    'masscan-from-53',
    '10.60.37',
    30,
    3,
    [
      'masscan --adapter scan0 --adapter-ip {net}.99 --adapter-port 53 --router-mac {mac} -p1024-1124 {host} --rate 500 --wait 1',
    ],
    [],
    {
      about: 'masscan from source port 53 to ports above 1023',
      expected: [{ ip: '10.60.37.99', technique: 'syn', pattern: 'vertical' }],
    },
  ),
  one(
    'masscan-udp',
    '10.60.38',
    30,
    3,
    ['masscan --adapter scan0 --adapter-ip {net}.99 --router-mac {mac} -pU:1-90 {host} --rate 500 --wait 1'],
    [],
    {
      about: 'masscan over UDP',
      expected: [{ ip: '10.60.38.99', technique: 'udp', pattern: 'vertical' }],
    },
  ),
];
