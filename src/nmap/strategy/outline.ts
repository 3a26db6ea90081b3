/** How an adaptive scan begins, and how its hosts are grouped: what is known of it before anything was sent. */
import { sorted } from '../../core/port-set.ts';
import type { AllowedScan } from '../../policy/authorize.ts';
import { argvFor } from '../command/argv.ts';
import { type Estimate, estimate } from '../command/estimate.ts';
import { askedPortCount, canBePhased, numericPorts, type Pace, type Phase } from '../command/phase.ts';
import { CEILINGS, type Ceilings, FRAGILE_PORTS, slowRate } from './politeness.ts';
import { POPULAR_PORTS } from './popular-ports.ts';

/** Tries that one sweep makes of a silent port. */
export const TRIES = 2;
/** Hosts whose ports are swept together: few when each has many ports, so that a slow one holds few others. */
const GROUPS = [
  { portsUpTo: 1000, hosts: 64 },
  { portsUpTo: 5000, hosts: 16 },
  { portsUpTo: 65_536, hosts: 4 },
] as const;
/** From this many ports on, a host is first asked whether it looks fragile. */
const MANY_PORTS = 1000;
/** Packets a second to find hosts, most of which are not there. */
const HOSTS_RATE = 5000;
/** Up to so many ports of so many addresses one nmap finds hosts and ports before a second has started. */
const SMALL = [
  { ports: 100, addresses: 256 },
  { ports: 1000, addresses: 1 },
] as const;
/** Seconds after which nmap gives a host of a phase up: a host that answers no sooner would hold all others. */
const HOST_TIMEOUT = 3600;

export function ceilingsOf({ request }: AllowedScan): Ceilings {
  return CEILINGS[request.politeness ?? 'normal'];
}

/** The most packets a second for a sweep of some hosts, alone. */
export function sweepRate(scan: AllowedScan, fragile: boolean): number {
  const { host, network, total, fragile: low } = ceilingsOf(scan);
  const most = Math.min(host, network, total, scan.maxRate);
  return Math.floor(fragile ? Math.min(most, low) : most);
}

export function groupSize(scan: AllowedScan): number {
  const ports = askedPortCount(scan);
  return GROUPS.find(({ portsUpTo }) => ports <= portsUpTo)?.hosts ?? 4;
}

/** Whether it is not worth a phase of its own to find the hosts. */
export function isSmall(scan: AllowedScan): boolean {
  const ports = askedPortCount(scan);
  return (
    ceilingsOf(scan).ownPace &&
    scan.privileges.raw &&
    SMALL.some((most) => ports <= most.ports && scan.addressCount <= most.addresses)
  );
}

/**
 * Finds the hosts that are up. Looks for fragile ones where many ports are to come, behind the ports that are most often
 * open: a host may block us at any of them, and nmap alone would have asked those first.
 */
export function hostsPhase(scan: AllowedScan): Phase {
  if (isSmall(scan)) {
    const rate = sweepRate(scan, false);
    // Of several addresses the pings would go at that rate as well: these are left to nmap's own pace.
    const pace = scan.addressCount === 1 ? { minRate: rate, maxRate: rate } : {};
    return { hosts: 'ask', ports: 'as asked', versions: false, pace };
  }
  const asked = new Set(numericPorts(scan));
  const careful = ceilingsOf(scan).fragile !== Number.POSITIVE_INFINITY && askedPortCount(scan) > MANY_PORTS;
  const fragile = careful ? [...FRAGILE_PORTS, ...POPULAR_PORTS].filter((port) => asked.has(port)) : [];
  return {
    hosts: 'ask',
    ports: fragile.length > 0 ? sorted(fragile) : 'none',
    versions: false,
    pace: { maxRate: Math.min(sweepRate(scan, false), HOSTS_RATE) },
  };
}

/** Asks ports of hosts that are up. */
export function sweepPhase(ports: Phase['ports'], pace: Pace): Phase {
  return {
    hosts: 'assume up',
    ports,
    versions: false,
    pace: { ...pace, hostTimeout: HOST_TIMEOUT },
  };
}

export interface Outline {
  /** Those known before; `argv` is absent where Portolan itself connects. */
  phases: { phase: string; argv?: string[] }[];
  /** When nothing has to fall back to nmap's own pace. */
  seconds: Estimate['seconds'];
}

/** Undefined for a scan that is plain. @param local whether it runs on this machine */
export function outline(scan: AllowedScan, local: boolean): Outline | undefined {
  if (scan.request.strategy !== 'adaptive' || !canBePhased(scan)) return undefined;
  if (isSmall(scan)) {
    const xml = local ? '<task>/phase-0001/scan.xml' : 'scan.xml';
    const argv = argvFor(scan, { xml }, hostsPhase(scan));
    return { phases: [{ phase: 'hosts and ports', argv }], seconds: estimate(scan).seconds };
  }
  const rate = sweepRate(scan, false);
  const group = groupSize(scan);
  const slow = slowRate(Math.min(group, scan.addressCount), rate);
  const sweep = sweepPhase(numericPorts(scan) ?? 'as asked', {
    minRate: rate,
    maxRate: rate,
    retries: TRIES - 1,
  });
  const own = local && !scan.privileges.raw && numericPorts(scan) !== undefined;
  const argv = (phase: Phase, folder: string) =>
    argvFor(scan, { xml: local ? `<task>/${folder}/scan.xml` : 'scan.xml' }, phase);
  return {
    phases: [
      { phase: 'hosts', argv: argv(hostsPhase(scan), 'phase-0001') },
      { phase: 'fast sweep', ...(own ? {} : { argv: argv(sweep, 'phase-0002') }) },
    ],
    seconds: estimate(scan, { rate, slowRate: slow, group }).seconds,
  };
}
