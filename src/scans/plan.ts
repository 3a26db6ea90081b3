/** What a scan would do, without doing it: for plan_scan and for the person who is asked to agree. */
import type { ErrorValue } from '../core/errors.ts';
import type { ScanRequest } from '../core/request.ts';
import type { CoverageNote } from '../core/result.ts';
import { argvFor } from '../nmap/command/argv.ts';
import { estimate } from '../nmap/command/estimate.ts';
import { type Outline, outline } from '../nmap/strategy/outline.ts';
import { flagRow } from '../policy/allowed-options.ts';
import type { AllowedScan, Policy } from '../policy/authorize.ts';
import type { Privileges } from '../policy/facts.ts';

export interface ScanPlan {
  /** True when `argv` would run as it stands. */
  allowed: boolean;
  /** What would follow `nmap`, of an adaptive scan if it were one nmap; absent when the scan is refused. */
  argv?: string[];
  /** Of an adaptive scan: how it begins. What comes then depends on what these find. */
  phases?: Outline['phases'];
  addressCount: number;
  /** The first addresses that would be probed. */
  addresses: string[];
  names: { name: string; addresses: string[] }[];
  probes?: number;
  seconds?: { low: number; high: number };
  privileges: { needed: boolean; have: boolean; detail: string };
  notes: CoverageNote[];
  refusals: ErrorValue[];
  /** Only a caller with the scope for intrusive scans may ask for it. */
  intrusive: boolean;
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
  const intrusive = needsConsent || scan?.intrusive === true;
  const common = { names, refusals, intrusive, needsConsent, privileges: { needed, have, detail } };
  if (!scan) return { allowed: false, addressCount: 0, addresses: [], notes: [], ...common };
  const { probes, seconds } = estimate(scan);
  const local = request.scanner === undefined;
  const adaptive = outline(scan, local);
  return {
    allowed: refusals.length === 0,
    argv: argvFor(scan, { xml: local ? '<task>/scan.xml' : 'scan.xml' }),
    ...(adaptive ? { phases: adaptive.phases } : {}),
    addressCount: scan.addressCount,
    addresses: firstOf(scan.addresses(), SHOWN_ADDRESSES),
    probes,
    seconds: adaptive?.seconds ?? seconds,
    notes: [...scan.notes, ...strategyNote(scan, adaptive, seconds.high)],
    ...common,
  };
}

function strategyNote(scan: AllowedScan, adaptive: Outline | undefined, plainHigh: number): CoverageNote[] {
  if (scan.request.strategy !== 'adaptive') return [];
  const message = adaptive
    ? `Adaptive: the hosts, then a fast sweep of those that are up, a check that nothing was lost in it, and the services of open ports. The time is without a fallback: what the check does not trust is asked again at nmap's own pace, which takes up to ${duration(plainHigh)} more.`
    : 'Plain instead of adaptive: the options are not those of a TCP scan that can be run in phases.';
  return [{ kind: 'strategy', message }];
}

const duration = (seconds: number) =>
  seconds < 120 ? `${Math.ceil(seconds)} seconds` : `${Math.ceil(seconds / 60)} minutes`;

function firstOf(items: Iterable<string>, count: number): string[] {
  const first: string[] = [];
  for (const item of items) {
    if (first.length === count) break;
    first.push(item);
  }
  return first;
}
