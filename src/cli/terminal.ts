/** Writing to a terminal. Whatever came from a network has been through core/clean before it gets here. */
import { stripVTControlCharacters, styleText } from 'node:util';
import { cleanText } from '../core/clean.ts';

type Style = Parameters<typeof styleText>[0];

/** Coloured where standard output is a terminal that wants colours (NO_COLOR, FORCE_COLOR). */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Words with line breaks of ours, in which there may be some of the command line: what moves the cursor is an escape. */
export function printable(text: string): string {
  return cleanText(text.replaceAll('\r', '\\x0d'), Number.POSITIVE_INFINITY);
}

/** For a person who waits: never mixed into what a pipe reads. It may repeat words of the command line or a file. */
export function note(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

/** Fewest characters that a column is made narrower to. */
const NARROWEST = 12;

/** Columns under their headings, as wide as they need to be; in a narrow terminal the widest is broken between words. */
export async function table(head: readonly string[], rows: readonly (readonly string[])[]): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const edges = ['top', 'bottom', 'left', 'right', 'mid'];
  const chars = Object.fromEntries([
    ...edges.flatMap((edge) =>
      [edge, `${edge}-mid`, `${edge}-left`, `${edge}-right`].map((name) => [name, '']),
    ),
    ['left-mid', ''],
    ['mid-mid', ''],
    ['right-mid', ''],
    ['middle', '  '],
  ]);
  const shown = new Table({
    ...widths([head, ...rows], process.stdout.columns),
    head: head.map((name) => paint('bold', name)),
    chars,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  for (const row of rows) shown.push([...row]);
  return shown
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** For the table library: widths that fit into the terminal, where it has a width and the table does not fit. */
function widths(
  rows: readonly (readonly string[])[],
  available: number | undefined,
): { colWidths?: number[]; wordWrap?: true } {
  const columns = (rows[0] ?? []).map((_, at) =>
    Math.max(
      ...rows.flatMap((row) =>
        (row[at] ?? '').split('\n').map((line) => stripVTControlCharacters(line).length),
      ),
    ),
  );
  const whole = columns.reduce((sum, width) => sum + width, 2 * (columns.length - 1));
  if (available === undefined || whole <= available) return {};
  const widest = columns.indexOf(Math.max(...columns));
  const rest = whole - (columns[widest] ?? 0);
  // What the library cannot break it cuts; a word that the terminal itself breaks is still all there.
  const longest = Math.max(
    ...rows.flatMap((row) =>
      stripVTControlCharacters(row[widest] ?? '')
        .split(/\s+/)
        .map((word) => word.length),
    ),
  );
  return {
    colWidths: columns.map((width, at) =>
      at === widest ? Math.max(NARROWEST, longest, available - rest) : width,
    ),
    wordWrap: true,
  };
}

/** Words for a terminal: lines no longer than it is wide, each but the first behind `indent` spaces. Plain in a pipe. */
export function wrapped(text: string, indent: number): string {
  const { columns } = process.stdout;
  if (columns === undefined) return text;
  const width = Math.max(NARROWEST, columns - indent);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}

/** Asks the person at the terminal; to leave (Ctrl-C, Ctrl-D) is no. @returns undefined when nobody is there to ask */
export async function agrees(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const left = new AbortController();
  terminal.once('close', () => left.abort());
  // While it asks, the terminal sends a key instead of the signal: it is what it is everywhere else.
  terminal.once('SIGINT', () => {
    terminal.close();
    note('');
    process.kill(process.pid, 'SIGINT');
  });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal: left.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (!left.signal.aborted) throw error;
    return false;
  } finally {
    terminal.close();
  }
}

export interface LiveLine {
  /** The words are made only where they are shown. */
  show(text: () => string): void;
  clear(): void;
}

/** A line that is written over itself; nothing at all where standard error is no terminal. */
export function liveLine(): LiveLine {
  const { stderr } = process;
  if (!stderr.isTTY) return { show: () => {}, clear: () => {} };
  const clear = () => stderr.write('\r\u001b[K');
  return {
    show: (text) => {
      clear();
      stderr.write(text().slice(0, (stderr.columns ?? 80) - 1));
    },
    clear,
  };
}

/** How far a scan is, on one line. */
export function progressOn(line: LiveLine): (percent: number, message: string) => void {
  return (percent, message) => line.show(() => `${bar(percent)} ${message}`);
}

/** `[#######.............]  35 %` */
export function bar(percent: number, width = 24): string {
  const full = Math.round((Math.min(100, Math.max(0, percent)) / 100) * width);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${percent.toFixed(0).padStart(3)} %`;
}
