/** custom_scan's command: nmap options and targets as nmap's users write them, read against the flags table. */
import { joinErrors, PortolanError } from '../core/errors.ts';
import type { ScanOption } from '../core/request.ts';
import { parseTarget } from '../core/target.ts';
import { type FlagRow, flagRow } from './allowed-options.ts';
import { refuseFlag } from './refused-options.ts';
import { noTarget } from './targets.ts';

interface Command {
  targets: string[];
  options: ScanOption[];
}

const LONGEST = 8192;
const EXAMPLE = 'For example: -sV -p 22,80 192.168.1.10';

export interface ReadCommand extends Command {
  /** What could not be read. */
  refusals: PortolanError[];
}

/**
 * Splits the command into options (canonical flags and values) and targets. Grammar only: scope, risk and privileges
 * are judged by the policy. Throws PortolanError `invalid_option`, `option_not_allowed`, `invalid_ports`,
 * `invalid_target` or `invalid_argument`.
 */
export function parseCommand(command: string): Command {
  const { refusals, ...read } = readCommand(command);
  const [first, ...others] = [...refusals, ...(read.targets.length === 0 ? [noTarget()] : [])];
  if (first) throw joinErrors(first, others);
  return read;
}

/** The refusal of a last option that lacks its value: what is written behind it, a target, would be taken for that. */
export function withoutValue(options: string): PortolanError | undefined {
  const last = splitWords(options).at(-1);
  const row = last === undefined ? undefined : flagRow(last);
  return row?.value && !row.optional ? readCommand(options).refusals.at(-1) : undefined;
}

/**
 * As {@link parseCommand}, but goes on behind what it cannot read, so that a plan can judge the rest too.
 * @throws PortolanError `invalid_argument` when the command does not even fall into words
 */
export function readCommand(command: string): ReadCommand {
  const words = splitWords(command);
  const read: ReadCommand = { targets: [], options: [], refusals: [] };
  if (words[0] === 'nmap') {
    words.shift();
    const message = 'The command begins with nmap itself.';
    read.refusals.push(new PortolanError('invalid_argument', message, `Leave that word out. ${EXAMPLE}`));
  }
  // What stands behind an option that we have no row for may be its value or a target.
  const unsure: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (!word.startsWith('-')) {
      read.targets.push(word);
      continue;
    }
    try {
      const { read: options, takesNext } = readOption(word, words[index + 1]);
      read.options.push(...options);
      if (takesNext) index++;
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      read.refusals.push(error);
      const next = words[index + 1];
      if (next === undefined || next.startsWith('-') || isAddress(next)) continue;
      if (flagRow(word) === undefined) unsure.push(next);
      index++;
    }
  }
  if (read.targets.length === 0) read.targets.push(...unsure);
  return read;
}

function isAddress(word: string): boolean {
  try {
    return parseTarget(word).kind === 'addresses';
  } catch {
    return false;
  }
}

/** Quotes as in a shell, and nothing else of a shell: no expansion, no escapes, no operators. */
function splitWords(command: string): string[] {
  const bad = /[^\x20-\x7e]/.exec(command) ?? /[\\`$;|&<>]/.exec(command);
  if (bad || command.length > LONGEST) {
    throw new PortolanError(
      'invalid_argument',
      bad
        ? `The command contains ${JSON.stringify(bad[0])}, which is neither nmap's nor expanded here.`
        : `The command has ${command.length} characters.`,
      `Write options and targets in plain ASCII, separated by spaces. ${EXAMPLE}`,
      { limit: `at most ${LONGEST} characters` },
    );
  }
  const words: string[] = [];
  for (const match of command.matchAll(/ +|((?:[^ '"]|'[^']*'|"[^"]*")+)|(.)/g)) {
    if (match[2] !== undefined) {
      throw new PortolanError(
        'invalid_argument',
        'A quotation mark is not closed.',
        'Close it, or leave it out.',
      );
    }
    if (match[1] !== undefined) words.push(match[1].replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  }
  return words;
}

function readOption(word: string, next: string | undefined): { read: ScanOption[]; takesNext: boolean } {
  const [name = word] = word.split('=', 1);
  if (word.startsWith('--')) {
    const row = flagRow(name);
    if (!row) throw refuseFlag(word);
    if (name !== word) return { read: [toOption(row, word.slice(name.length + 1))], takesNext: false };
    return withNext(row, next);
  }
  const row = flagRow(word);
  if (row) return withNext(row, next);
  const several = readCombined(word);
  if (several) return { read: several, takesNext: false };
  // The value in the same word: -p80, -T4, -PS22,80, -g53.
  const joined = flagRow(word.slice(0, 3)) ?? flagRow(word.slice(0, 2));
  if (!joined?.value || joined.instead !== undefined) throw refuseFlag(word);
  const spelling = flagRow(word.slice(0, 3)) ? 3 : 2;
  return { read: [toOption(joined, word.slice(spelling))], takesNext: false };
}

function withNext(row: FlagRow, next: string | undefined): { read: ScanOption[]; takesNext: boolean } {
  if (!row.value || row.optional) return { read: [{ flag: row.flag }], takesNext: false };
  if (next === undefined) {
    throw new PortolanError('invalid_option', `${row.flag} needs a value.`, `Give ${row.value.accepts}.`);
  }
  return { read: [toOption(row, next)], takesNext: true };
}

/** -sSUV is -sS -sU -sV, and -vv is -v2 (nmap manual). */
function readCombined(word: string): ScanOption[] | undefined {
  const repeated = /^-(v{2,9}|d{2,9})$/.exec(word)?.[1];
  if (repeated) return [{ flag: `-${repeated[0]}`, value: String(repeated.length) }];
  const letters = /^-s([A-Za-z]{2,8})$/.exec(word)?.[1];
  if (letters === undefined) return undefined;
  return Array.from(letters, (letter) => {
    const row = flagRow(`-s${letter}`);
    if (!row) throw refuseFlag(`-s${letter}`);
    return { flag: row.flag };
  });
}

function toOption(row: FlagRow, value: string): ScanOption {
  return checkOption({ flag: row.flag, value });
}

/** An option with its flag and value in canonical spelling. Throws like {@link parseCommand}. */
export function checkOption({ flag, value }: ScanOption): ScanOption {
  const row = flagRow(flag);
  if (!row) throw refuseFlag(flag);
  if (value === undefined) {
    if (!row.value || row.optional) return { flag: row.flag };
    throw new PortolanError('invalid_option', `${row.flag} needs a value.`, `Give ${row.value.accepts}.`);
  }
  if (!row.value) {
    throw new PortolanError('invalid_option', `${row.flag} takes no value.`, `Write ${row.flag} alone.`);
  }
  const canonical = row.value.parse(value);
  if (canonical === undefined) {
    throw new PortolanError(
      'invalid_option',
      `${JSON.stringify(value.slice(0, 80))} does not fit ${row.flag}.`,
      `Give ${row.value.accepts}.`,
    );
  }
  return { flag: row.flag, value: canonical };
}
