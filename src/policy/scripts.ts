/**
 * Which nmap scripts run. A script named by itself either may run or is refused. A category, a pattern or an expression
 * stands for many: those that may not run are left out, and a note says which those are (`default`, and so -sC, contains
 * scripts of `vuln` and `external`); it is refused when none is left. nmap manual, chapter NSE, "Script Selection".
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
import {
  holds,
  parseExpression,
  type ScriptExpression,
  wordsOf,
  writeExpression,
} from './script-expression.ts';

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
  /** Some run by the leave for intrusive scripts alone; not counted for -sC and safe, whose users ask for no such thing. */
  intrusive: boolean;
  notes: CoverageNote[];
}

/** What opens intrusive scripts. */
export interface ScriptLeave {
  /** All of them. */
  intrusive: boolean;
  /** Those that the operator named; each only where it is asked for by name. */
  named: ReadonlySet<string>;
}

/**
 * `rules` are the parts of --script: names, categories, patterns and expressions of them (-sC is the category
 * `default`). Throws the first refusal.
 */
export function selectScripts(
  rules: readonly string[],
  catalogue: ScriptCatalogue,
  { intrusive, named }: ScriptLeave,
): ScriptSelection {
  const written = new Set<string>();
  const selected = new Set<string>();
  const notes: CoverageNote[] = [];
  let needsLeave = false;
  const of = (name: string) => catalogue.get(name) ?? new Set<string>();
  const judge = (name: string, leave: boolean) => judgeScript(name, of(name), intrusive || leave);
  for (const expression of rules.flatMap((rule) => alternatives(rule, catalogue))) {
    const rule = writeExpression(expression);
    const words = wordsOf(expression);
    for (const word of words) checkWord(word, catalogue);
    const members = matching(expression, catalogue);
    const [word = ''] = words;
    const isName = expression.kind === 'word' && catalogue.has(word);
    const isCategory = expression.kind === 'word' && !isName && isCategoryOf(word, catalogue);
    if (isCategory) refuseCategory(word, intrusive);
    const verdicts = members.map((name) => ({
      name,
      verdict: judge(name, isName && mayByName(name, named)),
    }));
    const run = verdicts.flatMap(({ name, verdict }) => (verdict.run ? [name] : []));
    const left = verdicts.flatMap(({ name, verdict }) => (verdict.run ? [] : [name]));
    if (run.length === 0) throw refuseAll(rule, verdicts);
    for (const name of run) selected.add(name);
    if (!(isCategory && HARMLESS_CATEGORIES.some((one) => one === word))) {
      needsLeave ||= run.some(
        (name) => !(isName && mayByName(name, named)) && !judgeScript(name, of(name), false).run,
      );
    }
    // Names leave nothing to how nmap reads an expression; a category has too many of them.
    if (isCategory) written.add(categoryRule(word, left, catalogue, intrusive));
    else for (const name of run) written.add(name);
    if (left.length > 0) notes.push(leftOut(isCategory ? `nmap's category ${word}` : rule, left));
  }
  return { expression: [...written].join(','), count: selected.size, intrusive: needsLeave, notes };
}

/** A comma says what `or` does. */
function alternatives(rule: string, catalogue: ScriptCatalogue): ScriptExpression[] {
  const expression = parseExpression(rule);
  if (!expression) throw noScript(rule, catalogue);
  return expression.kind === 'or' && expression.of.every(({ kind }) => kind === 'word')
    ? expression.of
    : [expression];
}

/** Intrusive to nmap for the many handshakes it makes, and no more than that. */
const ONLY_HANDSHAKES = 'ssl-enum-ciphers';
const mayByName = (name: string, named: ReadonlySet<string>) => name === ONLY_HANDSHAKES || named.has(name);

const isCategoryOf = (word: string, catalogue: ScriptCatalogue): boolean =>
  [...catalogue.values()].some((categories) => categories.has(word));

function matching(expression: ScriptExpression, catalogue: ScriptCatalogue): string[] {
  const tests = new Map(
    wordsOf(expression).map((word) => {
      const fits = globMatcher(word);
      return [word, (name: string) => fits(name) || catalogue.get(name)?.has(word) === true] as const;
    }),
  );
  return [...catalogue.keys()].filter((name) =>
    holds(expression, (word) => word === 'all' || tests.get(word)?.(name) === true),
  );
}

/** Every word of a rule must mean something: a misspelt one behind `not` would let everything in. */
function checkWord(word: string, catalogue: ScriptCatalogue): void {
  if (word === 'all' || isCategoryOf(word, catalogue)) return;
  if ([...catalogue.keys()].some(globMatcher(word))) return;
  throw noScript(word, catalogue);
}

function noScript(word: string, catalogue: ScriptCatalogue): PortolanError {
  const similar = [...catalogue]
    .filter(([name, of]) => name.includes(word.split('-')[0] ?? word) && judgeScript(name, of, false).run)
    .slice(0, 10)
    .map(([name]) => name);
  return new PortolanError(
    'script_not_allowed',
    /[*?]/.test(word)
      ? `No installed script fits ${JSON.stringify(word)}.`
      : `There is no script or category ${JSON.stringify(word)} in the installed nmap.`,
    similar.length > 0
      ? `Similar ones that may run: ${similar.join(', ')}.`
      : 'Name an installed script, or default or safe.',
  );
}

/** The refusal of a rule of which nothing may run; a person may agree when leave is all that some of it lacks. */
function refuseAll(rule: string, verdicts: readonly { name: string; verdict: Verdict }[]): PortolanError {
  const refused = verdicts.flatMap(({ name, verdict }) => (verdict.run ? [] : [{ name, verdict }]));
  const [first] = refused;
  if (!first) {
    return new PortolanError(
      'script_not_allowed',
      `No installed script fits ${JSON.stringify(rule)}.`,
      'Name an installed script, or default or safe.',
    );
  }
  if (refused.length === 1) return refuseScript(first.name, first.verdict);
  const needsLeave = refused.filter(({ verdict }) => verdict.code === 'needs_intrusive');
  return new PortolanError(
    needsLeave.length > 0 ? 'needs_intrusive' : 'script_not_allowed',
    `${JSON.stringify(rule)} fits only scripts that may not run: ${listed(
      refused.map(({ name }) => name),
      8,
    )}.`,
    needsLeave.length > 0 ? NEEDS_INTRUSIVE : 'Name scripts that may run, or the category default or safe.',
  );
}

/** script-expression.ts bounds the number of stars, so that backtracking stays small. */
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
    verdict.code === 'needs_intrusive'
      ? `Ask the operator to add ${name} to security.allowedScripts (or to set security.allowIntrusive for all), or choose the category default or safe instead.`
      : 'Leave it out; no setting allows it.',
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

function leftOut(rule: string, left: readonly string[]): CoverageNote {
  return {
    kind: 'not_scanned',
    message: `${left.length} scripts of ${rule} were left out because they may not run here: ${listed(left, 40)}.`,
  };
}

const listed = (names: readonly string[], most: number): string =>
  names.length <= most
    ? names.join(', ')
    : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
