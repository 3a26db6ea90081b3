/** Reads extra_args against a tool's table and writes the options anew: what is not understood is never passed on. */
import { PortolanError } from '../../core/errors.ts';
import type { FlagTable, Grammar } from './grammar.ts';

/**
 * The options to run with: those of the caller, then the defaults of flags that were not given.
 * @throws PortolanError `invalid_argument`, `invalid_option`, `option_not_allowed`
 */
export function readArguments(
  extraArgs: string,
  flags: FlagTable,
  defaults: Readonly<Record<string, string>> = {},
): string[] {
  const given = new Map<string, string | undefined>();
  const words = splitWords(extraArgs);
  for (let index = 0; index < words.length; index++) {
    const { flag, grammar, joined } = readFlag(words[index] ?? '', flags);
    if (given.has(flag)) throw invalid(`${flag} is given twice.`, `Give ${flag} once.`);
    if (grammar === null) {
      if (joined !== undefined) throw invalid(`${flag} takes no value.`, `Write ${flag} alone.`);
      given.set(flag, undefined);
      continue;
    }
    const text = joined ?? words[++index];
    const value = text === undefined ? undefined : grammar.parse(text);
    if (value === undefined) {
      const what =
        text === undefined
          ? `${flag} needs a value.`
          : `${JSON.stringify(text.slice(0, 80))} does not fit ${flag}.`;
      throw invalid(what, `Give ${grammar.accepts}.`);
    }
    given.set(flag, value);
  }
  for (const [flag, value] of Object.entries(defaults)) if (!given.has(flag)) given.set(flag, value);
  return [...given].flatMap(([flag, value]) => (value === undefined ? [flag] : [flag, value]));
}

function splitWords(text: string): string[] {
  const bad = /[^\x20-\x7e]/.exec(text) ?? /[\\`'"$;|&<>(){}*?!]/.exec(text);
  if (!bad) return text.split(' ').filter((word) => word !== '');
  throw new PortolanError(
    'invalid_argument',
    `extra_args contains ${JSON.stringify(bad[0])}. There is no shell here that could read it.`,
    'Write flags and their values in plain ASCII, separated by spaces.',
  );
}

/** `-c 4`, `-c4`, `--count 4` or `--count=4`. */
function readFlag(
  word: string,
  flags: FlagTable,
): { flag: string; grammar: Grammar | null; joined?: string | undefined } {
  const [name = word] = word.split('=', 1);
  const short = word.slice(0, 2);
  const spelled = Object.hasOwn(flags, word) ? word : word.startsWith('--') ? name : short;
  const grammar = Object.hasOwn(flags, spelled) ? flags[spelled] : undefined;
  if (grammar === undefined) {
    const known = Object.keys(flags).join(' ') || 'none';
    throw new PortolanError(
      'option_not_allowed',
      word.startsWith('-')
        ? `${JSON.stringify(word.slice(0, 80))} is not among the flags of this tool.`
        : `${JSON.stringify(word.slice(0, 80))} is not a flag; the target belongs into target.`,
      known === 'none' ? 'Leave extra_args out: this tool has no flags.' : 'Use only the flags of this tool.',
      { limit: `flags: ${known}` },
    );
  }
  const joined = word === spelled ? undefined : word.slice(spelled.length).replace(/^=/, '');
  return { flag: spelled, grammar, joined };
}

function invalid(message: string, next: string): PortolanError {
  return new PortolanError('invalid_option', message, next);
}
