/**
 * Which nmap scripts run. A script named by itself either may run or is refused. A category stands for many: it becomes
 * nmap's own boolean expression, which leaves out what may not run, and a note says which those are (`default`, and so
 * -sC, contains scripts of `vuln` and `external`). nmap manual, chapter NSE, "Script Selection".
 */
import { PortolanError } from '../core/errors.ts';
import type { CoverageNote } from '../core/result.ts';
import {
  HARMLESS_CATEGORIES,
  INTRUSIVE_CATEGORIES,
  NEVER_CATEGORIES,
  NEVER_SCRIPTS,
} from './never-scripts.ts';
import type { ScriptCatalogue } from './script-catalogue.ts';

type Verdict =
  | { run: true }
  | { run: false; code: 'script_not_allowed' | 'needs_intrusive'; because: string };

/** Whether one script may run, with the installed categories. */
export function judgeScript(name: string, categories: ReadonlySet<string>, intrusive: boolean): Verdict {
  const named = NEVER_SCRIPTS.get(name);
  if (named !== undefined) return { run: false, code: 'script_not_allowed', because: named };
  const never = NEVER_CATEGORIES.filter((category) => categories.has(category));
  if (never.length > 0) {
    return {
      run: false,
      code: 'script_not_allowed',
      because: `it is in nmap's category ${never.join(' and ')}`,
    };
  }
  if (intrusive) return { run: true };
  const risky = INTRUSIVE_CATEGORIES.filter((category) => categories.has(category));
  if (risky.length > 0) {
    return {
      run: false,
      code: 'needs_intrusive',
      because: `it is in nmap's category ${risky.join(' and ')}`,
    };
  }
  if (HARMLESS_CATEGORIES.some((category) => categories.has(category))) return { run: true };
  return {
    run: false,
    code: 'needs_intrusive',
    because: "it is in neither of nmap's categories safe and default",
  };
}

export interface ScriptSelection {
  /** What to give to --script. */
  expression: string;
  /** How many scripts that selects. */
  count: number;
  notes: CoverageNote[];
}

/** `words` are names, categories and patterns (-sC is the category `default`). Throws the first refusal. */
export function selectScripts(
  words: readonly string[],
  catalogue: ScriptCatalogue,
  intrusive: boolean,
): ScriptSelection {
  const rules = new Set<string>();
  const selected = new Set<string>();
  const notes: CoverageNote[] = [];
  const mayRun = (name: string) => judgeScript(name, catalogue.get(name) ?? new Set(), intrusive).run;
  const every = [...catalogue.keys()];
  for (const word of words) {
    const members = every.filter((name) => catalogue.get(name)?.has(word));
    if (members.length > 0) {
      refuseCategory(word, intrusive);
      const left = members.filter((name) => !mayRun(name));
      rules.add(categoryRule(word, left, catalogue, intrusive));
      for (const name of members.filter(mayRun)) selected.add(name);
      if (left.length > 0) notes.push(leftOut(word, left));
      continue;
    }
    for (const name of resolveWord(word, every, mayRun)) {
      const verdict = judgeScript(name, catalogue.get(name) ?? new Set(), intrusive);
      if (!verdict.run) throw refuseScript(name, verdict);
      rules.add(name);
      selected.add(name);
    }
  }
  return { expression: [...rules].join(','), count: selected.size, notes };
}

/** The script of that name, or all that a pattern fits: a pattern that fits one which may not run is refused. */
function resolveWord(word: string, every: readonly string[], mayRun: (name: string) => boolean): string[] {
  if (!/[*?]/.test(word)) {
    if (every.includes(word)) return [word];
    const similar = every
      .filter((name) => name.includes(word.split('-')[0] ?? word) && mayRun(name))
      .slice(0, 10);
    throw new PortolanError(
      'script_not_allowed',
      `There is no script or category ${JSON.stringify(word)} in the installed nmap.`,
      similar.length > 0
        ? `Similar ones that may run: ${similar.join(', ')}.`
        : 'Name an installed script, or default or safe.',
    );
  }
  const fits = globMatcher(word);
  const matches = every.filter(fits);
  const refused = matches.filter((name) => !mayRun(name));
  if (matches.length > 0 && refused.length === 0) return matches;
  throw new PortolanError(
    'script_not_allowed',
    matches.length === 0
      ? `No installed script fits ${JSON.stringify(word)}.`
      : `${JSON.stringify(word)} fits scripts that may not run: ${listed(refused, 8)}.`,
    matches.length === refused.length
      ? 'Name scripts that may run, or the category default or safe.'
      : `Name those you want among: ${listed(matches.filter(mayRun), 40)}.`,
  );
}

/** values.ts bounds the number of stars, so that backtracking stays small. */
function globMatcher(pattern: string): (name: string) => boolean {
  const source = pattern
    .replace(/\*+/g, '*')
    .replace(/[.-]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`);
  return (name) => expression.test(name);
}

function refuseCategory(category: string, intrusive: boolean): void {
  if (NEVER_CATEGORIES.some((never) => never === category)) {
    throw new PortolanError(
      'script_not_allowed',
      `Scripts of the category ${category} never run here: they leave the scope or do harm.`,
      'Name scripts that may run, or the category default or safe.',
    );
  }
  if (!intrusive && INTRUSIVE_CATEGORIES.some((risky) => risky === category)) {
    throw new PortolanError(
      'needs_intrusive',
      `Scripts of the category ${category} are intrusive.`,
      NEEDS_INTRUSIVE,
    );
  }
}

const NEEDS_INTRUSIVE =
  'Ask the operator to set security.allowIntrusive, or choose the category default or safe instead.';

function refuseScript(name: string, verdict: Verdict & { run: false }): PortolanError {
  return new PortolanError(
    verdict.code,
    `The script ${name} may not run: ${verdict.because}.`,
    verdict.code === 'needs_intrusive' ? NEEDS_INTRUSIVE : 'Leave it out; no setting allows it.',
  );
}

function categoryRule(
  category: string,
  left: readonly string[],
  catalogue: ScriptCatalogue,
  intrusive: boolean,
): string {
  const harmless = HARMLESS_CATEGORIES.some((name) => name === category);
  const excluded: string[] = intrusive
    ? [...NEVER_CATEGORIES]
    : [...NEVER_CATEGORIES, ...INTRUSIVE_CATEGORIES];
  // By name only what its categories do not exclude already, to keep the argv readable.
  const byName = left.filter(
    (name) => NEVER_SCRIPTS.has(name) && !excluded.some((c) => catalogue.get(name)?.has(c)),
  );
  return [
    category,
    ...(intrusive || harmless ? [] : [`and (${HARMLESS_CATEGORIES.join(' or ')})`]),
    `and not (${[...excluded, ...byName].join(' or ')})`,
  ].join(' ');
}

function leftOut(category: string, left: readonly string[]): CoverageNote {
  return {
    kind: 'not_scanned',
    message: `${left.length} scripts of nmap's category ${category} were left out because they may not run here: ${listed(left, 40)}.`,
  };
}

const listed = (names: readonly string[], most: number): string =>
  names.length <= most
    ? names.join(', ')
    : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
