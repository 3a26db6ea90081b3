/** Writing to a terminal. Whatever came from a network has been through core/clean before it gets here. */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Coloured where standard output is a terminal that wants colours (NO_COLOR, FORCE_COLOR). */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** For a person who waits: never mixed into what a pipe reads. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Columns under their headings, as wide as they need to be. */
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

/** A line that is written over itself; nothing at all where standard error is no terminal. */
export function liveLine(): { show(text: string): void; clear(): void } {
  const { stderr } = process;
  if (!stderr.isTTY) return { show: () => {}, clear: () => {} };
  const clear = () => stderr.write('\r\u001b[K');
  return {
    show: (text) => {
      clear();
      stderr.write(text.slice(0, (stderr.columns ?? 80) - 1));
    },
    clear,
  };
}

/** `[#######.............]  35 %` */
export function bar(percent: number, width = 24): string {
  const full = Math.round((Math.min(100, Math.max(0, percent)) / 100) * width);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${percent.toFixed(0).padStart(3)} %`;
}
