/** Sweeps: slow, or of hosts that all live. Data only. */
import type { ScanCase } from './case.ts';
import type { Site } from './lab.ts';

const sweepSite = (third: number, alive: [number, number][]): Site => ({
  net: `10.35.${third}`,
  me: [9],
  hosts: [1, 1],
  behind: [{ net: `10.85.${third}`, alive }],
});
const sweep = (
  name: string,
  third: number,
  alive: [number, number][],
  line: string,
  technique: string,
  about: string,
  rest: Partial<ScanCase> = {},
): ScanCase => ({
  name,
  about,
  site: sweepSite(third, alive),
  there: ['{actors} serve 80 &'],
  parts: [{ run: [line] }],
  expected: [
    { ip: `10.35.${third}.9`, technique, pattern: 'horizontal', more: `ip.dst == 10.85.${third}.0/24` },
  ],
  ...rest,
});
const arp = (
  name: string,
  third: number,
  line: string,
  about: string,
  hosts: [number, number] = [1, 12],
): ScanCase => ({
  name,
  about,
  site: { net: `10.35.${third}`, me: [200], hosts },
  parts: [{ run: [line] }],
  expected: [
    { ip: `10.35.${third}.200`, technique: 'arp-sweep', pattern: 'horizontal', without: ['probes'] },
  ],
});

export const SWEEPS: readonly ScanCase[] = [
  arp(
    'arp-slow-3s',
    1,
    'for i in $(seq 1 60); do {nmap} -sn -PR --max-retries 0 {net}.$i & sleep 3; done; wait',
    'one address asked for by ARP each three seconds, 60 of them',
  ),
  arp(
    'arp-slow-1s',
    2,
    'for i in $(seq 1 120); do {nmap} -sn -PR --max-retries 0 {net}.$i & sleep 1; done; wait',
    'one address asked for by ARP a second, 120 of them',
  ),
  arp(
    'arp-slow-half',
    3,
    'arp-scan -I scan0 -r 1 -i 2000 {net}.10-{net}.90',
    'arp-scan, one address each two seconds',
    [1, 45],
  ),
  arp('arp-scan-fast', 4, 'arp-scan -I scan0 -r 1 {net}.1-{net}.120', 'arp-scan at its own pace', [1, 60]),
  arp('arp-all-live', 5, '{nmap} -sn -PR {net}.1-55', 'ARP sweep of 55 addresses that all live', [1, 55]),
  arp(
    'arp-random-order-slow',
    6,
    'for i in $(seq 20 75 | shuf); do {nmap} -sn -PR --max-retries 0 {net}.$i & sleep 1.5; done; wait',
    '56 addresses asked for in random order, one each 1.5 s',
    [20, 44],
  ),
  sweep(
    'ping-all-live',
    10,
    [[1, 60]],
    '{nmap} -sn -PE 10.85.10.1-60',
    'icmp-echo-sweep',
    'ICMP echo to 60 hosts that all live',
  ),
  sweep(
    'ping-all-live-slow',
    11,
    [[1, 60]],
    'fping -q -r 0 -i 1500 -g 10.85.11.5 10.85.11.50',
    'icmp-echo-sweep',
    '46 living hosts pinged once, one each 1.5 s',
  ),
  sweep(
    'ping-slow-mixed',
    12,
    [[10, 19]],
    'fping -q -r 0 -i 2000 -g 10.85.12.1 10.85.12.60',
    'icmp-echo-sweep',
    '60 hosts pinged once, ten live, one each two seconds',
  ),
  sweep(
    'ping-three-seconds',
    13,
    [[10, 14]],
    'fping -q -r 0 -i 3000 -g 10.85.13.1 10.85.13.40',
    'icmp-echo-sweep',
    '40 hosts pinged once, one each three seconds',
  ),
  sweep(
    'fping-default-all-dead',
    73,
    [],
    'fping -q $(for i in $(seq 1 30 | shuf); do echo 10.85.73.$i; done)',
    'icmp-echo-sweep',
    'fping as it is, of 30 hosts none of which lives',
  ),
  sweep(
    'fping-even-retries',
    74,
    [[1, 6]],
    'fping -q -r 3 -B 1 $(for i in $(seq 1 30 | shuf); do echo 10.85.74.$i; done)',
    'icmp-echo-sweep',
    'fping that tries again at an even pace whom it did not hear, and asks the others once',
  ),
  sweep(
    'fping-counted-network',
    75,
    [],
    'fping -q -c 3 -i 5 -g 10.85.75.1 10.85.75.100',
    'icmp-echo-sweep',
    'fping -c 3 of a whole range of 100 hosts, none of which lives',
  ),
  arp(
    'arp-by-ping-row',
    76,
    'for i in $(seq 101 160); do ping -c 1 -W 1 {net}.$i >/dev/null & sleep 0.05; done',
    'an ordinary ping of 60 neighbours in a row, none of whom lives; the capture ends at once',
  ),
  arp(
    'arp-by-ping-at-once',
    77,
    'for i in $(seq 21 80); do ping -c 1 -W 1 {net}.$i >/dev/null & done; sleep 0.6',
    'an ordinary ping of 60 neighbours at once, six of whom live; the capture ends after the second question to the others',
    [75, 80],
  ),
  {
    name: 'ndp-sweep-all-dead',
    about: 'nmap asks for 64 IPv6 neighbours in a row, none of whom lives',
    site: { net: '10.35.78', me: [200], hosts: [1, 2] },
    parts: [{ run: ['nmap -6 -n -e scan0 -sn -PR {net6}1000/122'] }],
    expected: [
      { ip: 'fd78::200', technique: 'ndp-sweep', pattern: 'horizontal', without: ['probes', 'alive'] },
    ],
  },
  sweep(
    'ping-all-live-shuffled',
    72,
    [[1, 60]],
    'fping -q -r 1 -i 5 $(for i in $(seq 1 40 | shuf); do echo 10.85.72.$i; done)',
    'icmp-echo-sweep',
    'fping over 40 hosts of a range, in no order; all live',
  ),
  sweep(
    'fping-all-live',
    14,
    [[1, 60]],
    'fping -q -r 1 -i 5 -g 10.85.14.10 10.85.14.55',
    'icmp-echo-sweep',
    'fping over 46 hosts that all live',
  ),
  sweep(
    'timestamp-all-live',
    15,
    [[1, 60]],
    '{nmap} -sn -PP 10.85.15.1-40',
    'icmp-timestamp-sweep',
    'ICMP timestamp to 40 hosts that all live',
  ),
  sweep(
    'netmask-sweep-slow',
    16,
    [[1, 10]],
    '{nmap} -sn -PM --max-retries 0 --scan-delay 1100ms 10.85.16.1-30',
    'icmp-netmask-sweep',
    'ICMP address mask, one a second',
  ),
  sweep(
    'ping-protocols',
    17,
    [[1, 30]],
    '{nmap} -sn -PO 10.85.17.1-45',
    'host-discovery',
    'nmap -sn -PO, IP protocols 1, 2 and 4',
    {
      expected: [
        {
          ip: '10.35.17.9',
          technique: 'ip-protocol|host-discovery|icmp-echo-sweep',
          pattern: 'horizontal',
          without: ['probes'],
          more: 'ip.dst == 10.85.17.0/24',
        },
      ],
    },
  ),
  sweep('ping-syn-443', 18, [[1, 30]], '{nmap} -sn -PS443 10.85.18.1-45', 'syn', 'nmap -sn -PS443'),
  sweep('ping-ack-80', 19, [[1, 30]], '{nmap} -sn -PA80 10.85.19.1-45', 'ack', 'nmap -sn -PA80'),
  sweep('ping-udp', 20, [[1, 30]], '{nmap} -sn -PU 10.85.20.1-45', 'udp', 'nmap -sn -PU (port 40125)'),
  sweep('ping-ack-all-live', 21, [[1, 50]], '{nmap} -sn -PA 10.85.21.1-50', 'ack', 'nmap -sn -PA, all live'),
  sweep(
    'ping-default-all-live',
    22,
    [[1, 50]],
    '{nmap} -sn 10.85.22.1-50',
    'host-discovery',
    "nmap's host discovery, all live",
    {
      expected: [{ ip: '10.35.22.9', technique: 'host-discovery', pattern: 'horizontal' }],
    },
  ),
  sweep(
    'ping-hping3',
    23,
    [[5, 20]],
    'for i in $(seq 1 40); do hping3 -q -1 -c 1 10.85.23.$i & sleep 0.1; done; wait',
    'icmp-echo-sweep',
    'hping3 -1, one packet to each of 40 hosts',
  ),
  sweep(
    'ping-shell-loop',
    24,
    [[1, 254]],
    'for i in $(seq 1 50); do ping -c 1 -W 1 10.85.24.$i & sleep 0.2; done; wait',
    'icmp-echo-sweep',
    'a shell loop around ping, all live',
  ),

  arp(
    'arp-whole-24-1s',
    7,
    'for i in $(seq 1 254); do timeout 0.9 {nmap} -sn -PR --max-retries 0 {net}.$i & sleep 1; done; wait',
    'a whole /24 asked for by ARP, one address a second',
    [1, 20],
  ),
  sweep(
    'ping-beside-monitoring',
    25,
    [[1, 60]],
    'fping -q -c 8 -p 400 10.85.25.100 10.35.25.1 & fping -q -r 0 -i 70 -g 10.85.25.1 10.85.25.45; wait',
    'icmp-echo-sweep',
    'a sweep of 45 living hosts by one that also pings two hosts all the time',
    {
      expected: [
        {
          ip: '10.35.25.9',
          technique: 'icmp-echo-sweep',
          pattern: 'horizontal',
          more: 'ip.dst == 10.85.25.0/24 && ip.dst != 10.85.25.100',
          without: ['probes', 'alive', 'hosts'],
        },
      ],
    },
  ),
  sweep(
    'ping-many-syn-ports',
    26,
    [[1, 12]],
    '{nmap} -sn -PS22,80,443 --max-retries 0 10.85.26.1-40',
    'syn',
    'nmap -sn -PS22,80,443',
  ),
  sweep(
    'ping-echo-and-timestamp',
    27,
    [[1, 50]],
    '{nmap} -sn -PE -PP 10.85.27.1-40',
    'host-discovery',
    'nmap -sn -PE -PP, all live',
    {
      expected: [
        {
          ip: '10.35.27.9',
          technique: 'icmp-echo-sweep|host-discovery',
          pattern: 'horizontal',
          without: ['probes', 'alive'],
        },
      ],
      may: ['10.35.27.9 icmp-timestamp-sweep'],
    },
  ),
  ...(
    [
      ['53', 'dns', 10],
      ['123', 'ntp', 11],
      ['443', 'quic', 12],
      ['3478', 'stun', 13],
    ] as const
  ).map(
    ([port, service, third]): ScanCase => ({
      name: `udp-sweep-${service}-one-way`,
      about: `one socket asks 50 hosts in a row for UDP ${port}; the tap sees only what comes in`,
      site: sweepSite(50 + third, [[1, 30]]),
      there: ['{actors} serve 22 &'],
      parts: [{ run: [`{actors} ask {me} 40123 10.85.${50 + third}.1-50:${port} 10`] }],
      taps: 'incoming',
      expected: [
        { ip: `10.35.${50 + third}.9`, technique: 'udp', pattern: 'horizontal', without: ['open', 'closed'] },
      ],
    }),
  ),
  sweep(
    'fping-default-retries',
    70,
    [[1, 6]],
    'fping -q -g 10.85.70.1 10.85.70.40',
    'icmp-echo-sweep',
    'fping as it is: hosts that are silent are asked four times, after longer and longer pauses',
  ),
  sweep(
    'fping-default-retries-shuffled',
    71,
    [[1, 6]],
    'fping -q $(for i in $(seq 1 30 | shuf); do echo 10.85.71.$i; done)',
    'icmp-echo-sweep',
    'fping as it is, in no order',
  ),
  ...(
    [
      ['nmap', '{nmap} -Pn -sU --max-retries 0 -p 53,123 10.85.80.1-40', 80, 10],
      ['nmap-shuffled', '{nmap} -Pn -sU --randomize-hosts --max-retries 0 -p 443 10.85.81.1-40', 81, 10],
      [
        'masscan',
        'masscan --adapter scan0 --adapter-ip 10.35.82.9 --router-mac {mac} -pU:53 10.85.82.0/26 --rate 500 --wait 1',
        82,
        30,
      ],
      ['sockets', 'for i in $(seq 1 40); do echo hello > /dev/udp/10.85.83.$i/53; done', 83, 30],
    ] as const
  ).map(
    ([tool, line, third, alive]): ScanCase => ({
      name: `udp-sweep-one-way-${tool}`,
      about: `${tool} over hosts in a row, at ports that are called by name; the tap sees only what comes in`,
      site: sweepSite(third, [[1, alive]]),
      there: ['{actors} serve 22 &'],
      parts: [{ run: [line] }],
      taps: 'incoming',
      expected: [
        {
          ip: `10.35.${third}.9`,
          technique: 'udp',
          pattern: 'horizontal',
          more: `ip.dst == 10.85.${third}.0/24`,
          without: ['open', 'closed'],
        },
      ],
    }),
  ),
];
