/** Scores as Markdown tables. */
import { RULES, type Rule, type SetScore, type TechniqueScore } from './score.ts';

const RULE_NAMES: Record<Rule, string> = {
  portolan: 'Portolan',
  tenPorts: 'ten ports in a minute',
  synCount: 'SYN count',
};

/** Each technique with recall and precision, and the two rules beside them. */
export function techniqueTable({ captures, techniques }: SetScore): string {
  const line = (name: string, { labelled, found, named, right }: Omit<TechniqueScore, 'technique'>) =>
    `| ${name} | ${labelled} | ${found.portolan} | ${share(found.portolan, labelled)} | ${named} | ${right} | ${share(right, named)} | ${found.tenPorts} | ${found.synCount} |`;
  const sum = (pick: (row: TechniqueScore) => number) => techniques.reduce((all, row) => all + pick(row), 0);
  const total = {
    labelled: sum(({ labelled }) => labelled),
    found: {
      portolan: sum(({ found }) => found.portolan),
      tenPorts: sum(({ found }) => found.tenPorts),
      synCount: sum(({ found }) => found.synCount),
    },
    named: sum(({ named }) => named),
    right: sum(({ right }) => right),
  };
  const addresses = RULES.map((rule) => {
    const right = captures.reduce((all, capture) => all + capture.addresses[rule].right.length, 0);
    const wrong = captures.reduce((all, capture) => all + capture.addresses[rule].wrong.length, 0);
    return `${RULE_NAMES[rule]} ${right} of ${right + wrong}`;
  });
  return [
    '| technique | labelled | found | recall | named | right | precision | ten ports in a minute | SYN count |',
    '|---|---|---|---|---|---|---|---|---|',
    ...techniques.map((row) => line(row.technique, row)),
    line('**all**', total),
    '',
    `Named addresses that scanned: ${addresses.join(', ')}.${shortcomings(captures)}`,
  ].join('\n');
}

/** Captures in which nobody scans: what each rule calls a scan all the same. */
export function benignTable({ captures, techniques }: SetScore, describe: (name: string) => string): string {
  const alarms = (capture: SetScore['captures'][number]) =>
    RULES.map((rule) => capture.addresses[rule].wrong.length);
  const rows = captures.map((capture) => {
    const [own = 0, ...others] = alarms(capture);
    const what = own === 0 ? '0' : `${own}: ${capture.falseAlarms.slice(0, 3).join(', ')}`;
    return `| ${capture.name.replace(/^benign-/, '')} | ${describe(capture.name)} | ${what} | ${others.join(' | ')} |`;
  });
  const quiet = RULES.map((_, i) => captures.filter((capture) => alarms(capture)[i] === 0).length);
  return [
    '| situation | what happens | false alarms | ten ports in a minute | SYN count |',
    '|---|---|---|---|---|',
    ...rows,
    `| **situations without an alarm** | of ${captures.length} | ${quiet.join(' | ')} |`,
    '',
    techniques.length === 0
      ? 'False alarms by technique: none of any.'
      : `False alarms by technique: ${techniques.map(({ technique, named }) => `${technique} ${named}`).join(', ')}.`,
  ].join('\n');
}

/** One line, for the terminal. */
export function summary({ captures, techniques }: SetScore): string {
  const count = (pick: (row: TechniqueScore) => number) =>
    techniques.reduce((sum, row) => sum + pick(row), 0);
  const alarms = captures.reduce((sum, { falseAlarms }) => sum + falseAlarms.length, 0);
  return `${captures.length} captures: found ${count(({ found }) => found.portolan)} of ${count(({ labelled }) => labelled)}, ${alarms} false alarms${shortcomings(captures)}`;
}

function shortcomings(captures: SetScore['captures']): string {
  const of = (word: string, pick: 'missed' | 'falseAlarms') => {
    const lines = captures.flatMap((capture) => capture[pick].map((who) => `${capture.name}: ${who}`));
    return lines.length === 0 ? '' : ` ${word}: ${lines.join('; ')}.`;
  };
  return of('Missed', 'missed') + of('False', 'falseAlarms');
}

const share = (part: number, whole: number): string => (whole === 0 ? '–' : (part / whole).toFixed(2));
