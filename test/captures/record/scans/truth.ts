/**
 * What a recorded scan really was, counted by tshark and not by the analysis: the frames that a display filter calls
 * its probes, and which endpoints answered them.
 */
import { execFileSync } from 'node:child_process';

/** Which frames of a source are probes of a technique, in tshark's display filter language. */
export const PROBES: Readonly<Record<string, string>> = {
  syn: 'tcp.flags == 0x002 && !tcp.options.wscale',
  connect: 'tcp.flags == 0x002 && tcp.options.wscale',
  fin: 'tcp.flags == 0x001',
  null: 'tcp.flags == 0x000',
  xmas: 'tcp.flags == 0x029',
  maimon: 'tcp.flags == 0x011 && !tcp.options.timestamp',
  ack: 'tcp.flags == 0x010 && !tcp.options.timestamp && tcp.window_size_value in {512,1024}',
  'syn-ack': 'tcp.flags == 0x012 && !tcp.options.wscale && tcp.window_size_value == 1024',
  psh: 'tcp.flags == 0x008',
  urg: 'tcp.flags == 0x020',
  rst: 'tcp.flags == 0x004',
  'rst-ack': 'tcp.flags == 0x014 && tcp.window_size_value > 0',
  'psh-urg': 'tcp.flags == 0x028',
  'syn-psh': 'tcp.flags == 0x00a',
  'syn-fin': 'tcp.flags == 0x003',
  'fin-urg': 'tcp.flags == 0x021',
  'psh-ack': 'tcp.flags == 0x018 && tcp.len == 0',
  udp: 'udp',
  'arp-sweep': 'arp.opcode == 1 && !arp.isgratuitous',
  'icmp-echo-sweep': 'icmp.type == 8 || icmpv6.type == 128',
  'icmp-timestamp-sweep': 'icmp.type == 13',
  'icmp-netmask-sweep': 'icmp.type == 17',
  'host-discovery': '(icmp.type == 8 || icmp.type == 13 || icmp.type == 17 || tcp || udp)',
  'ip-protocol': '!tcp && !udp',
  'sctp-init': 'sctp.chunk_type == 1',
  'ndp-sweep': 'icmpv6.type == 135',
};

const FIELDS = [
  'frame.number',
  'frame.time_epoch',
  'ip.src',
  'ip.dst',
  'ip.proto',
  'ipv6.src',
  'ipv6.dst',
  'tcp.srcport',
  'tcp.dstport',
  'udp.srcport',
  'udp.dstport',
  'tcp.flags',
  'icmp.type',
  'icmp.code',
  'icmpv6.type',
  'icmpv6.code',
  'arp.dst.proto_ipv4',
  'arp.src.proto_ipv4',
  'arp.opcode',
  'icmpv6.nd.ns.target_address',
] as const;

interface Frame {
  number: number;
  time: number;
  /** Outermost, then quoted ones. */
  src: string[];
  dst: string[];
  sport: string;
  dport: string;
  udp: boolean;
  flags: number | undefined;
  icmp: string | undefined;
  code: string | undefined;
  asked: string | undefined;
}

function frames(file: string, filter?: string): Frame[] {
  const text = execFileSync(
    'tshark',
    [
      '-n',
      '-r',
      file,
      ...(filter === undefined ? [] : ['-Y', filter]),
      '-o',
      'tcp.analyze_sequence_numbers:FALSE',
      '-T',
      'fields',
      ...FIELDS.flatMap((field) => ['-e', field]),
    ],
    { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const cells = line.split('\t');
      const of = (field: (typeof FIELDS)[number]) => cells[FIELDS.indexOf(field)] ?? '';
      const list = (a: string, b: string) => (a === '' ? b : a).split(',');
      const v6 = of('ipv6.src') !== '';
      const icmp = (v6 ? of('icmpv6.type') : of('icmp.type')).split(',')[0];
      return {
        number: Number(of('frame.number')),
        time: Number(of('frame.time_epoch')),
        src: list(of('ip.src'), of('ipv6.src')),
        dst: list(of('ip.dst'), of('ipv6.dst')),
        sport: of('tcp.srcport') || of('udp.srcport'),
        dport: of('tcp.dstport') || of('udp.dstport'),
        udp: of('udp.srcport') !== '',
        flags: of('tcp.flags') === '' ? undefined : Number(of('tcp.flags')),
        icmp: icmp === '' ? undefined : icmp,
        code: (v6 ? of('icmpv6.code') : of('icmp.code')).split(',')[0],
        asked: of('arp.dst.proto_ipv4') || of('icmpv6.nd.ns.target_address') || undefined,
      };
    });
}

export interface Counted {
  probes: number;
  hosts: number;
  /** When `source` is a network. */
  sources?: number;
  ports?: string;
  open?: string[];
  closed?: number;
  unfiltered?: number;
  alive?: number;
  first: number;
  last: number;
}

/** What the frames of `source` were that `technique` (and `more`, a display filter) call probes. */
export function count(file: string, source: string, technique: string, more?: string): Counted {
  const v6 = source.includes(':');
  const arp = technique === 'arp-sweep';
  const from = arp ? `arp.src.proto_ipv4 == ${source}` : `${v6 ? 'ipv6' : 'ip'}.src == ${source}`;
  const named = technique.split('|')[0] ?? technique;
  const errors = /sweep|host-discovery|ip-protocol/.test(technique) ? '' : ' && !icmp && !icmpv6';
  const filter = `${from} && (${PROBES[named]})${errors}${more === undefined ? '' : ` && (${more})`}`;
  // A filter looks into quoted packets as well: an error is no probe of the source that it quotes.
  const probes = frames(file, filter).filter(
    (frame) => frame.src.length < 2 && (technique !== 'host-discovery' || frame.icmp !== '3'),
  );
  if (probes.length === 0) throw new Error(`${file}: no frame matches ${filter}`);
  const target = (frame: Frame) => frame.asked ?? frame.dst[0] ?? '';
  const hosts = new Set(probes.map(target));
  const times = probes.map((frame) => frame.time);
  const result: Counted = {
    probes: probes.length,
    hosts: hosts.size,
    ...(source.includes('/') ? { sources: new Set(probes.map((frame) => frame.src[0])).size } : {}),
    first: Math.min(...times),
    last: Math.max(...times),
  };
  const all = frames(file);
  if (named === 'ip-protocol') return result;
  if (technique.includes('sweep') || technique === 'host-discovery') {
    if (arp) return result;
    const alive = all.filter(
      (frame) =>
        hosts.has(frame.src[0] ?? '') && frame.dst[0] === source && frame.icmp !== '3' && frame.icmp !== '1',
    );
    return { ...result, alive: new Set(alive.map((frame) => frame.src[0])).size };
  }
  result.ports = ranges(probes.map((frame) => Number(frame.dport)));
  const asked = new Set(probes.map((one) => `${one.src[0]} ${one.sport} ${target(one)} ${one.dport}`));
  const open = new Set<string>();
  const closed = new Set<string>();
  for (const frame of all) {
    if (frame.icmp !== undefined) {
      // The quoted packet is the probe.
      const quoted = `${frame.src[1]} ${frame.sport} ${frame.dst[1]} ${frame.dport}`;
      // Port unreachable: RFC 792 and RFC 4443.
      const refused = frame.src[0]?.includes(':')
        ? frame.icmp === '1' && frame.code === '4'
        : frame.icmp === '3' && frame.code === '3';
      if (technique === 'udp' && refused && asked.has(quoted)) closed.add(`${frame.dst[1]} ${frame.dport}`);
      continue;
    }
    if (!asked.has(`${frame.dst[0]} ${frame.dport} ${frame.src[0]} ${frame.sport}`)) continue;
    const endpoint = `${frame.src[0]} ${frame.sport}`;
    if (technique === 'udp' ? frame.udp : frame.flags === 0x12) open.add(endpoint);
    else if (((frame.flags ?? 0) & 4) !== 0) closed.add(endpoint);
  }
  result.open = perHost(open);
  const reset = [...closed].filter((endpoint) => !open.has(endpoint)).length;
  // A reset says nothing about the port where open ports send one too (nmap's manual, -sA).
  if (['ack', 'psh-ack', 'syn-ack'].includes(technique)) result.unfiltered = reset;
  else result.closed = reset;
  return result;
}

function perHost(endpoints: Iterable<string>): string[] {
  const found = new Map<string, number[]>();
  for (const endpoint of endpoints) {
    const [host = '', port] = endpoint.split(' ');
    found.set(host, [...(found.get(host) ?? []), Number(port)]);
  }
  return [...found].map(([host, ports]) => `${host}:${ranges(ports)}`).sort();
}

export function ranges(ports: readonly number[]): string {
  const sorted = [...new Set(ports)].sort((a, b) => a - b);
  const parts: string[] = [];
  let start = sorted[0];
  sorted.forEach((port, i) => {
    if (sorted[i + 1] === port + 1) return;
    parts.push(start === port ? `${port}` : `${start}-${port}`);
    start = sorted[i + 1];
  });
  return parts.join(',');
}
