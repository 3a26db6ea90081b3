/** Each claim of an answer against what was counted: a state, a reason, a sentence may say no more than was seen. */
import { z } from 'zod';
import { portSet } from '../../src/core/port-set.ts';
import { CoverageNote, HostResult, PortResult } from '../../src/core/result.ts';
import { singular } from '../../src/nmap/coverage/port-reasons.ts';
import type { Counted } from './filter.ts';
import type { Network } from './network.ts';
import { falseSentences } from './sentences.ts';

export const Said = z.object({
  status: z.string(),
  message: z.string().optional(),
  error: z.object({ code: z.string(), message: z.string(), next: z.string() }).optional(),
  result: z.object({
    hosts_up: z.number(),
    hosts_done: z.number(),
    hosts_total: z.number(),
    open_ports: z.number(),
    partial: z.boolean(),
    coverage: z.array(CoverageNote),
    hosts: z.array(
      z.object({
        ...HostResult.pick({ address: true, status: true, reason: true, other_ports: true }).shape,
        ports: z.array(
          z.object(PortResult.pick({ port: true, protocol: true, state: true, reason: true }).shape),
        ),
      }),
    ),
    next_cursor: z.string().optional(),
  }),
});
export type Said = z.infer<typeof Said>;

/** What is said of one port. */
export interface PortSaid {
  address: string;
  port: number;
  protocol: string;
  state: string;
  reason: string;
}

/** The claims of the answer that the counters do not bear out, in words. */
export function falseClaims(network: Network, said: Said, counted: Counted, text: string): string[] {
  const { result } = said;
  const ports = result.hosts.flatMap(portsOf);
  const wrong = [
    ...ports.flatMap((port) => falsePort(port, network, counted)),
    ...result.hosts.flatMap((host) => falseHost(host, counted)),
    ...falseSentences(network, said, ports, counted, text),
  ];
  const open = ports.filter(({ state }) => state === 'open').length;
  if (open !== result.open_ports) wrong.push(`${result.open_ports} open ports said, ${open} told`);
  const blocked = result.coverage.some(({ kind }) => kind === 'blocked_us');
  if (result.partial !== (said.status !== 'completed' || result.hosts_done < result.hosts_total || blocked))
    wrong.push('partial or not');
  return wrong;
}

function portsOf({ address, ports, other_ports = [] }: Said['result']['hosts'][number]): PortSaid[] {
  return [
    ...ports.map(({ port, protocol, state, reason = '' }) => ({ address, port, protocol, state, reason })),
    ...other_ports.flatMap(({ state, reasons = [] }) =>
      reasons.flatMap(({ reason, protocol = 'tcp', ports: list = '' }) =>
        portSet(list).map((port) => ({ address, port, protocol, state, reason: singular(reason) })),
      ),
    ),
  ];
}

/** nmap's words for the codes of ICMP errors (portreasons.cc); several codes have one word in ICMPv6. */
const CODES: Record<4 | 6, Record<string, readonly number[]>> = {
  4: {
    'net-unreach': [0],
    'host-unreach': [1],
    'proto-unreach': [2],
    'port-unreach': [3],
    'net-prohibited': [9],
    'host-prohibited': [10],
    'admin-prohibited': [13],
  },
  6: {
    'no-route': [0],
    'admin-prohibited': [1, 5],
    'beyond-scope': [2],
    'addr-unreach': [3],
    'host-unreach': [3],
    'port-unreach': [4],
    'reject-route': [6],
  },
};

/** How often a port was asked, whatever became of it on the way. */
export function timesAsked({ address, port, protocol }: PortSaid, counted: Counted): number {
  return protocol === 'udp'
    ? counted.of('sent_udp', address, port)
    : counted.of('sent_syn', address, port) + counted.of('sent_other', address, port);
}

/** Whether anything came back for a port. */
export function isAnswered({ address, port }: PortSaid, counted: Counted): boolean {
  return (
    ['back_open', 'back_reset', 'back_udp'].some((set) => counted.of(set, address, port) > 0) ||
    counted.refusals(address, port).size > 0
  );
}

/** The kinds of ICMP errors that Linux tells a connect() alike (icmp_err_convert, icmpv6_err_convert). */
const LIKE: Record<4 | 6, readonly (readonly number[])[]> = {
  4: [
    [0, 9],
    [1, 10, 13],
  ],
  6: [
    [1, 5, 6],
    [2, 3],
  ],
};

/** Whether an ICMP error came that nmap calls so, or, for a `connect` scan, one like it. */
export function isRefusedSo(said: PortSaid, { family, connect }: Network, counted: Counted): boolean {
  const exact = CODES[family][said.reason] ?? [];
  const like = connect ? LIKE[family].filter((some) => some.some((code) => exact.includes(code))).flat() : [];
  const came = [...counted.refusals(said.address, said.port).keys()];
  return came.some((code) => exact.includes(code) || like.includes(code));
}

function falsePort(said: PortSaid, network: Network, counted: Counted): string[] {
  const { address, port, protocol, state, reason } = said;
  const what = `${address} ${port}/${protocol} ${state} (${reason})`;
  const back = (set: string) => counted.of(set, address, port) > 0;
  const wrong = (why: string) => [`${what}: ${why}`];
  // Claims nothing.
  if (state === 'unknown') return [];
  const keptBack = counted.of('kept_back', address, port) > 0;
  switch (reason) {
    case 'syn-ack':
      return back('back_open') ? [] : wrong('no SYN and ACK came');
    case 'reset':
      return back('back_reset') ? [] : wrong('no reset came');
    case 'udp-response':
      return back('back_udp') ? [] : wrong('nothing came');
    // What connect() tells of a reset and of "port unreachable" (tcp(7)).
    case 'conn-refused':
      return back('back_reset') || isRefusedSo({ ...said, reason: 'port-unreach' }, network, counted)
        ? []
        : wrong('neither reset nor refusal came');
    case 'no-response':
    case 'no-response (answers rate-limited)':
      if (timesAsked(said, counted) === 0 && !keptBack) return wrong('it was never asked');
      return isHeard(said, network, counted) && !mayBeLate(said, network) ? wrong('an answer came') : [];
    default:
      if (!(state === 'filtered' || (state === 'closed' && reason === 'port-unreach')))
        return wrong('unknown to this test');
      return isRefusedSo(said, network, counted) || isNobody(said, network)
        ? []
        : wrong('no such ICMP error came');
  }
}

/** Whether the scanner must have heard an answer. An ICMP error that comes while connect() still runs is not told, which is said. */
function isHeard(said: PortSaid, { connect, hosts }: Network, counted: Counted): boolean {
  const { address, port } = said;
  const unsure = connect && ['back_open', 'back_reset'].every((set) => counted.of(set, address, port) === 0);
  // What a host answered when it was looked for (nmap's -PS443 -PA80) it need not answer again.
  const host = hosts.find((one) => one.address === address);
  const changes =
    host?.banAfter !== undefined || host?.loseProbe !== undefined || host?.loseAnswer !== undefined;
  const asked = [80, 443].includes(port) && changes;
  return isAnswered(said, counted) && !unsure && !asked;
}

/** One nmap alone waits as it sees fit, and what comes later is not seen; phases know the way to each host. */
function mayBeLate({ address }: PortSaid, { hosts, plain }: Network): boolean {
  const { delayMs = 0 } = hosts.find((host) => host.address === address) ?? {};
  return delayMs > 0 && plain;
}

/** connect() is told the same when nobody answers ARP. */
function isNobody({ address, reason }: PortSaid, { hosts, connect }: Network): boolean {
  const host = hosts.find((one) => one.address === address);
  return connect && (host?.down ?? true) && /^(host|addr)-unreach$/.test(reason);
}

const SEEN_WITHOUT_IP = new Set(['arp-response', 'nd-response', 'user-set', 'localhost-response']);

function falseHost(
  { address, status, reason = '' }: Said['result']['hosts'][number],
  counted: Counted,
): string[] {
  const back = counted.of('back', address);
  if (status === 'up' && !SEEN_WITHOUT_IP.has(reason) && back === 0)
    return [`${address} is said to be up (${reason}), but nothing came from it`];
  if (status === 'down' && back > 0)
    return [`${address} is said to be down (${reason}), but ${back} packets came from it`];
  return [];
}
