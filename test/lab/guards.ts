/** Hosts that work against a scan, in nftables' words: what fail2ban, psad, rate limits and connlimit do. */
import { isIPv6 } from 'node:net';

/** What an address meets that is banned, or has too many connections. */
export type Refusal = 'drop' | 'reset' | 'prohibited';

export type Guard =
  /** Bans an address that sent more SYNs than these, or touched more different ports, or one that is not open. */
  | {
      ban: { after: number; of: 'syns' | 'ports' | 'closed ports'; seconds: number; per?: 'second' | 'hour' };
      meets: Refusal;
    }
  /** Takes so many connections of an address at a time. */
  | { connections: number; meets: Refusal };

interface Guarded {
  address: string;
  tcp?: Readonly<Record<number, unknown>>;
  guard?: Guard | undefined;
}

const REFUSALS = {
  drop: 'drop',
  reset: 'reject with tcp reset',
  prohibited: 'reject with icmpx type admin-prohibited',
} as const satisfies Record<Refusal, string>;

/** The sets that the guard of a host needs, and its rules for what comes in. */
export function guardRules({ address, tcp = {}, guard }: Guarded, index: number) {
  if (!guard) return { sets: [], rules: [] };
  const family = isIPv6(address) ? 'ip6' : 'ip';
  const type = isIPv6(address) ? 'ipv6_addr' : 'ipv4_addr';
  const syn = `${family} daddr ${address} tcp flags & (fin | syn | rst | ack) == syn`;
  const refuse = REFUSALS[guard.meets];
  const set = (name: string, key: string, flags: string) =>
    `set ${name}${index} { type ${key}; size 131072; flags ${flags}; }`;
  if ('connections' in guard) {
    const rule = `${syn} ct state new add @held${index} { ${family} saddr ct count over ${guard.connections} } ${refuse}`;
    return { sets: [set('held', type, 'dynamic')], rules: [rule] };
  }
  const { after, of, seconds, per = 'hour' } = guard.ban;
  const open = Object.keys(tcp).join(', ');
  const closed = open === '' ? '' : `tcp dport != { ${open} }`;
  const pair = `${family} saddr . tcp dport`;
  const counted = {
    syns: '',
    ports: `${pair} != @seen${index} add @seen${index} { ${pair} }`,
    'closed ports': `${closed} ${pair} != @seen${index} add @seen${index} { ${pair} }`,
  }[of];
  const over = `update @pace${index} { ${family} saddr limit rate over ${after}/${per} burst ${after} packets }`;
  return {
    sets: [
      set('banned', type, 'dynamic, timeout'),
      set('pace', type, 'dynamic'),
      set('seen', `${type} . inet_service`, 'dynamic'),
    ],
    rules: [
      `${family} daddr ${address} meta l4proto tcp ${family} saddr @banned${index} ${refuse}`,
      `${syn} ${counted} ${over} add @banned${index} { ${family} saddr timeout ${seconds}s } ${refuse}`,
    ],
  };
}
