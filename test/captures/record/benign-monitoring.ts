/** Monitoring of live and dead things: asked often, always the same, in every cycle. */
import { hosts } from './benign-hosts.ts';
import { type Situation, tagged, tcp } from './benign-situation.ts';

export interface Site {
  /** Appended to the name of a variant. */
  tag?: string;
  count: number;
  down: number;
  every: number;
  cycles: number;
}

const split = (site: Site, first = '10.30.0.1') => {
  const spec = `${first}+${site.count}`;
  return { spec, dead: hosts(spec).slice(0, site.down), alive: hosts(spec).slice(site.down) };
};
const asked = (site: Site) =>
  `all ${site.cycles} times, every ${site.every} s, the same endpoints in the same order`;

/** A TCP agent poller (Zabbix, NRPE, Prometheus), some of whose agents are gone. */
export function agents(
  site: Site,
  ports: number[],
  how: 'silent' | 'refused' | 'unreachable' | 'absent',
): Situation {
  const lan = how === 'absent';
  const { spec, dead, alive } = split(site, lan ? '10.20.1.1' : '10.30.0.1');
  return {
    name: tagged('benign-agents', site.tag),
    about: `A monitoring server polls ${ports.length} TCP port(s) of ${site.count} hosts; ${site.down} of them are ${how}.`,
    innocent: `${asked(site)}; the live ones answer.`,
    services: ports.map((port) => ({ proto: 'tcp', port, kind: 'reply' })),
    ...(lan ? { lan: alive } : { fate: { [how]: dead } }),
    commands: [
      `{role} poll hosts=${spec} ports=${ports.join(',')} every=${site.every} cycles=${site.cycles} timeout=3`,
    ],
    takes: site.every * site.cycles + 60,
  };
}

/** An SNMP poller: net-snmp's own program, or one socket for all as the large pollers have it. */
export function snmp(site: Site, how: 'program' | 'socket'): Situation {
  const { spec, dead, alive } = split(site);
  const loop = `for h in ${hosts(spec).join(' ')}; do snmpget -v2c -c public -t 1 -r 1 $h 1.3.6.1.2.1.1.3.0 & sleep 0.1; done; wait`;
  return {
    name: tagged('benign-snmp', site.tag),
    about: `An SNMP poller (${how === 'program' ? 'snmpget' : 'one socket for all'}) asks ${site.count} switches, ${site.down} of them dead.`,
    innocent: `${asked(site)}, and retried at once.`,
    services: [{ proto: 'udp', port: 161, kind: 'echo', addresses: alive }],
    fate: { silent: dead },
    commands: [
      how === 'program'
        ? `for i in $(seq ${site.cycles}); do ${loop}; sleep ${Math.max(1, site.every - site.count / 10 - 2)}; done`
        : `{role} ask hosts=${spec} ports=161 socket=40161 cycles=${site.cycles} every=${site.every} gap=0.1 timeout=1 retries=1`,
    ],
    takes: site.every * site.cycles + 90,
  };
}

/** Ping monitoring with fping, as Smokeping and Cacti do it. */
export function pings(site: Site, each = 3): Situation {
  const { spec, dead } = split(site);
  return {
    name: tagged('benign-pings', site.tag),
    about: `fping asks ${site.count} hosts, ${each} packet(s) each, in every cycle; ${site.down} of them do not answer.`,
    innocent: `${asked(site)}.`,
    fate: { silent: dead },
    commands: [
      `for i in $(seq ${site.cycles}); do fping -q -C ${each} -p 500 -i 10 ${hosts(spec).join(' ')}; sleep ${site.every}; done`,
    ],
    takes: (site.every + each + 5) * site.cycles + 30,
  };
}

/** One run of fping that counts, of a list of hosts all of which are dead or nearly so. */
export function pingedOften(count: number, dead: number, each: number, tag?: string): Situation {
  const { spec, dead: silent } = split({ count, down: dead, every: 1, cycles: 1 });
  return {
    name: tagged('benign-pinged-often', tag),
    about: `fping -c ${each} of ${count} hosts, once; ${dead} of them do not answer.`,
    innocent: 'each is asked as often, at an even pace, whether it answers or not: a measurement.',
    fate: { silent },
    commands: [`fping -q -c ${each} ${hosts(spec).join(' ')}`],
    takes: each + 20,
  };
}

/** One round of a monitor that only looks whether a port is open, of hosts that all live. */
export function portsWatched(count: number): Situation {
  return {
    name: 'benign-ports-watched',
    about: `A monitor connects to port 22 of ${count} hosts in a row and hangs up, one after another at leisure; all live.`,
    innocent: 'all are open, and it is in no hurry.',
    services: [tcp(22)],
    commands: [
      `for h in ${hosts(`10.30.6.1+${count}`).join(' ')}; do {role} visit hosts=$h ports=22 rounds=0; sleep 0.4; done`,
    ],
  };
}

/** One ping to each of many servers all over the world, all of which live. */
export function pingedOnce(count: number): Situation {
  return {
    name: 'benign-pinged-once',
    about: `One ping to each of ${count} scattered servers, to find the nearest; all answer.`,
    innocent: 'all answer, and no two of them lie in one network.',
    commands: [`fping -q -c 1 -i 20 ${hosts(`wide:91:${count}`).join(' ')}`],
  };
}

/** ping processes that run for ever, one for each host. */
export function pingForever(site: Site): Situation {
  const { spec, dead } = split(site);
  return {
    name: tagged('benign-ping-forever', site.tag),
    about: `One ping process for each of ${site.count} hosts (uptime monitoring); ${site.down} of them are dead.`,
    innocent: 'each host is asked again and again, with ICMP identifiers of its own.',
    fate: { silent: dead },
    commands: [
      `for h in ${hosts(spec).join(' ')}; do ping -i ${site.every} -c ${site.cycles} $h & sleep 0.05; done; wait`,
    ],
    takes: site.every * site.cycles + 60,
  };
}

/** Ping, SNMP and TCP checks of each host, as a Nagios does. */
export function nagios(site: Site): Situation {
  const { spec, dead, alive } = split(site);
  return {
    name: tagged('benign-nagios', site.tag),
    about: `Ping, SNMP and four TCP checks of ${site.count} hosts, a dead site of ${site.down} among them.`,
    innocent: `${asked(site)}; several techniques on the same few services.`,
    services: [
      ...[22, 80, 443, 5666].map((port) => ({ proto: 'tcp', port, kind: 'greet' }) as const),
      { proto: 'udp', port: 161, kind: 'echo', addresses: alive },
    ],
    fate: { silent: dead },
    commands: [
      `{role} poll hosts=${spec} ports=22,80,443,5666 every=${site.every} cycles=${site.cycles} timeout=4`,
      `{role} ask hosts=${spec} ports=161 cycles=${site.cycles} every=${site.every} gap=0.2 retries=2 timeout=1`,
      `for i in $(seq ${site.cycles}); do fping -q -c 2 -p 1000 ${hosts(spec).join(' ')}; sleep ${site.every - 3}; done`,
    ],
    takes: site.every * site.cycles + 60,
  };
}

/** Health checks of a load balancer; `reset` ends them with RST. */
export function balancer(site: Site, how: 'reset' | 'close' | 'halfopen'): Situation {
  const { spec, dead } = split(site);
  const list = hosts(spec).join(' ');
  return {
    name: tagged('benign-balancer', site.tag),
    about: `A load balancer checks ${site.count} backends on two ports (${how}); ${site.down} are down.`,
    innocent: asked(site) + (how === 'halfopen' ? ', half open each time as IPVS and F5 do it.' : '.'),
    services: [8080, 8443].map((port) => ({ proto: 'tcp', port, kind: 'reply' })),
    fate: {
      silent: dead.slice(0, Math.ceil(dead.length / 2)),
      refused: dead.slice(Math.ceil(dead.length / 2)),
    },
    commands: [
      how === 'halfopen'
        ? `for i in $(seq ${site.cycles}); do for h in ${list}; do for p in 8080 8443; do hping3 -q -S -p $p -c 1 $h & sleep 0.02; done; done; sleep ${site.every}; done`
        : `{role} poll hosts=${spec} ports=8080,8443 every=${site.every} cycles=${site.cycles} timeout=2 spread=1 ${how === 'reset' ? 'reset' : ''}`,
    ],
    takes: (site.every + 8) * site.cycles + 60,
  };
}

/** Kubernetes: a node's kubelet probes its pods, of which some restart and come back under another address. */
export function kubernetes(site: Site): Situation {
  const { spec, dead } = split(site, '10.42.0.2');
  return {
    name: tagged('benign-kubernetes', site.tag),
    about: `A kubelet probes ${site.count} pods on their ports, and an ingress their services; ${site.down} pods crash again and again (refused).`,
    innocent: asked(site),
    services: [8080, 9090, 15_021].map((port) => ({ proto: 'tcp', port, kind: 'reply' })),
    fate: { refused: dead },
    commands: [
      `{role} poll hosts=${spec} ports=8080,9090,15021 every=${site.every} cycles=${site.cycles} timeout=1`,
      `{role} visit hosts=${hosts(spec).slice(-5).join(',')} ports=8080 connections=6 rounds=3 parallel=5`,
    ],
    takes: site.every * site.cycles + 60,
  };
}

/** Clocks compared by ICMP timestamp, again and again. */
export function timestamps(site: Site): Situation {
  const { spec, dead } = split(site);
  return {
    name: tagged('benign-timestamps', site.tag),
    about: `The clocks of ${site.count} machines are compared by ICMP timestamp; ${site.down} are off.`,
    innocent: asked(site),
    fate: { silent: dead },
    commands: [
      `for i in $(seq ${site.cycles}); do for h in ${hosts(spec).join(' ')}; do hping3 -q -1 -C 13 -c 1 $h & sleep 0.05; done; sleep ${site.every}; done; wait`,
    ],
    takes: site.every * site.cycles + 60,
  };
}

/** Tunnels and routing protocols of a router. */
export function protocols(neighbours: number): Situation {
  const spec = `10.30.9.1+${neighbours}`;
  return {
    name: 'benign-ip-protocols',
    about: `A router speaks GRE, ESP, AH, IPIP, 6in4, OSPF, EIGRP, PIM and L2TP with ${neighbours} others, four times a minute.`,
    innocent: 'the same protocols with each, again and again, with data.',
    fate: { silent: hosts(spec) },
    commands: [
      `for i in 1 2 3 4; do for h in ${hosts(spec).join(' ')}; do for p in 47 50 51 4 41 89 88 103 115; do hping3 -q -0 -H $p -d 40 -c 2 -i u10000 $h & done; sleep 0.3; done; sleep 5; done; wait`,
    ],
  };
}

/** One machine with many services, all scraped. */
export function dockerHost(
  services: number,
  stopped: number,
  how: 'refused' | 'silent',
  cycles = 6,
  tag?: string,
): Situation {
  const ports = Array.from({ length: services }, (_, n) => 8000 + n * 17);
  return {
    name: tagged('benign-docker-host', tag),
    about: `Prometheus scrapes ${services} containers, each on a port of one host; ${stopped} of them are stopped (${how}).`,
    innocent: `all ${cycles} times, every 15 s.`,
    services: ports.slice(stopped).map((port) => tcp(port)),
    ...(how === 'silent'
      ? {
          before: {
            far: [`nft add rule inet w input tcp dport '{ ${ports.slice(0, stopped).join(', ')} }' drop`],
          },
        }
      : {}),
    commands: [`{role} poll hosts=10.30.7.7 ports=${ports.join(',')} every=15 cycles=${cycles} timeout=3`],
    takes: 15 * cycles + 40,
  };
}
