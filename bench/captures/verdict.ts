/** Whether a report says what was put into the capture: speed without the right answer is none. */
import type { Suspect } from '../../src/captures/analysis.ts';
import type { Answer } from './processes.ts';
import type { ScanLabel } from './traffic/labels.ts';

export interface Verdict {
  label: ScanLabel;
  /** Every source is named with the technique and the pattern. */
  found: boolean;
  /** Counts that are not those written, `open 12 (is 13)`; empty when all are. */
  wrong: string[];
  /** What is said of the sources instead, when not found. */
  instead: string[];
}

export interface Verdicts {
  scans: Verdict[];
  /** Named addresses that did not scan, with what for. */
  innocent: string[];
}

export function judge(answer: Answer, labels: readonly ScanLabel[]): Verdicts {
  const scanners = new Set(labels.flatMap(({ sources }) => sources));
  return {
    scans: labels.map((label) => verdictOn(answer, label)),
    innocent: answer.suspects.filter(({ ip }) => !scanners.has(ip)).map(named),
  };
}

export const named = (scan: { ip: string; technique: string; pattern: string }): string =>
  `${scan.ip} ${scan.technique} ${scan.pattern}`;

function verdictOn(answer: Answer, label: ScanLabel): Verdict {
  // A scan that many sources share may be one finding, which names them.
  const sourcesOf = ({ ip, group }: Suspect) => [ip, ...(group?.sources ?? [])];
  const about = answer.suspects.filter((suspect) =>
    sourcesOf(suspect).some((ip) => label.sources.includes(ip)),
  );
  const right = about.filter(
    ({ technique, pattern }) => technique === label.technique && pattern === label.pattern,
  );
  const found = label.sources.every((source) => right.some((suspect) => sourcesOf(suspect).includes(source)));
  return {
    label,
    found,
    wrong: found ? wrongCounts(right, label) : [],
    instead: about.filter((suspect) => !right.includes(suspect)).map(named),
  };
}

function wrongCounts(suspects: readonly Suspect[], label: ScanLabel): string[] {
  const sum = (count: (suspect: Suspect) => number) =>
    suspects.reduce((total, suspect) => total + count(suspect), 0);
  // Members of a group share its ports, so those are counted once.
  const group = suspects[0]?.group;
  const { answers } = label;
  const portless = label.distinct_ports === 0;
  const counts: [name: string, seen: number, written: number][] = [
    ['probes', sum(({ probes }) => probes), label.probes],
    [
      'ports',
      group === undefined ? sum(({ distinct_ports }) => distinct_ports) : group.distinct_ports,
      label.distinct_ports,
    ],
    ['hosts', Math.max(...suspects.map(({ distinct_hosts }) => distinct_hosts)), label.distinct_hosts],
    ['open', sum((suspect) => suspect.answers.open.count), answers.open],
    ['closed', sum((suspect) => suspect.answers.closed.count), answers.closed],
    ['unfiltered', sum((suspect) => suspect.answers.unfiltered.count), answers.unfiltered],
    // A sweep says who lives, not who is silent.
    portless
      ? ['alive', sum((suspect) => suspect.answers.alive.length), answers.alive]
      : ['silent', sum((suspect) => suspect.answers.silent.count), answers.silent],
  ];
  return counts
    .filter(([, seen, written]) => seen !== written)
    .map(([name, seen, written]) => `${name} ${seen} (is ${written})`);
}

/** One line a scan, for people. */
export function verdictLines({ scans, innocent }: Verdicts): string[] {
  const lines = scans.map(({ label, found, wrong, instead }) => {
    const [source = '?'] = label.sources;
    const more = label.sources.length > 1 ? ` and ${label.sources.length - 1} more` : '';
    const what = `${label.technique} ${label.pattern} by ${source}${more}`;
    const said = instead.length > 0 ? `; said instead: ${[...new Set(instead)].slice(0, 3).join(', ')}` : '';
    if (!found) return `MISSED  ${what}${said}`;
    return `found   ${what}: ${wrong.length === 0 ? 'all counts right' : wrong.join(', ')}${said}`;
  });
  return [...lines, ...innocent.map((who) => `FALSE   ${who}`)];
}
