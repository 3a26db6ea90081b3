/** The cases of the strategy benchmark: a lab, a scan of it, and how much faster than plain it must be. */
import type { LabHost, Service } from '../test/lab/hosts.ts';

export interface Case {
  name: string;
  hosts: LabHost[];
  command: string;
  unprivileged?: boolean;
  /** Plain time divided by adaptive time, at least. */
  atLeast: number;
  /** Where connections are policed, nmap itself names services otherwise in every run. */
  servicesVary?: boolean;
}

const KINDS: readonly Service[] = ['ssh', 'http', 'smtp', 'ftp'];

/** The same numbers every time (a linear congruential generator), so that runs can be compared. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function many(
  count: number,
  most: number,
  seed: number,
  kinds: readonly Service[] = KINDS,
): Record<number, Service> {
  const random = numbers(seed);
  const tcp: Record<number, Service> = {};
  for (let made = 0; made < count; ) {
    const port = 1 + Math.floor(random() * most);
    if (port in tcp) continue;
    tcp[port] = kinds[made % kinds.length] ?? 'ssh';
    made += 1;
  }
  return tcp;
}

const OPEN = many(315, 60_000, 1);
const FULL = '-T4 -n -sV -p-';
const address = '10.9.0.20';
const full = (name: string, host: Omit<LabHost, 'address' | 'tcp'>, atLeast: number): Case => ({
  name: `full scan, ${name}`,
  hosts: [{ address, tcp: OPEN, ...host }],
  command: `${FULL} ${address}`,
  atLeast,
});

/** The same without versions: how long it takes to know the open ports. */
const discovery = (name: string, host: Omit<LabHost, 'address' | 'tcp'>, atLeast: number): Case => ({
  ...full('', host, atLeast),
  name: `open ports of 65,535, ${name}`,
  command: `-T4 -n -p- ${address}`,
});

/** With -Pn, as a host that drops what nmap's connect pings ask is taken to be down. */
function unprivileged(name: string, host: Omit<LabHost, 'address' | 'tcp'>): Case {
  const one = full(`unprivileged, ${name}`, host, 5);
  return { ...one, command: one.command.replace('-n', '-n -Pn'), unprivileged: true };
}

const ORDINARY: Record<number, Service> = {
  21: 'ftp',
  22: 'ssh',
  25: 'smtp',
  80: 'http',
  110: { banner: '+OK Dovecot ready.\r\n' },
  143: {
    banner: '* OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR LOGIN-REFERRALS ID ENABLE IDLE] Dovecot ready.\r\n',
  },
  2222: { banner: 'SSH-2.0-dropbear_2022.83\r\n' },
  3306: {
    banner:
      'Y\0\0\0\n5.7.42-0ubuntu0.18.04.1\0\x08\0\0\0abcdefgh\0\xff\xf7\x08\x02\0\xff\x81\x15\0\0\0\0\0\0\0\0\0\0abcdefghijkl\0mysql_native_password\0',
  },
  5900: { banner: 'RFB 003.008\n' },
  8080: 'http',
};
const SILENT: Record<number, Service> = { 7001: 'silent', 8443: 'silent', 9999: 'silent', 12345: 'silent' };

const versions = (name: string, tcp: Record<number, Service>, atLeast: number): Case => ({
  name: `service detection, ${name}`,
  hosts: [{ address, tcp }],
  command: `-T4 -n -sV -p ${Object.keys(tcp).join(',')} ${address}`,
  atLeast,
});

/** 72 open ports on 12 of 254 addresses: answering, dropping and limited hosts, services among the 1,000 common ports. */
function network(link: { delayMs?: number; lossPercent?: number }): LabHost[] {
  const ports = [22, 80, 25, 21, 8080, 8000, 8888, 2222, 5000, 8081, 3000, 9090];
  return Array.from({ length: 12 }, (_, index) => {
    const chosen = Array.from({ length: 6 }, (__, at) => ports[(index + at * 2) % ports.length] ?? 22);
    const kind = index % 4;
    return {
      address: `10.9.1.${10 + index * 19}`,
      tcp: Object.fromEntries(chosen.map((port, at) => [port, KINDS[(at + index) % KINDS.length] ?? 'ssh'])),
      ...(kind === 1 ? { firewall: 'drop' as const } : {}),
      ...(kind === 2 ? { resetsPerSecond: 500 } : {}),
      ...link,
    };
  });
}

/** What favours plain: everything answers at once. Never slower than this share of plain's speed. */
const NEVER_BELOW = 1 / 1.1;
const LAN_GOAL = 1 / 0.7;

const lan = (name: string, tcp: Record<number, Service>, atLeast = LAN_GOAL): Case => ({
  name: `LAN, ${name}`,
  hosts: [{ address, tcp }],
  command: `${FULL} ${address}`,
  atLeast,
});
const idle = Array.from({ length: 254 }, (_, index): LabHost => ({ address: `10.9.1.${index + 1}` }));

export const CASES: readonly Case[] = [
  lan('310 open', many(310, 60_000, 2)),
  lan('9 open', many(9, 60_000, 3)),
  lan('302 close at once', many(302, 60_000, 4, [{ closesAfterMs: 0 }]), NEVER_BELOW),
  lan('302 close after 2 s', many(302, 60_000, 4, [{ closesAfterMs: 2000 }])),
  {
    ...lan('1 host, 100 ports', { 22: 'ssh', 80: 'http' }, NEVER_BELOW),
    command: `-T4 -n -F ${address}`,
  },
  {
    ...lan('1 host, 1,000 ports', { 22: 'ssh', 80: 'http' }, NEVER_BELOW),
    command: `-T4 -n ${address}`,
  },
  {
    ...lan('/24, 254 idle hosts, 100 ports', {}, NEVER_BELOW),
    hosts: idle,
    command: '-T4 -n -F 10.9.1.0/24',
  },
  {
    ...lan('65,535 open', {}, NEVER_BELOW),
    hosts: [{ address, tarpit: true }],
    command: `-T4 -n -p- ${address}`,
  },
  discovery('RST, 0 ms', {}, NEVER_BELOW),
  full('drops, 0 ms', { firewall: 'drop' }, 5),
  full('drops, 50 ms, 1 % loss', { firewall: 'drop', delayMs: 50, lossPercent: 1 }, 5),
  full('RST, 50 ms', { delayMs: 50 }, 2.5),
  full('RST, 50 ms, 1 % loss', { delayMs: 50, lossPercent: 1 }, 20),
  discovery('RST, 50 ms', { delayMs: 50 }, 2.5),
  discovery('RST, 50 ms, 1 % loss', { delayMs: 50, lossPercent: 1 }, 20),
  full('RST rate-limited', { resetsPerSecond: 1000 }, 4),
  { ...full('SYNs policed', { synsPerSecond: 2000 }, 1 / 1.6), servicesVary: true },
  versions('10 ordinary', ORDINARY, 3),
  versions('10 ordinary and 4 silent', { ...ORDINARY, ...SILENT }, 4),
  { name: '/24, 12 hosts, 0 ms', hosts: network({}), command: '-T4 -n -sV 10.9.1.0/24', atLeast: 4 },
  {
    name: '/24, 12 hosts, 50 ms, 1 % loss',
    hosts: network({ delayMs: 50, lossPercent: 1 }),
    command: '-T4 -n -sV 10.9.1.0/24',
    atLeast: 4,
  },
  unprivileged('RST, 50 ms, 1 % loss', { delayMs: 50, lossPercent: 1 }),
  unprivileged('drops, 50 ms, 1 % loss', { firewall: 'drop', delayMs: 50, lossPercent: 1 }),
  unprivileged('drops, 0 ms', { firewall: 'drop' }),
  unprivileged('RST, 0 ms', {}),
];
