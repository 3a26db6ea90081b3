/** The filter between scanner and hosts, and the counters on the scanner's side that tell what really went where. */
import { z } from 'zod';
import type { Network, TruthHost, Verdict } from './network.ts';

/** What the hosts' side does with probes, for `nft -f -` there. */
export function wall({ hosts, family }: Network): string {
  const ip = family === 6 ? 'ip6' : 'ip';
  const input: string[] = [];
  const output: string[] = [];
  for (const [index, host] of hosts.entries()) {
    if (host.down) continue;
    const to = `${ip} daddr ${host.address}`;
    if (family === 6) input.push(`${to} icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept`);
    if (host.loseProbe) input.push(`${to} numgen inc mod ${host.loseProbe} 0 drop`);
    if (host.banAfter) {
      const syn = 'tcp flags & (syn | ack) == syn';
      input.push(`${to} ${ip} saddr @banned${index} drop`);
      input.push(
        `${to} ${syn} limit rate over 1/day burst ${host.banAfter} packets update @banned${index} { ${ip} saddr } drop`,
      );
    }
    for (const [verdict, ports] of byVerdict(host)) {
      for (const protocol of ['tcp', 'udp'])
        input.push(`${to} ${protocol} dport { ${ports.join(', ')} } ${words(verdict, family, protocol)}`);
    }
    for (const protocol of ['tcp', 'udp'])
      input.push(`${to} meta l4proto ${protocol} ${words(host.rest, family, protocol)}`);
    if (host.loseAnswer)
      output.push(
        `${ip} saddr ${host.address} meta l4proto { tcp, udp, icmp } numgen inc mod ${host.loseAnswer} 0 drop`,
      );
  }
  const sets = hosts.map(
    (_, index) =>
      `set banned${index} { type ${ip === 'ip' ? 'ipv4_addr' : 'ipv6_addr'}; flags dynamic; size 16; }`,
  );
  return table('truth', [
    ...sets,
    chain('input', 'type filter hook input priority -5;', input),
    chain('output', 'type filter hook output priority -5;', output),
  ]);
}

function byVerdict({ ports }: TruthHost): [Verdict, number[]][] {
  const groups = Map.groupBy(ports, ([, verdict]) => JSON.stringify(verdict));
  return [...groups.values()].flatMap((same): [Verdict, number[]][] => {
    const [first] = same;
    return first ? [[first[1], same.map(([port]) => port)]] : [];
  });
}

function words(verdict: Verdict, family: 4 | 6, protocol: string): string {
  if (verdict === 'host') return 'accept';
  if (verdict === 'drop') return 'drop';
  if (verdict === 'reset') return protocol === 'tcp' ? 'reject with tcp reset' : 'drop';
  return `reject with ${family === 6 ? 'icmpv6' : 'icmp'} type ${verdict.icmp}`;
}

/** What the scanner's side counts and, where it has a rule of its own, keeps back; for `nft -f -` there. */
export function counters({ family, ownRule }: Network): string {
  const [ip, type] = family === 6 ? ['ip6', 'ipv6_addr'] : ['ip', 'ipv4_addr'];
  const set = (name: string, key: string) =>
    `set ${name} { type ${key}; flags dynamic; size 65535; counter; }`;
  const port = (name: string) => set(name, `${type} . inet_service`);
  const syn = 'tcp flags & (fin | syn | rst | ack) == syn';
  const first = family === 6 ? 400 : 240;
  const icmp = family === 6 ? 'icmpv6' : 'icmp';
  const errors = family === 6 ? '1' : '3';
  return table('counted', [
    ...['sent_syn', 'sent_other', 'sent_udp', 'kept_back', 'back_open', 'back_reset', 'back_udp'].map(port),
    set('sent', type),
    set('back', type),
    `set back_icmp { typeof ${ip} saddr . ${icmp} code . @th,${first},16; flags dynamic; size 65535; counter; }`,
    chain('own', 'type filter hook output priority 0;', [
      ...(ownRule
        ? ['tcp', 'udp'].map(
            (protocol) =>
              `${protocol} dport ${ownRule.first}-${ownRule.last} update @kept_back { ${ip} daddr . th dport } drop`,
          )
        : []),
    ]),
    chain('leaves', 'type filter hook output priority 300;', [
      `icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld2-listener-report } accept`,
      `update @sent { ${ip} daddr }`,
      `${syn} update @sent_syn { ${ip} daddr . tcp dport }`,
      `meta l4proto tcp tcp flags & (fin | syn | rst | ack) != syn tcp flags & rst == 0 update @sent_other { ${ip} daddr . tcp dport }`,
      `meta l4proto udp update @sent_udp { ${ip} daddr . udp dport }`,
    ]),
    chain('arrives', 'type filter hook prerouting priority -300;', [
      `icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld2-listener-report } accept`,
      `update @back { ${ip} saddr }`,
      `tcp flags & (syn | ack) == syn | ack update @back_open { ${ip} saddr . tcp sport }`,
      `tcp flags & rst == rst update @back_reset { ${ip} saddr . tcp sport }`,
      `meta l4proto udp update @back_udp { ${ip} saddr . udp sport }`,
      `${icmp} type ${errors} update @back_icmp { ${ip} saddr . ${icmp} code . @th,${first},16 }`,
    ]),
  ]);
}

const table = (name: string, parts: readonly string[]) => `table inet ${name} {\n${parts.join('\n')}\n}\n`;
const chain = (name: string, head: string, rules: readonly string[]) =>
  `chain ${name} {\n${head}\n${rules.join('\n')}\n}`;

const Ruleset = z.object({
  nftables: z.array(
    z.object({
      set: z
        .object({
          name: z.string(),
          elem: z
            .array(
              z.object({
                elem: z.object({
                  val: z.union([
                    z.string(),
                    z.object({ concat: z.array(z.union([z.string(), z.number()])) }),
                  ]),
                  counter: z.object({ packets: z.number() }),
                }),
              }),
            )
            .optional(),
        })
        .optional(),
    }),
  ),
});

/** What the counters say, from `nft -n -j list ruleset`. */
export class Counted {
  readonly #counts = new Map<string, number>();
  readonly #errors = new Map<string, number>();
  readonly #icmp = new Map<string, Map<number, number>>();

  constructor(json: string) {
    for (const { set } of Ruleset.parse(JSON.parse(json)).nftables) {
      for (const { elem } of set?.elem ?? []) {
        const key = typeof elem.val === 'string' ? [elem.val] : elem.val.concat;
        const { packets } = elem.counter;
        if (set?.name === 'back_icmp') {
          const [address, code, port] = key;
          const place = `${address} ${port}`;
          this.#errors.set(String(address), this.errors(String(address)) + packets);
          const codes = this.#icmp.get(place) ?? new Map<number, number>();
          this.#icmp.set(place, codes.set(Number(code), packets));
        } else this.#counts.set([set?.name, ...key].join(' '), packets);
      }
    }
  }

  /** Packets of a set, to or from an address and, where the set tells them apart, a port. */
  of(set: string, address: string, port?: number): number {
    return this.#counts.get([set, address, ...(port === undefined ? [] : [port])].join(' ')) ?? 0;
  }

  /** ICMP errors about probes to a port, by code. */
  refusals(address: string, port: number): ReadonlyMap<number, number> {
    return this.#icmp.get(`${address} ${port}`) ?? new Map();
  }

  /** How many ICMP errors came from an address. */
  errors(address: string): number {
    return this.#errors.get(address) ?? 0;
  }

  /** All of a set that belongs to an address. */
  sum(set: string, address: string): number {
    let sum = 0;
    for (const [key, packets] of this.#counts) if (key.startsWith(`${set} ${address} `)) sum += packets;
    return sum;
  }
}
