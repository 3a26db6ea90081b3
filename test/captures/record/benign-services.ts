/** Clients of services that are down, far away or many: the web, mail, the cloud, names. */
import { authorities, ROOT } from './benign-dns.ts';
import { hosts } from './benign-hosts.ts';
import { each, type Situation, tagged, tcp } from './benign-situation.ts';

export function mail(domains: number, tag?: string, rounds = 3): Situation {
  const spec = `wide:25:${domains * 2}`;
  const all = hosts(spec);
  return {
    name: tagged('benign-mail', tag),
    about: `A mail server delivers to ${domains} domains with two exchanges each; two of five are silent or refuse.`,
    innocent:
      'the second exchange of a domain takes what the first did not, and what is left is tried again.',
    services: [tcp(25, 'greet')],
    fate: { silent: each(all, 5), refused: each(all, 5, 1) },
    commands: [`{role} mail hosts=${spec} times=${rounds} every=30 timeout=10`],
    takes: 260,
  };
}

/** Old mail: nearly all destinations are dead by now. */
export function deadMail(count: number, tag?: string): Situation {
  const spec = `wide:26:${count}`;
  const all = hosts(spec);
  return {
    name: tagged('benign-dead-mail', tag),
    about: `A queue of bounces: ${count} exchanges of spam domains, nine of ten silent, each tried again three times.`,
    innocent: 'the same exchanges again after a pause; kernel retransmissions of each SYN over ten seconds.',
    services: [tcp(25, 'greet')],
    fate: { silent: all.filter((_, i) => i % 10 !== 0) },
    commands: [`{role} mail hosts=${spec} times=4 every=20 timeout=12 parallel=20`],
    takes: 400,
  };
}

/** The line is down for a while, and everything is tried again. */
export function outage(count: number, tag?: string, down = 60, clients = 4): Situation {
  const spec = `wide:31:${count}`;
  return {
    name: tagged('benign-outage', tag),
    about: `${clients} clients hold connections to ${count} cloud services on 443, 5222, 8883; the line is down for ${down} s.`,
    innocent: 'every endpoint worked before or after, and is tried again and again meanwhile.',
    near: hosts(`10.20.0.12+${clients - 1}`),
    services: [443, 5222, 8883].map((port) => tcp(port)),
    beyond: [
      `sleep 20; nft add rule inet w outage iif far0 drop; sleep ${down}; nft flush chain inet w outage`,
    ],
    commands: [443, 5222, 8883].map(
      (port, n) =>
        `{role} cloud hosts=${each(hosts(spec), 3, n).join(',')} ports=${port} from=10.20.0.11+${clients} seconds=${down + 40} every=6 timeout=8`,
    ),
    takes: down + 70,
  };
}

/** As above, but the capture holds nothing but the outage. */
export function outageOnly(count: number, tag?: string): Situation {
  const spec = `wide:32:${count}`;
  return {
    name: tagged('benign-outage-only', tag),
    about: `The capture is made during an outage: one client, ${count} services, each tried again with growing pauses.`,
    innocent: 'the same endpoints over minutes.',
    services: [tcp(443)],
    fate: { silent: hosts(spec) },
    commands: [`{role} retry hosts=${spec} ports=443 first=2 limit=30 count=6 timeout=4`],
    takes: 150,
  };
}

export function retries(
  count: number,
  ports: number[],
  tag?: string,
  how: 'silent' | 'refused' = 'refused',
): Situation {
  const spec = `10.40.0.1+${count}`;
  return {
    name: tagged('benign-backoff', tag),
    about: `An application tries its ${count * ports.length} dead services (${how}) again with growing pauses.`,
    innocent: 'each endpoint many times over minutes.',
    services: [tcp(5432)],
    fate: { [how]: hosts(spec) },
    commands: [
      `{role} retry hosts=${spec} ports=${ports.join(',')} first=1 limit=20 count=8 timeout=2`,
      '{role} visit hosts=10.41.0.1 ports=5432 connections=20 parallel=2 pause=2',
    ],
    takes: 150,
  };
}

/** A real unbound resolves names whose authorities are partly dead. */
export function resolver(zones: number, tag?: string): Situation {
  const servers = Array.from({ length: zones }, (_, n) => authorities(n));
  const dead = servers.flatMap(([first, second], n) =>
    n % 10 === 0 ? [first, second] : n % 4 === 1 ? [first] : [],
  );
  const alive = servers.flat().filter((address) => !dead.includes(address));
  const conf = [
    'server:',
    'directory: ""',
    'chroot: ""',
    'username: ""',
    'pidfile: ""',
    'use-syslog: no',
    'module-config: iterator',
    'interface: 127.0.0.1',
    'root-hints: {work}/hints',
    'do-ip6: no',
    'qname-minimisation: no',
    'remote-control:',
    'control-enable: no',
  ].join('\\n');
  return {
    name: tagged('benign-resolver', tag),
    about: `A recursive resolver (unbound) asks the authorities of ${zones} zones; every seventh or so is dead.`,
    innocent: 'port 53, most answer, the dead ones are retried and another authority of the zone answers.',
    services: [{ proto: 'udp', port: 53, kind: 'dns', addresses: [ROOT, ...alive] }],
    fate: { silent: dead },
    before: {
      near: [
        `printf '${conf}\\n' > {work}/unbound.conf; printf '. 3600 IN NS a.root.lab.\\na.root.lab. 3600 IN A ${ROOT}\\n' > {work}/hints`,
      ],
    },
    commands: [
      `unbound -d -c {work}/unbound.conf & sleep 1; for i in $(seq 0 ${zones - 1}); do dig +tries=1 +time=4 @127.0.0.1 www.z$i.lab & sleep 0.15; done; sleep 12; kill %1`,
    ],
    takes: 120,
  };
}

/** VPN clients and gateways. */
export function vpn(gateways: number, tag?: string): Situation {
  const spec = `wide:50:${gateways}`;
  const all = hosts(spec);
  return {
    name: tagged('benign-vpn', tag),
    about: `IKE to ${gateways} gateways, half of them dead, retransmitted for half a minute; then NAT keepalives on 4500.`,
    innocent: 'retransmissions to the same ports.',
    services: [500, 4500].map((port) => ({ proto: 'udp', port, kind: 'echo', addresses: each(all, 2) })),
    fate: { silent: each(all, 2, 1) },
    commands: [
      `{role} ask hosts=${spec} ports=500 socket=500 bytes=500 retries=3 timeout=3 gap=0.3 cycles=2 every=25`,
      `sleep 5; {role} ask hosts=${each(all, 2).join(',')} ports=4500 socket=4500 bytes=1 retries=0 timeout=1 gap=0.3 cycles=4 every=10`,
    ],
    takes: 90,
  };
}

export function ntp(count: number, tag?: string): Situation {
  const spec = `wide:123:${count}`;
  const all = hosts(spec);
  return {
    name: tagged('benign-ntp', tag),
    about: `Time clients use ${count} servers of a pool, a quarter of them dead, again and again.`,
    innocent: 'the same servers at each interval, most answer.',
    services: [{ proto: 'udp', port: 123, kind: 'echo', addresses: all.filter((_, i) => i % 4 !== 0) }],
    fate: { silent: each(all, 4) },
    commands: [`{role} ask hosts=${spec} ports=123 socket=123 retries=0 timeout=1 gap=0.2 cycles=4 every=15`],
    takes: 90,
  };
}

/** The members of a cluster ask each other. */
export function gossip(nodes: number, dead: number, tag?: string): Situation {
  const spec = `10.30.3.1+${nodes}`;
  const all = hosts(spec);
  return {
    name: tagged('benign-gossip', tag),
    about: `A member of a cluster (Serf) asks ${nodes} others on 8301, UDP and TCP; ${dead} are down.`,
    innocent: 'the same members again and again, live ones answer.',
    services: [{ proto: 'udp', port: 8301, kind: 'echo', addresses: all.slice(dead) }, tcp(8301), tcp(7000)],
    fate: { silent: all.slice(0, dead) },
    commands: [
      `{role} ask hosts=${spec} ports=8301 socket=8301 retries=0 timeout=0.5 gap=0.1 cycles=4 every=15`,
      `{role} poll hosts=${spec} ports=8301,7000 every=20 cycles=3 timeout=2`,
    ],
    takes: 120,
  };
}
