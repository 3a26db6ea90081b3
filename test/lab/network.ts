/**
 * The network of a lab: two namespaces, the scanner's with a bridge and the hosts' with one interface each. Neither
 * has a route to anywhere else, so whatever a test gets wrong stays inside. Needs root, iproute2 and nftables.
 */
import { spawnSync } from 'node:child_process';
import { isIP, isIPv6 } from 'node:net';
import { guardRules } from './guards.ts';
import { type LabHost, SCANNER } from './hosts.ts';
import { TARPIT_PORT } from './services.ts';

export interface Namespaces {
  scanner: string;
  hosts: string;
}

/** Runs a system command to its end; what it writes on standard error becomes the message of the failure. */
export function command(file: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(file, args, { input, encoding: 'utf8' });
  if (error) throw new Error(`${file}: ${error.message}; the lab needs root, iproute2 and nftables`);
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}

export function createNamespaces({ scanner, hosts }: Namespaces): void {
  command('ip', ['netns', 'add', scanner]);
  command('ip', ['netns', 'add', hosts]);
}

/** Each pair of interfaces that the relay carries, as relay.pl takes it: those with a delay or losses. */
export function relayedLinks(hosts: readonly LabHost[]): string[] {
  return hosts
    .filter(({ down }) => !down)
    .flatMap(({ delayMs = 0, lossPercent = 0 }, index) =>
      delayMs === 0 && lossPercent === 0 ? [] : [`s${index} h${index} ${delayMs} ${lossPercent}`],
    );
}

/** Interfaces, addresses and firewall in namespaces that exist, with the relay already holding its ends. */
export function buildNetwork({ scanner, hosts: hostsName }: Namespaces, hosts: readonly LabHost[]): void {
  const present = hosts.filter(({ down }) => !down);
  for (const link of relayedLinks(hosts)) {
    const [near = '', far = ''] = link.split(' ');
    command('ip', ['-n', hostsName, 'link', 'set', far, 'txqueuelen', '100000']);
    command('ip', ['-n', hostsName, 'link', 'set', near, 'txqueuelen', '100000', 'netns', scanner]);
  }
  command('ip', ['-n', scanner, '-batch', '-'], scannerCommands(present, hostsName));
  for (const setting of [
    'net.ipv4.conf.all.rp_filter=0',
    'net.ipv4.conf.default.rp_filter=0',
    // An interface answers for its own address only: every host has its own MAC.
    'net.ipv4.conf.all.arp_ignore=1',
    'net.ipv4.conf.all.arp_announce=2',
    'net.ipv4.icmp_ratelimit=0',
    'net.ipv6.icmp.ratelimit=0',
  ]) {
    command('ip', ['netns', 'exec', hostsName, 'sysctl', '-qw', setting]);
  }
  raiseIcmpBursts(hostsName);
  for (const family of [4, 6] as const) {
    command('ip', [`-${family}`, '-n', hostsName, '-batch', '-'], hostCommands(present, family));
  }
  command('ip', ['netns', 'exec', hostsName, 'nft', '-f', '-'], firewall(present));
}

/**
 * All hosts of a lab share one kernel, and with it one allowance of 50 ICMP errors at once: without this a fast
 * scan of one host that prohibits loses some of its answers. The setting is a namespace's own since Linux 6.13;
 * before, it is the whole machine's, cannot be written here, and is left alone.
 */
function raiseIcmpBursts(namespace: string): void {
  for (const name of ['icmp_msgs_burst', 'icmp_msgs_per_sec']) {
    const path = `/proc/sys/net/ipv4/${name}`;
    const there = spawnSync('ip', ['netns', 'exec', namespace, 'test', '-w', path]);
    if (there.status === 0) {
      command('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', `net.ipv4.${name}=100000`]);
    }
  }
}

function scannerCommands(hosts: readonly LabHost[], hostsName: string): string {
  return [
    'link set lo up',
    'link add lab0 type bridge',
    'link set lab0 type bridge mcast_snooping 0',
    'link set lab0 up',
    `address add ${SCANNER.ipv4}/16 dev lab0`,
    `address add ${SCANNER.ipv6}/64 dev lab0 nodad`,
    ...hosts.flatMap(({ delayMs = 0, lossPercent = 0 }, index) => [
      ...(delayMs === 0 && lossPercent === 0
        ? [`link add s${index} type veth peer name h${index} netns ${hostsName}`]
        : []),
      `link set s${index} master lab0 up`,
    ]),
  ].join('\n');
}

function hostCommands(hosts: readonly LabHost[], family: 4 | 6): string {
  return [
    'link set lo up',
    ...hosts.flatMap(({ address }, index) => {
      if (isIP(address) !== family) return [];
      const [bits, net] = family === 6 ? [64, 'fd00:9::/64'] : [16, '10.9.0.0/16'];
      const table = 1000 + index;
      return [
        `link set h${index} up`,
        `address add ${address}/${bits} dev h${index} ${family === 6 ? 'nodad ' : ''}noprefixroute`,
        // What a host says leaves by its own interface, where its delay and loss are.
        `route add ${net} dev h${index} table ${table}`,
        `rule add from ${address} table ${table}`,
      ];
    }),
  ].join('\n');
}

function firewall(hosts: readonly LabHost[]): string {
  const input: string[] = [];
  const output: string[] = [];
  const nat: string[] = [];
  const sets: string[] = [];
  for (const [index, { address, tcp = {}, udp = [], ...host }] of hosts.entries()) {
    const family = isIPv6(address) ? 'ip6' : 'ip';
    const guard = guardRules({ address, tcp, guard: host.guard }, index);
    sets.push(...guard.sets);
    input.push(...guard.rules);
    if (host.synsPerSecond !== undefined) {
      input.push(
        `${family} daddr ${address} tcp flags & (syn | ack) == syn limit rate over ${host.synsPerSecond}/second drop`,
      );
    }
    if (host.firewall !== undefined) {
      const tcpPorts = Object.keys(tcp);
      if (tcpPorts.length > 0)
        input.push(`${family} daddr ${address} tcp dport { ${tcpPorts.join(', ')} } accept`);
      if (udp.length > 0) input.push(`${family} daddr ${address} udp dport { ${udp.join(', ')} } accept`);
      if (family === 'ip6')
        input.push(`ip6 daddr ${address} icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept`);
      input.push(
        `${family} daddr ${address} ${host.firewall === 'drop' ? 'drop' : 'reject with icmpx type admin-prohibited'}`,
      );
    }
    if (host.resetsPerSecond !== undefined) {
      output.push(
        `${family} saddr ${address} tcp flags & rst == rst limit rate over ${host.resetsPerSecond}/second burst 5 packets drop`,
      );
    }
    if (host.tarpit) nat.push(`${family} daddr ${address} tcp dport 1-65535 redirect to :${TARPIT_PORT}`);
  }
  const chain = (name: string, head: string, rules: readonly string[]) =>
    `  chain ${name} {\n    ${head}\n${rules.map((rule) => `    ${rule}\n`).join('')}  }\n`;
  return [
    'table inet lab {',
    ...sets,
    chain('input', 'type filter hook input priority 0; policy accept;', input),
    chain('output', 'type filter hook output priority 0; policy accept;', output),
    // Only where it is needed: it makes the kernel remember every connection, tens of thousands in a full scan.
    ...(nat.length > 0
      ? [chain('prerouting', 'type nat hook prerouting priority dstnat; policy accept;', nat)]
      : []),
    '}\n',
  ].join('\n');
}
