/** Recall and precision of the analysis and of two simple rules, on labelled captures. */

import { analyzeCapture, type Suspect } from '../../src/captures/analysis.ts';
import { type LabelledCapture, matches, suspectsOf, within } from '../../test/captures/support.ts';
import { DEFAULT_DETECTION } from '../../test/defaults.ts';
import { simpleRules } from './simple-rules.ts';

export const RULES = ['portolan', 'tenPorts', 'synCount'] as const;
export type Rule = (typeof RULES)[number];

export interface TechniqueScore {
  technique: string;
  /** Scans of this technique that are in the captures. */
  labelled: number;
  /** Those found with address, technique and pattern; whose scanner is named at all by each simple rule. */
  found: Record<Rule, number>;
  /** Findings of this technique, and those whose address did scan so (or is rightly called a decoy or a zombie). */
  named: number;
  right: number;
}

export interface CaptureScore {
  name: string;
  /** Scans not found, `address technique pattern`. */
  missed: string[];
  /** Findings on addresses that did not scan, `address technique pattern`. */
  falseAlarms: string[];
  /** Named addresses that scanned, and that did not. */
  addresses: Record<Rule, { right: string[]; wrong: string[] }>;
}

export interface SetScore {
  captures: CaptureScore[];
  techniques: TechniqueScore[];
}

export async function score(captures: readonly LabelledCapture[]): Promise<SetScore> {
  const techniques = new Map<string, TechniqueScore>();
  const row = (technique: string, pattern: string): TechniqueScore => {
    const name = pattern === 'distributed' ? `${technique} (distributed)` : technique;
    const fresh = {
      technique: name,
      labelled: 0,
      found: { portolan: 0, tenPorts: 0, synCount: 0 },
      named: 0,
      right: 0,
    };
    const known = techniques.get(name) ?? fresh;
    techniques.set(name, known);
    return known;
  };
  const scored: CaptureScore[] = [];
  for (const capture of captures) {
    const report = await analyzeCapture({ kind: 'path', path: capture.file }, DEFAULT_DETECTION);
    const suspects = suspectsOf(report, capture);
    const isAllowed = (ip: string) => [...capture.allowed].some((allowed) => within(ip, allowed));
    const names = (named: Iterable<string>, wanted: string) => [...named].some((ip) => within(ip, wanted));
    const simple = await simpleRules(capture.file);
    const missed: string[] = [];
    for (const wanted of capture.wanted) {
      const match = suspects.find((suspect) => matches(suspect, wanted));
      // Where a label allows several names, the one that was given; else its first.
      const [technique = '', pattern = ''] = [wanted.technique.split('|')[0], wanted.pattern.split('|')[0]];
      const counts = row(match?.technique ?? technique, match?.pattern ?? pattern);
      const { found } = counts;
      counts.labelled++;
      if (match !== undefined) found.portolan++;
      else missed.push(`${wanted.ip} ${wanted.technique} ${wanted.pattern}`);
      if (names(simple.tenPorts, wanted.ip)) found.tenPorts++;
      if (names(simple.synCount, wanted.ip)) found.synCount++;
    }
    for (const suspect of suspects) {
      const counts = row(suspect.technique, suspect.pattern);
      counts.named++;
      if (isRight(suspect, capture, isAllowed)) counts.right++;
    }
    const split = (named: Iterable<string>) => {
      const all = [...new Set(named)];
      return {
        right: all.filter(isAllowed),
        wrong: all.filter((ip) => !isAllowed(ip)),
      };
    };
    scored.push({
      name: capture.name,
      missed,
      falseAlarms: suspects
        .filter(({ ip }) => !isAllowed(ip))
        .map(({ ip, technique, pattern }) => `${ip} ${technique} ${pattern}`),
      addresses: {
        portolan: split(suspects.map(({ ip }) => ip)),
        tenPorts: split(simple.tenPorts),
        synCount: split(simple.synCount),
      },
    });
  }
  return {
    captures: scored,
    techniques: [...techniques.values()].sort((a, b) => (a.technique < b.technique ? -1 : 1)),
  };
}

function isRight(suspect: Suspect, capture: LabelledCapture, isAllowed: (ip: string) => boolean): boolean {
  if (suspect.role === 'decoy' || suspect.role === 'zombie') return isAllowed(suspect.ip);
  if (capture.may?.includes(`${suspect.ip} ${suspect.technique}`)) return true;
  return capture.wanted.some((wanted) => {
    const distributed = wanted.pattern.split('|').includes('distributed');
    const pattern = distributed === (suspect.pattern === 'distributed') || wanted.pattern.includes('|');
    return (
      within(suspect.ip, wanted.ip) && wanted.technique.split('|').includes(suspect.technique) && pattern
    );
  });
}
