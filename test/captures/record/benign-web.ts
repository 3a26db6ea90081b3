/** Browsers, crawlers and their kin. */
import { hosts } from './benign-hosts.ts';
import { each, type Situation, tagged, tcp } from './benign-situation.ts';

/** DNS gives both families; IPv6 leads nowhere. */
export function brokenIpv6(names: number, tag?: string, how: 'silent' | 'unreachable' = 'silent'): Situation {
  const six = hosts(`wide6:6:${names}`);
  const four = hosts(`wide:6:${names}`);
  const records = six.map((address, n) => `--host-record=site${n}.example,${four[n]},${address}`).join(' ');
  return {
    name: tagged('benign-broken-ipv6', tag),
    about: `A browser opens ${names} sites whose names have both families; IPv6 is ${how}, IPv4 works (happy eyeballs).`,
    innocent: 'AAAA and A of one name were asked just before, and the IPv4 connection of each site works.',
    services: [tcp(443)],
    fate: { [how]: six },
    beyond: [
      `dnsmasq -k -C /dev/null --no-resolv --no-hosts -u root --pid-file= --listen-address=10.20.0.1 --bind-interfaces ${records} & sleep 55; kill $!`,
    ],
    commands: [`sleep 1; {role} eyeballs names=${names} connections=2 pause=0.3 parallel=2 times=1`],
    takes: 60,
  };
}

/** Many names of one hosting company, whose whole network is down. */
export function hosterDown(names: number): Situation {
  const spec = `20.44.7.10+${names}`;
  const list = hosts(spec);
  const records = list.map((address, n) => `--host-record=shop${n}.example,${address}`).join(' ');
  return {
    name: 'benign-hoster-down',
    about: `A link checker opens ${names} sites by name; they lie in one network of a hosting company, which is down.`,
    innocent: 'each address was given by a DNS answer just before.',
    fate: { silent: list },
    beyond: [
      `dnsmasq -k -C /dev/null --no-resolv --no-hosts -u root --pid-file= --listen-address=10.20.0.1 --bind-interfaces ${records} & sleep 25; kill $!`,
    ],
    commands: [
      `sleep 1; for n in $(seq 0 ${names - 1}); do dig +short +tries=1 @10.20.0.1 shop$n.example; done; {role} visit hosts=${spec} ports=443 parallel=10 timeout=2`,
    ],
    takes: 60,
  };
}

/** A browser races QUIC against TCP where a firewall drops UDP 443. */
export function quicBlocked(sites: number, tag?: string): Situation {
  const spec = `wide:45:${sites}`;
  return {
    name: tagged('benign-quic-blocked', tag),
    about: `A browser tries QUIC with ${sites} sites where a firewall drops UDP 443, and uses TCP instead.`,
    innocent: 'TCP to the same hosts and port works at once.',
    services: [tcp(443)],
    before: { far: ['nft add rule inet w input udp dport 443 drop'] },
    commands: [
      `{role} ask hosts=${spec} ports=443 bytes=1250 retries=2 timeout=0.3 gap=0.5`,
      `{role} visit hosts=${spec} ports=443 rounds=3 pause=0.5 parallel=1`,
    ],
    takes: 60 + sites,
  };
}

export function crawler(count: number, deadPart: number, tag?: string): Situation {
  const spec = `wide:44:${count}`;
  const dead = hosts(spec).slice(0, Math.round(count * deadPart));
  return {
    name: tagged('benign-crawler', tag),
    about: `A link checker fetches from ${count} sites on 80 and 443, ${dead.length} of them dead, which it tries again.`,
    innocent: 'most work and give data; the dead ones are tried three times.',
    services: [tcp(80), tcp(443)],
    fate: { silent: each(dead, 2), refused: each(dead, 2, 1) },
    commands: [`{role} visit hosts=${spec} ports=80,443 parallel=8 rounds=2 again=2 timeout=4`],
    takes: 200,
  };
}

/** A browser and its many connections. */
export function browsing(sites: number, tag?: string): Situation {
  const spec = `wide:80:${sites}`;
  return {
    name: tagged('benign-many-sites', tag),
    about: `A browser opens six connections to each of ${sites} hosts; advertisement servers are blocked (refused).`,
    innocent: 'most answer with data.',
    services: [tcp(443, 'reply', { bytes: 1200 }), tcp(80)],
    fate: { refused: each(hosts(spec), 5) },
    commands: [`{role} visit hosts=${spec} ports=443 connections=6 rounds=2 parallel=24`],
  };
}

export function proxy(count: number, down: number, tag?: string): Situation {
  const spec = `wide:55:${count}`;
  return {
    name: tagged('benign-proxy', tag),
    about: `A reverse proxy spreads requests over ${count} upstreams, ${down} of which are down.`,
    innocent: 'the same upstreams for every request, live ones carry data.',
    services: [tcp(8080)],
    fate: { refused: each(hosts(spec).slice(0, down), 2), silent: each(hosts(spec).slice(0, down), 2, 1) },
    commands: [`{role} visit hosts=${spec} ports=8080 times=6 parallel=10 rounds=1 timeout=1`],
    takes: 100,
  };
}

/** The choice of a mirror: each asked once or twice, the best is used. */
export function mirrors(count: number, how: 'ping' | 'connect', tag?: string): Situation {
  const spec = `wide:66:${count}`;
  const all = hosts(spec);
  return {
    name: tagged('benign-mirrors', tag),
    about: `A package manager measures ${count} mirrors by ${how === 'ping' ? 'three pings each' : 'a connection each'} and loads from the nearest; one in eight is dead.`,
    innocent: 'nearly all answer, and the chosen one carries the data.',
    services: [tcp(80, 'reply', { bytes: 1400 })],
    fate: { silent: each(all, 8, 3) },
    commands: [
      how === 'ping'
        ? `fping -q -C 3 -p 300 ${all.join(' ')}; {role} visit hosts=${all[0]} ports=80 rounds=60`
        : `{role} visit hosts=${spec} ports=80 parallel=20 rounds=1 timeout=2; {role} visit hosts=${all[0]} ports=80 rounds=60`,
    ],
  };
}

/** Which of many mirrors is near: each is connected to and left, as fast as it goes. */
export function mirrorsTouched(count: number): Situation {
  return {
    name: 'benign-mirrors-touched',
    about: `A package manager connects to ${count} mirrors at once and hangs up, to find the nearest; all live.`,
    innocent: 'all are open, and no two of them lie in one network.',
    services: [tcp(80)],
    commands: [`{role} visit hosts=wide:67:${count} ports=80 parallel=${count} rounds=0`],
  };
}

/** A build machine opens thousands of short connections to one service. */
export function ci(connections: number, tag?: string): Situation {
  return {
    name: tagged('benign-ci', tag),
    about: `A build machine opens ${connections} short connections to a registry and a database, some of them refused at first.`,
    innocent: 'few endpoints.',
    services: [tcp(5000), tcp(5432)],
    before: {
      far: ['nft add rule inet w input tcp dport 5432 limit rate over 8/second reject with tcp reset'],
    },
    commands: [
      `{role} visit hosts=10.41.0.5 ports=5000,5432 connections=${connections} parallel=8 rounds=1 again=2`,
    ],
    takes: 120,
  };
}
