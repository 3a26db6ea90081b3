/** What happens on a local network without anybody asking for it. */
import { hosts } from './benign-hosts.ts';
import { type Situation, tagged, tcp } from './benign-situation.ts';

/** The kernel of the gateway looks whether its neighbours still live; sleeping ones do not answer. */
export function gatewayArp(clients: number, asleep: number, tag?: string): Situation {
  const spec = `10.20.1.1+${clients}`;
  const list = hosts(spec);
  const sleepers = list.filter((_, i) => (i * 7) % clients < asleep);
  return {
    name: tagged('benign-gateway-arp', tag),
    about: `A gateway with ${clients} clients in its neighbour table; ${asleep} sleep, and push messages still arrive for them.`,
    innocent: 'the gateway asks for hosts it has known, in no order, again and again, each three times.',
    near: list,
    before: {
      far: [
        'sysctl -qw net.ipv4.neigh.far0.base_reachable_time_ms=8000 net.ipv4.neigh.far0.gc_stale_time=10',
      ],
    },
    beyond: [
      // All were awake: each has spoken with the gateway.
      `fping -q -c 1 ${list.join(' ')}; sleep 8; {role} push hosts=${spec} from=wide:12:40 source=443 times=3 gap=0.3`,
    ],
    commands: [
      `{role} pushed hosts=${spec} seconds=${Math.ceil(12 + clients)} & sleep 6; nft 'add table arp s; add set arp s z { type ipv4_addr; elements = { ${sleepers.join(', ')} } }; add chain arp s i { type filter hook input priority 0; }; add rule arp s i arp daddr ip @z drop'; wait`,
    ],
    begin: 3,
    tap: 'far',
    takes: 30 + clients,
  };
}

/** An access router's own refresh: one ARP question a second or so, to whom it has a lease for. */
export function routerRefresh(clients: number, asleep: number, seconds: number, tag?: string): Situation {
  // Somewhere in the /22, each once.
  const drawn = hosts(`wide:71:${clients}`).map((address) => address.split('.').map(Number));
  const list = [...new Set(drawn.map(([, , third = 0, fourth]) => `10.20.${third % 4}.${fourth}`))];
  return {
    name: tagged('benign-router-refresh', tag),
    about: `An access router asks its ${clients} leases by ARP, one or so a second, in no order; ${asleep} of them sleep.`,
    innocent: 'from the gateway, drawn from its leases, without order, some asked again.',
    near: list.slice(asleep),
    beyond: [
      `for i in $(seq ${seconds}); do h=$(shuf -n1 -e ${list.join(' ')}); arping -q -b -c 1 -w 1 -I far0 -s 10.20.0.1 $h & sleep 0.$((RANDOM % 9 + 1)); done; wait`,
    ],
    commands: ['true'],
    tap: 'far',
    takes: seconds + 30,
  };
}

/** A host whose programs call dead machines of its own network: nothing but ARP comes of it. */
export function deadNeighbours(count: number, cycles: number, tag?: string): Situation {
  return {
    name: tagged('benign-dead-neighbours', tag),
    about: `A poller asks ${count} switched-off hosts of its own network every 20 s: ARP questions are all there is.`,
    innocent: `each address is asked for in all ${cycles} cycles.`,
    commands: [`{role} poll hosts=10.20.2.1+${count} ports=9100 every=20 cycles=${cycles} timeout=3`],
    takes: 20 * cycles + 40,
  };
}

/** ISC's DHCP server pings an address before it offers it; the client asks by ARP before it takes it. */
export function dhcp(clients: number, tag?: string): Situation {
  const links = Array.from({ length: clients }, (_, n) => `c${n}`).join(' ');
  const conf =
    'ping-check true; ping-timeout 1; default-lease-time 600; authoritative; subnet 10.20.0.0 netmask 255.255.252.0 { range 10.20.2.1 10.20.2.200; option routers 10.20.0.1; }';
  return {
    name: tagged('benign-dhcp', tag),
    about: `After a power cut ${clients} machines ask for addresses; the server pings each before it offers it, each client asks by ARP.`,
    innocent: 'an offer follows each silent ping; the ARP questions come from 0.0.0.0.',
    before: {
      near: [
        `for c in ${links}; do ip link add $c link near0 type macvlan mode bridge; ip link set $c up; done`,
      ],
      far: [`echo '${conf}' > {work}/dhcpd.conf; touch {work}/leases`],
    },
    beyond: [
      `dhcpd -4 -f -q -cf {work}/dhcpd.conf -lf {work}/leases --no-pid far0 & sleep ${clients + 25}; kill $!`,
    ],
    commands: [
      `sleep 1; for c in ${links}; do timeout 25 dhcpcd -4 -1 -q -B -f /dev/null -c /bin/true $c & sleep 0.8; done; wait`,
    ],
    tap: 'far',
    takes: clients + 60,
  };
}

/** Addresses that are taken: duplicate address detection and neighbour unreachability of the kernel. */
export function neighbours6(count: number, tag?: string): Situation {
  const list = hosts(`fd20::100+${count}`);
  return {
    name: tagged('benign-ipv6-neighbours', tag),
    about: `${count} IPv6 addresses appear (duplicate address detection), are used, and half of them go away while still in use.`,
    innocent: 'solicitations from :: for own addresses, and repeated ones for known neighbours.',
    before: {
      far: [
        'sysctl -qw net.ipv6.neigh.far0.base_reachable_time_ms=4000 net.ipv6.neigh.far0.delay_first_probe_time=1',
      ],
    },
    commands: [
      `for a in ${list.join(' ')}; do ip -6 addr add $a/64 dev near0; sleep 0.1; done; sleep 3; {role} pushed hosts=fd20::100+${count} seconds=${Math.ceil(20 + count * 0.5)} & sleep ${Math.ceil(count * 0.2 + 12)}; for a in ${list.slice(0, count / 2).join(' ')}; do ip -6 addr del $a/64 dev near0; done; wait`,
    ],
    beyond: [
      `sleep ${Math.ceil(count * 0.1 + 5)}; {role} push hosts=fd20::100+${count} from=wide6:13:20 times=3 gap=0.15`,
    ],
    tap: 'far',
    takes: 60 + count,
  };
}

/** A failover announces all addresses of the other node. */
export function failover(count: number, tag?: string): Situation {
  const list = hosts(`10.20.1.1+${count}`);
  return {
    name: tagged('benign-failover', tag),
    about: `A firewall cluster fails over and announces its ${count} addresses by gratuitous ARP, both kinds, twice.`,
    innocent: 'each asks for its own address.',
    near: list,
    commands: [
      `for r in 1 2; do for a in ${list.join(' ')}; do arping -q -U -c 1 -I near0 $a; arping -q -A -c 1 -I near0 $a; done; done`,
    ],
    takes: 30 + count * 6,
  };
}

export function wakeOnLan(
  count: number,
  how: 'unicast' | 'broadcast' | 'etherwake',
  tag?: string,
): Situation {
  const lines = {
    unicast: `{role} wake hosts=10.30.5.1+${count} ports=9 gap=0.1`,
    broadcast: `{role} wake hosts=10.20.3.255 machines=${count} ports=7,9 times=2 gap=0.1`,
    etherwake: `for i in $(seq 1 ${count}); do etherwake -i near0 02:00:00:00:00:$(printf %02x $i); sleep 0.05; done`,
  };
  return {
    name: tagged('benign-wake', tag ?? how),
    about: `Wake-on-LAN to ${count} machines before the night's updates (${how}), all asleep.`,
    innocent: 'magic packets, to which nobody ever answers.',
    fate: { silent: hosts(`10.30.5.1+${count}`) },
    commands: [lines[how]],
    takes: 60,
  };
}

/** As above, beside ordinary work: it is not the whole capture that says nothing of silence. */
export function wakeBesideWork(count: number): Situation {
  const machines = `10.30.5.1+${count}`;
  return {
    name: 'benign-wake-beside-work',
    about: `Wake-on-LAN to ${count} machines, all asleep, while their administrator works on five web sites.`,
    innocent: 'magic packets, to which nobody ever answers.',
    services: [tcp(443)],
    fate: { silent: hosts(machines) },
    commands: [
      `{role} wake hosts=${machines} ports=9 gap=0.1`,
      '{role} visit hosts=wide:85:5 ports=443 rounds=3',
    ],
    takes: 60,
  };
}

export function chatter(count: number, tag?: string): Situation {
  return {
    name: tagged('benign-chatter', tag),
    about: `${count} announcements and searches to multicast and broadcast groups: mDNS, SSDP, LLMNR, NetBIOS, WS-Discovery.`,
    innocent: 'groups, not hosts.',
    near: hosts('10.20.0.12+8'),
    commands: [`{role} chatter count=${count} gap=0.05`],
  };
}

/** A print server's look for its printers. */
export function printers(count: number, tag?: string): Situation {
  const lan = hosts(`10.20.1.1+${count}`);
  return {
    name: tagged('benign-printers', tag),
    about: `A print server asks its ${count} printers on 9100, 631, 515 and 161; three are off.`,
    innocent: 'few hosts, known services, again each half minute.',
    lan: lan.slice(3),
    services: [
      { proto: 'tcp', port: 9100, kind: 'reply' },
      { proto: 'tcp', port: 631, kind: 'reply' },
      { proto: 'udp', port: 161, kind: 'echo', addresses: lan.slice(3) },
    ],
    commands: [
      `{role} poll hosts=10.20.1.1+${count} ports=9100,631,515 every=20 cycles=4 timeout=3 spread=4`,
      `{role} ask hosts=10.20.1.1+${count} ports=161 cycles=4 every=20`,
    ],
    takes: 110,
  };
}

/** One-way telemetry. */
export function telemetry(collectors: number, tag?: string): Situation {
  const spec = `10.30.6.1+${collectors}`;
  return {
    name: tagged('benign-telemetry', tag),
    about: `syslog, NetFlow, sFlow and StatsD to ${collectors} collectors, none of which ever answers.`,
    innocent: 'many datagrams for each endpoint.',
    services: [514, 2055, 6343, 8125].map((port) => ({ proto: 'udp', port, kind: 'reply', addresses: [] })),
    fate: { silent: hosts(spec) },
    commands: [514, 2055, 6343, 8125].map(
      (port, n) =>
        `{role} ask hosts=${spec} ports=${port} socket=${50_000 + n} retries=0 timeout=0.1 gap=0.1 cycles=${Math.ceil(60 / collectors) + 2} every=0`,
    ),
    takes: 60,
  };
}

/** A scan under made-up local addresses is over when the capture begins: the scanned host still looks for their owners. */
export function afterDecoys(
  decoys: string,
  begin: number,
  seconds: number,
  ports: string,
  tag?: string,
): Situation {
  const list = hosts(decoys);
  return {
    name: tagged('benign-after-decoys', tag),
    about: `The capture begins after a scan of ports ${ports} with ${list.length} decoys of the local network; the victim still asks by ARP for whom it has to answer.`,
    innocent:
      'the kernel of the victim asks, each address three times, a second apart, and again for each answer it repeats.',
    services: [tcp(80), tcp(443)],
    commands: [
      `nmap -n -e near0 -Pn -sS -T5 --max-retries 0 -p ${ports} -D ${list.join(',')},ME 10.20.0.1; sleep ${begin + seconds}`,
    ],
    begin,
    tap: 'far',
    takes: begin + seconds + 5,
  };
}
