/** The proof of looking that auditors are given. */
import { describe, expect, it } from 'vitest';
import { cutOf } from '../../../src/inventory/ask-evidence.ts';
import { type EvidenceFacts, evidence } from '../../../src/inventory/proof/evidence.ts';
import { evidenceHtml } from '../../../src/inventory/proof/evidence-html.ts';
import { change, HOUR, NOW } from './samples.ts';

const facts = (over: Partial<EvidenceFacts> = {}): EvidenceFacts => ({
  site: 'default',
  from: NOW - 24 * HOUR,
  to: NOW,
  version: '1.2.3',
  coverage: [
    {
      site: 'default',
      network: '10.0.0.0/24',
      range: '10.0.0.0/24',
      aspect: 'host',
      objective: '7d',
      within: 255,
      addresses: 256,
      lastLook: NOW - HOUR,
      vantages: ['local'],
      overdue: true,
    },
  ],
  looks: [],
  gaps: ['10.0.0.7: withheld by the policy'],
  refused: [{ what: 'out_of_scope 8.8.8.8', times: 3 }],
  changes: [
    change({}, { state: 'accepted', decidedBy: 'anna', reason: 'new <b>database</b>' }),
    change({ uid: 'c_2' }),
  ],
  expectations: [],
  ...over,
});

describe('evidence', () => {
  it('counts what is overdue and undecided, and tells who decided what', () => {
    const report = evidence(facts());
    expect(report.summary).toEqual({
      networks: 1,
      overdue: 1,
      looks: 0,
      changes: 2,
      undecided: 1,
      expectations: 0,
    });
    expect(report.coverage).toMatchObject([{ addresses_within: 255, last_look: '2026-11-29T11:00:00.000Z' }]);
    expect(report.decisions).toEqual([
      {
        change: 'c_1a2b3c4d',
        what: 'port.opened 10.0.1.7 9200/tcp',
        decision: 'accepted',
        by: 'anna',
        reason: 'new <b>database</b>',
        until: '',
      },
    ]);
  });

  it('as a page keeps words of the network as text, and asks nobody for anything', () => {
    const html = evidenceHtml(evidence(facts()));
    expect(html).toContain('new &lt;b&gt;database&lt;/b&gt;');
    expect(html).not.toContain('<b>');
    expect(html).toContain("default-src 'none'");
    expect(html).toContain('10.0.0.7: withheld by the policy');
    expect(html).toContain('out_of_scope 8.8.8.8');
    expect(html.match(/https?:/g)).toBeNull();
  });

  it('says so where there is nothing', () => {
    const html = evidenceHtml(evidence(facts({ coverage: [], gaps: [], refused: [], changes: [] })));
    for (const words of [
      'No network has been looked at.',
      'Nothing was refused.',
      'Nothing was decided in this time.',
    ])
      expect(html).toContain(words);
  });

  it('says where it ends before all is told', () => {
    expect(cutOf({ looks: 9999, gaps: 10_000, changes: 0 })).toEqual([
      'this report ends after 10000 gaps, there may be more: ask for a shorter span',
    ]);
  });
});
