/** Tells apart the times at which a source scanned. */
import * as E from '../evidence/endpoints.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { PAUSE } from '../evidence/revisits.ts';
import type { Campaign } from '../findings.ts';
import type { Finding } from './finding.ts';
import { highest, lowest } from './rates.ts';

/** A pause is also so many times as long as most steps between probes: a scan of one probe an hour has none. */
const TIMES_TYPICAL = 20;
const MAX_CAMPAIGNS = 64;

/** The campaigns of a finding whose endpoints were first probed at these times, earliest first; one when there was no long pause, none without times. */
export function campaignsOf(
  { endpoints: table, revisits }: Evidence,
  finding: Finding,
  times: Float64Array,
): Campaign[] {
  const visits = revisits.of(finding.source, E.kindOf(table.words, finding.slots[0] ?? 0), finding.ipv6);
  // All at one time, or without times.
  if (visits.length === 0 && highest(times) - lowest(times) < PAUSE) return [];
  const starts = times.toSorted();
  if (starts.length === 0 || Number.isNaN(starts[0])) return [];
  const steps = new Float64Array(Math.max(0, starts.length - 1));
  for (let i = 1; i < starts.length; i++) steps[i - 1] = (starts[i] ?? 0) - (starts[i - 1] ?? 0);
  steps.sort();
  const typical = steps[Math.floor(steps.length * 0.8)] ?? 0;
  const pause = Math.max(PAUSE, typical * TIMES_TYPICAL);
  const spans: { first: number; last: number; endpoints: number }[] = [];
  for (const start of starts) {
    const span = spans.at(-1);
    if (span !== undefined && start - span.last <= pause) {
      span.last = start;
      span.endpoints++;
    } else spans.push({ first: start, last: start, endpoints: 1 });
  }
  // Endpoints that were probed again keep only their first and last time; the visits in between are kept apart.
  for (const visit of visits) {
    const span = spans.find(({ first, last }) => visit.first <= last + pause && visit.last >= first - pause);
    if (span === undefined) spans.push({ first: visit.first, last: visit.last, endpoints: visit.probes });
    else span.last = Math.max(span.last, visit.last);
  }
  return spans
    .sort((a, b) => a.first - b.first)
    .slice(0, MAX_CAMPAIGNS)
    .map(({ first, last, endpoints }) => ({
      first_seen: Math.round(first) / 1e6,
      last_seen: Math.round(last) / 1e6,
      endpoints,
    }));
}
