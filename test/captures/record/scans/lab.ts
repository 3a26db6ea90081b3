/**
 * A lab of its own for every recorded case: a namespace for those who ask, one for those who are asked, and the wire
 * (or a bridge, or a translating router) between them. Nothing leaves it: there is no way out.
 */
import { execFileSync, spawnSync } from 'node:child_process';

/** Addresses `prefix.first` to `prefix.last` of a network. */
export interface Hosts {
  net: string;
  alive: [first: number, last: number][];
}

export interface Site {
  /** First three bytes of the local network. IPv6 is `fd` + the third byte: `fd77::/64`. */
  net: string;
  /** Last bytes of the asking side; the first one is the scanner. */
  me: number[];
  /** Last bytes of the asked side, first and last. */
  hosts: [first: number, last: number];
  /** Networks behind the asked side, in which only these live. The rest is silent. */
  behind?: Hosts[];
  /** Networks on the asking side, all of whose addresses are usable as sources. */
  sources?: Hosts[];
  /** Wire: two ends. Bridge: the asked side is a bridge and its port. Router: addresses are translated on the way. */
  between?: 'wire' | 'bridge' | 'router';
}

export interface Lab {
  asking: string;
  asked: string;
  /** Where `any` and `both` captures are made: the asked side, or the router. */
  middle: string;
  mac: string;
  remove(): void;
}

const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' });

export function six(net: string): string {
  return `fd${net.split('.')[2]?.padStart(2, '0')}::`;
}

/** The interface of the asked side that has its addresses. */
export function portOf(site: Site): string {
  return site.between === 'bridge' ? 'br0' : 'host0';
}

/** Builds the namespaces of one case. Needs root and iproute2; `remove` takes everything away again. */
export function build(name: string, site: Site): Lab {
  const asking = `ptl-a-${process.pid}-${name}`;
  const asked = `ptl-b-${process.pid}-${name}`;
  const router = `ptl-r-${process.pid}-${name}`;
  const routed = site.between === 'router';
  const spaces = routed ? [asking, asked, router] : [asking, asked];
  const inside = (space: string, ...args: string[]) => ip('netns', 'exec', space, ...args);
  const batch = (space: string, lines: string[]) =>
    execFileSync('ip', ['netns', 'exec', space, 'ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
  const remove = () => {
    for (const space of spaces) spawnSync('ip', ['netns', 'del', space]);
  };
  try {
    for (const space of spaces) {
      ip('netns', 'add', space);
      inside(space, 'ip', 'link', 'set', 'lo', 'up');
      inside(space, 'sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0', 'net.ipv4.icmp_msgs_per_sec=100000');
      inside(space, 'sysctl', '-qw', 'net.ipv6.icmp.ratelimit=0', 'net.ipv4.icmp_msgs_burst=100000');
    }
    const wire = (a: string, aName: string, b: string, bName: string) =>
      ip('link', 'add', aName, 'netns', a, 'type', 'veth', 'peer', 'name', bName, 'netns', b);
    const own = site.me.map((last) => `addr add ${site.net}.${last}/24 dev scan0`);
    const first = `${site.net}.${site.hosts[0]}`;
    const outside = '192.0.2';
    const port = portOf(site);
    if (routed) {
      wire(asking, 'scan0', router, 'in0');
      wire(router, 'out0', asked, 'host0');
      batch(router, [
        `addr add ${site.net}.1/24 dev in0`,
        `addr add ${outside}.1/24 dev out0`,
        'link set in0 up',
        'link set out0 up',
      ]);
      inside(router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
      const rules =
        'add table ip n; add chain ip n p { type nat hook postrouting priority 100; }; add rule ip n p oifname out0 masquerade';
      // Who asks the router itself is led to the first host.
      const forward = `add chain ip n d { type nat hook prerouting priority -100; }; add rule ip n d ip daddr ${site.net}.1 dnat to ${outside}.${site.hosts[0]}`;
      inside(router, 'nft', `${rules}; ${forward}`);
    } else wire(asking, 'scan0', asked, 'host0');
    batch(asking, [
      ...own,
      `addr add ${six(site.net)}${site.me[0]}/64 dev scan0 nodad`,
      'link set scan0 up',
      ...sources(site).map((source) => `addr add ${source}/32 dev scan0`),
      ...(routed ? [`route add default via ${site.net}.1`] : []),
      ...(routed ? [] : (site.behind ?? []).map((some) => `route add ${some.net}.0/24 via ${first}`)),
    ]);
    if (port === 'br0') batch(asked, ['link add br0 type bridge', 'link set host0 master br0']);
    const addresses = (hosts: [number, number], net: string, tail: string) =>
      Array.from({ length: hosts[1] - hosts[0] + 1 }, (_, i) => `addr add ${net}.${hosts[0] + i}${tail}`);
    batch(asked, [
      'link set host0 up',
      ...(port === 'br0' ? ['link set br0 up'] : []),
      ...addresses(site.hosts, routed ? outside : site.net, `/24 dev ${port}`),
      ...Array.from(
        { length: Math.min(60, site.hosts[1] - site.hosts[0] + 1) },
        (_, i) => `addr add ${six(site.net)}${site.hosts[0] + i}/64 dev ${port} nodad`,
      ),
      ...(site.behind ?? []).flatMap((some) => [
        ...some.alive.flatMap((range) => addresses(range, some.net, '/32 dev lo')),
        `route add blackhole ${some.net}.0/24`,
      ]),
      ...(site.sources ?? []).map((some) => `route add ${some.net}.0/24 via ${site.net}.${site.me[0]}`),
    ]);
    const mac = inside(
      routed ? router : asked,
      'cat',
      `/sys/class/net/${routed ? 'in0' : port}/address`,
    ).trim();
    return { asking, asked, middle: routed ? router : asked, mac, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function sources(site: Site): string[] {
  return (site.sources ?? []).flatMap((some) =>
    some.alive.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, i) => `${some.net}.${first + i}`),
    ),
  );
}
