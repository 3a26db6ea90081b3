/**
 * How hard an adaptive scan may press. The numbers are packets a second that a sweep sends, retries included; what is
 * said with them is in docs/scanning.md. The operator's security.maxRate is above all of them.
 */
import type { PortSet } from '../../core/port-set.ts';
import type { Politeness } from '../../core/request.ts';

export interface Ceilings {
  /** Packets a second to one host, to the hosts of one /24 (one /64 of IPv6), and of all scans of this process. */
  host: number;
  network: number;
  total: number;
  /** To a host that looks fragile, and to the sweep it is part of. */
  fragile: number;
  /** Whether nmap's own congestion control may set the pace where nothing is lost, as in a plain scan. */
  ownPace: boolean;
  /** nmap processes of one task that ask services at the same time. */
  versionProcesses: number;
  /** Services asked at a time by one of them (--min-parallelism); absent: nmap's own number. */
  versionParallelism?: number;
}

/**
 * normal: 20,000 SYNs a second are some 10 Mbit/s, a tenth of the oldest office switch. gentle: for links and firewalls
 * that count connections. fast: nothing but the operator's ceiling, and no care for fragile hosts.
 */
export const CEILINGS: Readonly<Record<Politeness, Ceilings>> = {
  gentle: { host: 1000, network: 2000, total: 4000, fragile: 100, ownPace: false, versionProcesses: 4 },
  normal: {
    host: 20_000,
    network: 20_000,
    total: 20_000,
    fragile: 1000,
    ownPace: true,
    versionProcesses: 16,
    versionParallelism: 100,
  },
  fast: {
    host: Number.POSITIVE_INFINITY,
    network: Number.POSITIVE_INFINITY,
    total: Number.POSITIVE_INFINITY,
    fragile: Number.POSITIVE_INFINITY,
    ownPace: true,
    versionProcesses: 16,
    versionParallelism: 100,
  },
};

/** Packets a second to hosts of which nothing tells what a sweep lost: to each, and in all. */
export const SLOW = { host: 1000, all: 5000 };

export function slowRate(hosts: number, most: number): number {
  return Math.min(most, SLOW.host * hosts, SLOW.all);
}

/** Printing starts on whatever arrives here (nmap itself leaves 9100-9107 out of version detection). */
const PRINTER_PORTS = [515, 631, 9100, 9101, 9102, 9103, 9104, 9105, 9106, 9107];
/**
 * Controllers and gateways of industry and buildings (IANA's registry): S7 102, Modbus 502, Red Lion 789, Niagara Fox
 * 1911 and 4911, PCWorx 1962, IEC 60870-5-104 2404, MELSEC 5006-5007, OMRON FINS 9600, GE SRTP 18245, DNP3 20000,
 * ProConOS 20547, EtherNet/IP 44818, BACnet 47808.
 */
const CONTROLLER_PORTS = [
  102, 502, 789, 1911, 1962, 2404, 4911, 5006, 5007, 9600, 18_245, 20_000, 20_547, 44_818, 47_808,
];

export const FRAGILE_PORTS: PortSet = [...PRINTER_PORTS, ...CONTROLLER_PORTS].sort((a, b) => a - b);

/** What a host with these open ports is taken for. One that has most of them open is a tarpit, and robust. */
export function fragility(open: Iterable<number>): 'controller' | 'printer' | undefined {
  const ports = new Set(open);
  const hits = FRAGILE_PORTS.filter((port) => ports.has(port));
  if (hits.length === 0 || hits.length > FRAGILE_PORTS.length / 2) return undefined;
  return hits.some((port) => CONTROLLER_PORTS.includes(port)) ? 'controller' : 'printer';
}
