/**
 * Proof of looking: what was looked at, when, from where and with what, what was not, what was refused and what was
 * decided. For auditors (CISA BOD 23-01: assets discovered every 7 days; CIS Control 1: inventory of assets; PCI DSS 4.0
 * 1.2.5: services, protocols and ports that are allowed are named and approved). Times are ISO 8601.
 */
import type { Expectation } from '../../core/expectation.ts';
import type { ChangeRow, CoverageRow } from '../service.ts';
import type { Evidence } from './evidence-shape.ts';

export interface EvidenceLook {
  at: string;
  vantage: string;
  /** `scan`, `capture`, `import`. */
  kind: string;
  /** Of a scan: its task, whose report has the command line. */
  task?: string;
  /** `folded`: it is part of the inventory. */
  state: string;
  hosts: number;
}

export interface EvidenceFacts {
  site: string;
  from: number;
  to: number;
  version: string;
  coverage: readonly CoverageRow[];
  looks: readonly EvidenceLook[];
  /** What was not asked and why, in words. */
  gaps: readonly string[];
  /** Requests that the policy refused, in words, and how often. */
  refused: readonly { what: string; times: number }[];
  changes: readonly ChangeRow[];
  expectations: readonly Expectation[];
}

/** The report as data; `portolan coverage --report` writes it as JSON or HTML. */
export function evidence(facts: EvidenceFacts): Evidence {
  const { site, from, to, version, coverage, looks, gaps, refused, changes, expectations } = facts;
  const decided = changes.filter(({ state }) => state !== 'open' && state !== 'closed');
  return {
    title: `What was looked at in site ${site}`,
    made_by: `Portolan ${version}`,
    from: iso(from),
    to: iso(to),
    summary: {
      networks: new Set(coverage.map(({ network }) => network)).size,
      overdue: coverage.filter(({ overdue }) => overdue).length,
      looks: looks.length,
      changes: changes.length,
      undecided: changes.filter(({ state }) => state === 'open').length,
      expectations: expectations.length,
    },
    coverage: coverage.map(
      ({ network, aspect, objective, within, addresses, lastLook, vantages, overdue }) => ({
        network,
        aspect,
        objective: objective ?? 'none',
        addresses_within: within,
        addresses,
        last_look: lastLook === undefined ? 'never' : iso(lastLook),
        vantages: vantages.join(', '),
        overdue,
      }),
    ),
    looks: looks.map((look) => ({ ...look })),
    not_looked_at: [...gaps],
    refused: refused.map((one) => ({ ...one })),
    decisions: decided.map(({ event, state, decidedBy, reason, until }) => ({
      change: event.uid,
      what: [event.kind, event.address, event.port === undefined ? '' : `${event.port}/${event.protocol}`]
        .filter((word) => word !== undefined && word !== '')
        .join(' '),
      decision: state,
      by: decidedBy ?? '',
      reason: reason ?? '',
      until: until === undefined ? '' : iso(until),
    })),
    expected: expectations.map((one) => ({
      hosts: one.selector,
      ports: `${one.ports}/${one.protocol}`,
      effect: one.effect,
      reason: one.reason,
      approved_by: one.approvedBy,
      approved_at: iso(one.approvedAt),
      expires: one.expiresAt === undefined ? '' : iso(one.expiresAt),
    })),
  };
}

const iso = (ms: number) => new Date(ms).toISOString();
