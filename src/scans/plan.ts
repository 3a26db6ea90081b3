/** What a scan would do, without doing it: for plan_scan and for the person who is asked to agree. */
import type { ErrorValue } from '../core/errors.ts';
import type { ScanRequest } from '../core/request.ts';
import type { CoverageNote } from '../core/result.ts';
import { argvFor } from '../nmap/argv.ts';
import { estimate } from '../nmap/estimate.ts';
import { canBePhased } from '../nmap/phase.ts';
import type { AllowedScan, Policy } from '../policy/authorize.ts';
import type { Privileges } from '../policy/facts.ts';
import { flagRow } from '../policy/flags.ts';

export interface ScanPlan {
  /** True when `argv` would run as it stands. */
  allowed: boolean;
  /** What would follow `nmap`; absent when the scan is refused. */
  argv?: string[];
  addressCount: number;
  /** The first addresses that would be probed. */
  addresses: string[];
  names: { name: string; addresses: string[] }[];
  probes?: number;
  seconds?: { low: number; high: number };
  privileges: { needed: boolean; have: boolean; detail: string };
  notes: CoverageNote[];
  refusals: ErrorValue[];
  /** Refused only because it is intrusive, and a person may agree to it (ScanRequest.consent). */
  needsConsent: boolean;
}

/** How many addresses a plan names; it always counts all of them. */
const SHOWN_ADDRESSES = 64;

export async function planScan(
  policy: Policy,
  request: ScanRequest,
  privileges: () => Promise<Privileges>,
): Promise<ScanPlan> {
  const { scan, refusals, names, needsConsent } = await policy.assess(request);
  const { raw: have, detail } = await privileges();
  const needed = request.options.some(({ flag }) => flagRow(flag)?.raw === true);
  const common = { names, refusals, needsConsent, privileges: { needed, have, detail } };
  if (!scan) return { allowed: false, addressCount: 0, addresses: [], notes: [], ...common };
  const { probes, seconds } = estimate(scan);
  return {
    allowed: refusals.length === 0,
    argv: argvFor(scan, { xml: request.scanner === undefined ? '<task>/scan.xml' : 'scan.xml' }),
    addressCount: scan.addressCount,
    addresses: firstOf(scan.addresses(), SHOWN_ADDRESSES),
    probes,
    seconds,
    notes: [...scan.notes, ...strategyNote(scan)],
    ...common,
  };
}

/** An adaptive scan runs several nmaps, of which the later depend on what the earlier find. */
function strategyNote(scan: AllowedScan): CoverageNote[] {
  if (scan.request.strategy !== 'adaptive') return [];
  const message = canBePhased(scan)
    ? 'Adaptive: in phases within this argv (hosts, then ports fast and checked, then services of open ports). The time is that of one plain nmap: usually several times longer than it takes, seldom shorter.'
    : 'Plain instead of adaptive: the options are not those of a TCP scan that can be run in phases.';
  return [{ kind: 'strategy', message }];
}

function firstOf(items: Iterable<string>, count: number): string[] {
  const first: string[] = [];
  for (const item of items) {
    if (first.length === count) break;
    first.push(item);
  }
  return first;
}
