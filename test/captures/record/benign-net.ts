/** The namespaces of one benign recording: a near side with the programs, a far side that is the rest of the world. */
import { execFileSync } from 'node:child_process';
import type { Situation } from './benign-situation.ts';

const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' });
export const inside = (space: string, ...args: string[]) => ip('netns', 'exec', space, ...args);

export interface Net {
  near: string;
  far: string;
  /** The first router, where there is one. */
  router: string;
  spaces: string[];
}

/** The far side owns all addresses but the local ones: whatever is called there answers, unless a rule forbids it. */
function world(far: string): void {
  // IPv4 binds to what is routed as local, IPv6 only to what an interface has.
  inside(far, 'sysctl', '-qw', 'net.ipv6.ip_nonlocal_bind=1');
  inside(far, 'ip', 'route', 'add', 'local', 'default', 'dev', 'lo', 'table', 'main');
  inside(far, 'ip', '-6', 'route', 'add', 'local', 'default', 'dev', 'lo', 'table', 'main');
}

/** What becomes of packets to the far side's addresses: dropped, refused, unreachable; and a place for an outage. */
function rules(
  far: string,
  { silent = [], refused = [], unreachable = [] }: Situation['fate'] & object,
): void {
  const lines = [
    'add table inet w',
    'add chain inet w outage { type filter hook prerouting priority -300; }',
  ];
  lines.push('add chain inet w input { type filter hook input priority 0; }');
  const sets: [string, string[], string][] = [
    ['silent', silent, 'drop'],
    ['refused', refused, 'meta l4proto tcp reject with tcp reset'],
    ['unreachable', unreachable, 'reject with icmpx host-unreachable'],
  ];
  for (const [name, addresses, verdict] of sets)
    for (const [family, type, own] of [
      ['ip', 'ipv4_addr', addresses.filter((address) => !address.includes(':'))],
      ['ip6', 'ipv6_addr', addresses.filter((address) => address.includes(':'))],
    ] as const) {
      if (own.length === 0) continue;
      lines.push(
        `add set inet w ${name}_${family} { type ${type}; elements = { ${[...new Set(own)].join(', ')} } }`,
      );
      lines.push(`add rule inet w input ${family} daddr @${name}_${family} ${verdict}`);
    }
  execFileSync('ip', ['netns', 'exec', far, 'nft', '-f', '-'], { input: lines.join('\n') });
}

/** A chain of routers between near and far, for programs that look at the path. */
function path(net: Net, hops: number, label: string): void {
  const chain = [net.near];
  for (let i = 1; i <= hops; i++) chain.push(`${label}-r${i}`);
  chain.push(net.far);
  for (const space of chain.slice(1, -1)) {
    add(space);
    net.spaces.push(space);
    inside(space, 'sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
  }
  for (let i = 0; i + 1 < chain.length; i++) {
    const [left = '', right = ''] = [chain[i], chain[i + 1]];
    const [out, back] = [i === 0 ? 'near0' : `d${i}`, i + 2 === chain.length ? 'far0' : `u${i + 1}`];
    ip('link', 'add', out, 'netns', left, 'type', 'veth', 'peer', 'name', back, 'netns', right);
    for (const [space, link, last] of [
      [left, out, i === 0 ? 11 : 2],
      [right, back, 1],
    ] as const) {
      inside(space, 'ip', 'addr', 'add', `10.20.${i}.${last}/24`, 'dev', link);
      inside(space, 'ip', '-6', 'addr', 'add', `fd20:${i}::${last}/64`, 'dev', link, 'nodad');
      inside(space, 'ip', 'link', 'set', link, 'up');
    }
    inside(left, 'ip', 'route', 'add', 'default', 'via', `10.20.${i}.1`);
    inside(left, 'ip', '-6', 'route', 'add', 'default', 'via', `fd20:${i}::1`);
    if (i > 0) {
      inside(right, 'ip', 'route', 'add', '10.20.0.0/24', 'via', `10.20.${i}.2`);
      inside(right, 'ip', '-6', 'route', 'add', 'fd20::/64', 'via', `fd20:${i}::2`);
    }
  }
}

function add(space: string): void {
  ip('netns', 'add', space);
  inside(space, 'ip', 'link', 'set', 'lo', 'up');
}

/** The names of what `build` makes; `demolish` takes away what there is of it. */
export function name(label: string): Net {
  const [near, far] = [`${label}-near`, `${label}-far`];
  return { near, far, router: `${label}-r1`, spaces: [near, far] };
}

/** Builds what the situation needs. */
export function build(net: Net, situation: Situation, label: string): void {
  for (const space of net.spaces) add(space);
  if (situation.hops !== undefined) path(net, situation.hops, label);
  else {
    ip('link', 'add', 'near0', 'netns', net.near, 'type', 'veth', 'peer', 'name', 'far0', 'netns', net.far);
    for (const [space, link] of [
      [net.near, 'near0'],
      [net.far, 'far0'],
    ] as const) {
      // No router solicitations and multicast reports of our own beside the programs' packets.
      inside(space, 'sysctl', '-qw', `net.ipv6.conf.${link}.router_solicitations=0`);
      inside(space, 'ip', 'link', 'set', link, 'up');
    }
    for (const address of ['10.20.0.11', ...(situation.near ?? [])])
      inside(net.near, 'ip', 'addr', 'add', `${address}/22`, 'dev', 'near0');
    for (const address of ['10.20.0.1', ...(situation.lan ?? [])])
      inside(net.far, 'ip', 'addr', 'add', `${address}/22`, 'dev', 'far0');
    inside(net.near, 'ip', '-6', 'addr', 'add', 'fd20::11/64', 'dev', 'near0', 'nodad');
    inside(net.far, 'ip', '-6', 'addr', 'add', 'fd20::1/64', 'dev', 'far0', 'nodad');
    inside(net.near, 'ip', 'route', 'add', 'default', 'via', '10.20.0.1');
    inside(net.near, 'ip', '-6', 'route', 'add', 'default', 'via', 'fd20::1');
  }
  // A gateway asks its neighbours under its own address, whoever sent what it forwards.
  inside(net.far, 'sysctl', '-qw', 'net.ipv4.conf.all.arp_announce=2');
  world(net.far);
  rules(net.far, situation.fate ?? {});
}

export function demolish(net: Net): void {
  for (const space of net.spaces) ip('netns', 'del', space);
}
