/** A network made by chance, the same for the same seed, and a scan of it. */
import type { LabHost } from '../lab/hosts.ts';

export const REFUSALS = {
  4: [
    'net-unreachable',
    'host-unreachable',
    'prot-unreachable',
    'port-unreachable',
    'net-prohibited',
    'host-prohibited',
    'admin-prohibited',
  ],
  6: ['no-route', 'admin-prohibited', 'addr-unreachable', 'port-unreachable', 'policy-fail', 'reject-route'],
} as const;

/** What meets a probe: the machine itself answers (`host`), nothing does, a reset of a firewall, or an ICMP error. */
export type Verdict = 'host' | 'drop' | 'reset' | { icmp: string };

export interface TruthHost extends LabHost {
  /** Of ports that are asked; all others are as `rest` says. */
  ports: Map<number, Verdict>;
  rest: Verdict;
  /** Drops all of the scanner after so many SYNs. */
  banAfter?: number;
  /** Every so many-th answer is lost, and probe. */
  loseAnswer?: number;
  loseProbe?: number;
}

export interface Network {
  seed: number;
  family: 4 | 6;
  hosts: TruthHost[];
  /** Addresses that are scanned too and to which no way leads. */
  unreachable: string[];
  /** Ports to which the scanner's own firewall lets nothing out. */
  ownRule?: { first: number; last: number };
  unprivileged: boolean;
  /** Ports are asked by connect(). */
  connect: boolean;
  /** One nmap does it all. */
  plain: boolean;
  call: { tool: string; args: Record<string, unknown> };
}

/** Numbers between 0 and 1, well mixed also for neighbouring seeds (mulberry32). */
export function chance(seed: number): () => number {
  let state = Math.imul(seed, 0x9e37_79b9);
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function randomNetwork(seed: number): Network {
  const random = chance(seed);
  const below = (most: number) => Math.floor(random() * most);
  const often = (share: number) => random() < share;
  const pick = <T>(list: readonly [T, ...T[]] | readonly T[]): T => {
    const one = list[below(list.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  };
  const family = often(0.3) ? 6 : 4;
  const udp = often(0.12);
  const first = 1 + below(2000);
  const ports = Array.from({ length: udp ? 4 + below(8) : 10 + below(50) }, (_, index) => first + index);
  const verdict = (): Verdict => {
    const kind = pick(['host', 'drop', 'drop', 'reset', 'icmp', 'icmp'] as const);
    return kind === 'icmp' ? { icmp: pick(REFUSALS[family]) } : kind === 'reset' && udp ? 'host' : kind;
  };
  const hosts = Array.from({ length: 1 + below(4) }, (_, index): TruthHost => {
    const rest = verdict();
    const kinds = [rest, verdict(), verdict()];
    const open = Object.fromEntries(
      ports.filter(() => often(0.2)).map((port) => [port, pick(['ssh', 'http', 'silent'] as const)]),
    );
    return {
      address: family === 4 ? `10.9.3.${10 + index}` : `fd00:9::3:${10 + index}`,
      tcp: open,
      udp: udp ? ports.filter(() => often(0.3)) : [],
      ports: new Map(ports.map((port) => [port, often(0.6) ? rest : pick(kinds)])),
      rest,
      ...(often(0.1) ? { down: true } : {}),
      ...(often(0.15) ? { banAfter: 3 + below(2 * ports.length) } : {}),
      ...(often(0.15) ? { loseAnswer: 3 + below(30) } : {}),
      ...(often(0.1) ? { loseProbe: 3 + below(30) } : {}),
      ...(often(0.15) ? { delayMs: 5 + below(250) } : {}),
    };
  });
  const unreachable = often(0.1) ? [family === 4 ? '172.16.5.5' : 'fd77::1'] : [];
  const last = ports.at(-1) ?? first;
  const targets = [...hosts.map(({ address }) => address), ...unreachable];
  const unprivileged = !udp && often(0.2);
  const scan = call();
  return {
    seed,
    family,
    hosts,
    // scan_network takes one target.
    unreachable: scan.tool === 'scan_network' ? [] : unreachable,
    ...(often(0.12) ? { ownRule: { first: first + below(5), last: first + 5 + below(15) } } : {}),
    unprivileged,
    connect: unprivileged || /-sT/.test(String(scan.args['command'])),
    plain: scan.tool === 'custom_scan' || scan.args['strategy'] === 'plain',
    call: scan,
  };

  function call(): Network['call'] {
    const range = `${first}-${last}`;
    const ping = often(0.5) ? '-Pn ' : '';
    const words = (technique: string) => ({
      command: `-n ${technique} ${ping}${often(0.3) ? '-T4 ' : ''}-p ${range} ${targets.join(' ')}`,
    });
    if (udp) return { tool: 'custom_scan', args: words('-sU') };
    const kind = pick([
      ...(['adaptive', 'adaptive', 'plain', 'connect', 'versions', 'quick'] as const),
      ...(unprivileged ? [] : (['syn', 'ack', 'fin'] as const)),
    ]);
    // These take one target: the network of all of them, if that is enough.
    const one = targets.length === 1 ? (targets[0] ?? '') : family === 4 ? '10.9.3.8/29' : 'fd00:9::3:10/126';
    switch (kind) {
      case 'quick':
        return { tool: 'quick_scan', args: { target: targets, strategy: pick(['adaptive', 'plain']) } };
      case 'syn':
        return { tool: 'custom_scan', args: words('-sS') };
      case 'connect':
        return { tool: 'custom_scan', args: words('-sT') };
      case 'versions':
        return { tool: 'custom_scan', args: words('-sV --version-light') };
      case 'ack':
        return { tool: 'custom_scan', args: words('-sA') };
      case 'fin':
        return { tool: 'custom_scan', args: words('-sF') };
      default:
        return { tool: 'scan_network', args: { target: one, port_range: range, strategy: kind } };
    }
  }
}
