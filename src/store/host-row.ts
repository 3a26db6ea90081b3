/** A host as it is stored: its text, and the numbers beside it by which it is found and counted. */
import { countTold } from '../core/port-sum.ts';
import { type HostResult, Protocol } from '../core/result.ts';
import type { Tables } from './schema.ts';

/** An open port that nmap told of before its host was finished. */
export interface AnnouncedPort {
  address: string;
  port: number;
  protocol: Protocol;
}

/** Written out where the host is known: a text crosses to another thread many times faster than what it says. */
export type HostRow = Pick<Tables['hosts'], 'address' | 'up' | 'partial' | 'open_ports' | 'body'> & {
  told_ports: number;
};

export function hostRowOf(host: HostResult): HostRow {
  return {
    address: host.address,
    up: Number(host.status === 'up' || host.ports.length > 0),
    partial: Number(host.partial === true),
    open_ports: host.ports.filter((port) => port.state === 'open').length,
    told_ports: countTold(host),
    body: JSON.stringify(host),
  };
}

export const readHost = ({ body }: Pick<HostRow, 'body'>): HostResult => JSON.parse(body);

/** What is known of a host of which only announced ports are. */
export function announcedHost(address: string, rows: readonly OpenPort[]): HostResult {
  return { address, status: 'up', ports: openPorts(rows), partial: true };
}

/** A port that was announced and is not listed was seen by a start of the scan that was cut off. */
export function withAnnounced(host: HostResult, rows: readonly OpenPort[]): HostResult {
  const listed = portKeys(host);
  const lost = openPorts(rows).filter((port) => !listed.has(portKey(port)));
  return lost.length === 0 ? host : { ...host, ports: [...host.ports, ...lost].sort(inOrder) };
}

interface OpenPort {
  port: number;
  protocol: string;
}

export const portKey = ({ protocol, port }: OpenPort) => `${protocol} ${port}`;

export const portKeys = ({ ports }: HostResult): ReadonlySet<string> => new Set(ports.map(portKey));

/** Each once: two starts of a scan may have announced the same. */
function openPorts(rows: readonly OpenPort[]): HostResult['ports'] {
  return [...new Map(rows.map((row) => [portKey(row), row])).values()]
    .map(({ port, protocol }) => ({ port, protocol: Protocol.parse(protocol), state: 'open' as const }))
    .sort(inOrder);
}

function inOrder(a: HostResult['ports'][number], b: HostResult['ports'][number]): number {
  return a.protocol.localeCompare(b.protocol) || a.port - b.port;
}
