/** Situations in which an answer may easily say too much, as data: what is done, asked, and said or not said. */

export interface Situation {
  /** nft rules on the scanner's side (its own firewall), by hook. */
  own?: { output?: string; input?: string };
  /** nft rules on the hosts' side, which meet what arrives. */
  wall?: string;
  /** Shell commands on the scanner's side, and what takes them back. */
  before?: string;
  after?: string;
  tool?: string;
  args: Record<string, unknown>;
  /** In the answer's text. */
  says: RegExp[];
  never?: RegExp[];
}

/** Hosts of the lab; the scanner's interface is lab0. */
export const FOUR = '10.9.4.1';
export const SIX = 'fd00:9::4:1';
export const FAR = '172.16.5.5';

const scan = (words: string) => ({ command: `-n ${words}` });
const CLAIMS = /drops the probes|agreed|answered again|nothing to check|No address answered/;
const reject = (type: string) => `meta l4proto { tcp, udp } th dport 100-120 reject with ${type}`;
const refused = (count: number, address: string, reason: string) =>
  new RegExp(`${count} ports on ${address} were refused by ICMP \\(${reason}\\)`);
const notSent = (address: string, why = '') =>
  new RegExp(`this machine itself did not send \\d+( or more)? packets? to ${address} \\(${why}`);
const noRoute = (address: string) =>
  new RegExp(`not_scanned: no route to ${address} from this machine: nothing was sent`);

const KINDS_4 = {
  'net-unreachable': 'net-unreach',
  'host-unreachable': 'host-unreach',
  'prot-unreachable': 'proto-unreach',
  'port-unreachable': 'port-unreach',
  'net-prohibited': 'net-prohibited',
  'host-prohibited': 'host-prohibited',
  'admin-prohibited': 'admin-prohibited',
};
/** nmap has one word for "prohibited" and "policy", and that of IPv4 for addresses. */
const KINDS_6 = {
  'no-route': 'no-route',
  'admin-prohibited': 'admin-prohibited',
  'addr-unreachable': 'host-unreach',
  'port-unreachable': 'port-unreach',
  'policy-fail': 'admin-prohibited',
  'reject-route': 'reject-route',
};

const refusals = (address: string, family: string, kinds: Record<string, string>) =>
  Object.entries(kinds).map(([type, reason]): [string, Situation] => [
    `${family} ${type}`,
    {
      wall: reject(`${family} type ${type}`),
      args: scan(`-Pn -sS -p 100-120 ${address}`),
      says: [refused(21, address, reason)],
      never: [/did not answer|drops the probes/],
    },
  ]);

export const SITUATIONS: readonly [string, Situation][] = [
  ...refusals(FOUR, 'icmp', KINDS_4),
  ...refusals(SIX, 'icmpv6', KINDS_6),
  [
    'connect() is not told which refusal it was',
    {
      wall: reject('icmp type admin-prohibited'),
      args: scan(`-Pn -sT -p 100-120 ${FOUR}`),
      says: [
        /21 ports on \S+ could not be connected to \(host-unreach\): an ICMP error of this kind or a like one/,
      ],
      never: [/refused by ICMP/],
    },
  ],
  [
    'connect() to an address where nobody is',
    {
      args: scan('-Pn -sT -p 100-104 10.9.4.77'),
      says: [
        /taken as up \(-Pn\)/,
        /5 ports on 10\.9\.4\.77 (could not be connected to|did not let connect)/,
      ],
      never: [/refused by ICMP|a firewall or router says so/],
    },
  ],
  [
    'UDP that nobody refuses',
    {
      wall: 'udp dport 100-104 drop',
      args: scan(`-Pn -sU -p 100-104 ${FOUR}`),
      says: [/open\|filtered \(no-response\)/, /1 of 1 host up, 0 open ports/],
      never: [/[^|]closed/],
    },
  ],
  [
    'UDP that a firewall forbids',
    {
      wall: 'udp dport 100-104 reject with icmp type host-prohibited',
      args: scan(`-Pn -sU -p 100-104 ${FOUR}`),
      says: [refused(5, FOUR, 'host-prohibited')],
    },
  ],
  [
    'SCTP, of which the host knows nothing',
    {
      wall: 'meta l4proto sctp reject with icmp type prot-unreachable',
      args: scan(`-Pn -sY -p 80-84 ${FOUR}`),
      says: [refused(5, FOUR, 'proto-unreach')],
      never: [/did not answer/],
    },
  ],
  [
    'SCTP that the own firewall keeps back',
    {
      own: { output: 'meta l4proto sctp drop' },
      args: scan(`-Pn -sY -p 80-84 ${FOUR}`),
      says: [notSent(FOUR, 'Operation not permitted')],
      never: [CLAIMS],
    },
  ],
  [
    'UDP that the own firewall keeps back',
    {
      own: { output: 'udp dport 100-104 drop' },
      args: scan(`-Pn -sU -p 100-104 ${FOUR}`),
      says: [notSent(FOUR, 'Operation not permitted')],
      never: [CLAIMS],
    },
  ],
  [
    'IPv6 that the own firewall keeps back',
    {
      own: { output: 'ip6 nexthdr tcp drop' },
      args: scan(`-Pn -sS -p 80-84 ${SIX}`),
      says: [notSent(SIX, 'Operation not permitted')],
      never: [CLAIMS],
    },
  ],
  [
    'pings that the own firewall keeps back',
    {
      own: { output: 'icmp type echo-request drop' },
      args: scan(`-sn -PE --disable-arp-ping ${FOUR}`),
      says: [notSent(FOUR, 'Operation not permitted')],
      never: [/No address answered/],
    },
  ],
  [
    'the own firewall in phases',
    {
      own: { output: 'tcp dport != 80 drop' },
      tool: 'scan_network',
      args: { target: FOUR, port_range: '70-90', strategy: 'adaptive' },
      says: [notSent(FOUR, 'Operation not permitted')],
      never: [CLAIMS],
    },
  ],
  [
    'the own firewall and connect()',
    {
      own: { output: 'tcp dport 100-120 drop' },
      args: scan(`-Pn -sT -p 100-120 ${FOUR}`),
      says: [/did not let connect\(\) begin in time|itself did not send/],
    },
  ],
  [
    'a table of connections that is full',
    {
      own: { output: 'ct state new add @few { ip daddr ct count over 3 } drop' },
      args: scan(`-Pn -sS -p 100-120 ${FOUR}`),
      says: [notSent(FOUR, 'Operation not permitted'), /a full table of connections/],
      never: [CLAIMS],
    },
  ],
  [
    'answers that the own firewall drops',
    {
      own: { input: 'tcp sport 100-120 drop' },
      args: scan(`-Pn -sT -p 100-120 ${FOUR}`),
      says: [/21 ports on \S+ did not let connect\(\) begin in time \(filtered\)/],
    },
  ],
  [
    'no route',
    { args: scan(`-p 80 ${FAR}`), says: [noRoute(FAR), /^no_route: Nothing was sent/m], never: [CLAIMS] },
  ],
  [
    'no route in phases',
    {
      tool: 'scan_network',
      args: { target: '172.16.5.4/30', port_range: '80', strategy: 'adaptive' },
      says: [noRoute('4 hosts'), /Nothing was sent/],
      never: [CLAIMS, /Successfully/],
    },
  ],
  [
    'one address of a list without a route',
    {
      args: scan(`-p 80 ${FOUR} ${FAR}`),
      says: [noRoute(FAR), /1 up, 1 of 2 hosts done/, /Not all of it was scanned/],
    },
  ],
  [
    'a network of which a part has a route that is none',
    {
      before: 'ip route add unreachable 10.9.4.2/32',
      after: 'ip route del unreachable 10.9.4.2/32',
      tool: 'scan_network',
      args: { target: '10.9.4.0/30', port_range: '80' },
      says: [noRoute('10.9.4.2'), /3 of 4 hosts done/],
      never: [/Successfully scanned/],
    },
  ],
  [
    'a machine without IPv6',
    {
      before: 'sysctl -qw net.ipv6.conf.all.disable_ipv6=1',
      after: 'sysctl -qw net.ipv6.conf.all.disable_ipv6=0; ip address add fd00:9::ffff:1/64 dev lab0 nodad',
      args: scan(`-p 80 ${SIX}`),
      says: [noRoute(SIX)],
      never: [CLAIMS],
    },
  ],
  [
    'a link-local address without its interface',
    {
      args: scan('-p 80 fe80::1'),
      says: [/needs the interface it is reached by, as fe80::1%eth0/],
      never: [CLAIMS],
    },
  ],
  [
    'a link-local address with its interface',
    { args: scan('-Pn -p 80 fe80::77%lab0'), says: [/fe80::77/], never: [/no route|Nothing was sent/] },
  ],
  [
    'a name of which one address has no route',
    {
      args: { command: '-Pn -p 22 two.lab' },
      says: [noRoute(FAR), /1 up, 1 of 2 hosts done/, /two\.lab/, /22\/tcp +open/],
    },
  ],
  [
    'a name with an underscore and a final dot',
    {
      args: { command: '-Pn -p 22 host_one.lab.' },
      says: [/10\.9\.4\.1 \(host_one\.lab[,)]/, /22\/tcp +open/],
    },
  ],
  [
    'a name with addresses of both families',
    {
      args: { command: '-Pn -p 80 both.lab' },
      says: [/other_family: .*fd00:9::4:1/, /80\/tcp +open/],
    },
  ],
  [
    'two names of one address',
    {
      args: { command: '-Pn -p 22 host_one.lab again.lab' },
      says: [/10\.9\.4\.1 \(host_one\.lab, again\.lab/, /1 of 1 host up/],
    },
  ],
  [
    'an expression of scripts',
    {
      args: { command: `-Pn -n -p 80 --script "default and safe and http-*" ${FOUR}` },
      says: [/80\/tcp +open/, /completed/],
    },
  ],
  ['an interface that there is', { args: scan(`-Pn -e lab0 -p 22 ${FOUR}`), says: [/22\/tcp +open/] }],
  [
    'an interface that there is not',
    { args: scan(`-Pn -e eth77 -p 22 ${FOUR}`), says: [/eth77/, /Next: .*lab0/] },
  ],
  [
    'a name server outside the scope',
    { args: { command: `-Pn -p 22 --dns-servers 8.8.8.8 ${FOUR}` }, says: [/8\.8\.8\.8/, /Next: /] },
  ],
  [
    'a name server that says nothing',
    { args: { command: `-R -Pn -p 22 --dns-servers 10.9.4.1 ${FOUR}` }, says: [/22\/tcp +open/] },
  ],
  [
    'a host that is given up',
    {
      wall: 'tcp dport 100-400 drop',
      args: scan(`-Pn -p 100-400 --host-timeout 1s ${FOUR}`),
      says: [
        /nmap gave up 10\.9\.4\.1 after the host timeout/,
        /Of the 301 ports asked on \S+ 301 are told in no state/,
      ],
      never: [/did not answer/],
    },
  ],
];

/** What another machine's nmap says on standard error beside a report in which nothing is wrong. */
export const COMPLAINTS: readonly [string, { stderr: string; says: RegExp[] }][] = (
  [
    ['No buffer space available', /its buffers for sending are full; a slower scan \(--max-rate\) helps/],
    ['Cannot allocate memory', /its buffers for sending are full/],
    ['Network is down', /its network interface is down/],
    ['Network is unreachable', /it has no route there/],
    ['No route to host', /it has no route there/],
    ['Message too long', /its system refuses them, not the target/],
  ] as const
).map(([why, cause]) => [
  why,
  {
    stderr:
      `sendto in send_ip_packet_sd: sendto(4, packet, 44, 0, 127.0.0.1, 16) => ${why}\nOffending packet: TCP\n`.repeat(
        3,
      ),
    says: [new RegExp(`did not send 3 packets to 127\\.0\\.0\\.1 \\(${why}\\)`), cause],
  },
]);
