/** `portolan report`: the whole report of a scan, printed or written into a file. */

import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PortolanError } from '../core/errors.ts';
import type { ReportFormat } from '../tools/reports/index.ts';
import { EXIT } from './exit-codes.ts';
import { endingOf, formatNamed, formatOf } from './formats.ts';
import { openSession, type SessionOptions } from './open-session.ts';
import type { Session } from './session.ts';
import { note } from './terminal.ts';

export interface ReportOptions extends SessionOptions {
  format?: string;
  output?: string;
}

/** @param task its id, or the address of a report as answers name it (`scan://TASK/report.csv`) */
export async function report(task: string, options: ReportOptions): Promise<number> {
  const { output } = options;
  const [, taskId = task, extension] = /^scan:\/\/([^/]+)(?:\/report\.(\w+))?$/.exec(task) ?? [];
  const named = options.format ?? (output === undefined ? (extension ?? 'md') : undefined);
  const format = named === undefined ? formatOf(output ?? '') : formatNamed(named);
  if (output !== undefined) {
    const ending = endingOf(output);
    if (ending !== undefined && ending !== format) throw saysBoth(output, ending, format);
    await checkPlace(output);
  }
  const session = await openSession(options);
  try {
    const pieces = await session.report(taskId, format);
    if (output === undefined) await printPieces(pieces);
    else await writeReport(pieces, output);
    return EXIT.ok;
  } finally {
    await session.close();
  }
}

/** Throws when no file can be made there: said before a scan begins, not after it. */
export async function checkPlace(file: string): Promise<void> {
  try {
    await access(dirname(file), constants.W_OK);
  } catch (cause) {
    throw cannotWrite(file, cause);
  }
}

/** Writes a report over what the file held. Results show weak spots, so it is for its owner's eyes only. */
export async function writeReport(pieces: AsyncIterable<string>, file: string): Promise<void> {
  try {
    const handle = await open(file, 'w', 0o600);
    try {
      for await (const piece of pieces) await handle.write(piece);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof PortolanError) throw cause;
    throw cannotWrite(file, cause);
  }
  note(`Written to ${file}`);
}

/** Prints no faster than somebody reads, and ends when nobody does. */
export async function printPieces(pieces: AsyncIterable<string>): Promise<void> {
  const { stdout } = process;
  for await (const piece of pieces) {
    if (stdout.destroyed || stdout.errored) return;
    if (!stdout.write(piece))
      await Promise.race([once(stdout, 'drain'), once(stdout, 'close')]).catch(() => {});
  }
}

/** The report of a scan that was just made, where it was asked for. */
export async function reportScan(
  session: Session,
  taskId: string,
  { format, output }: { format?: string | undefined; output?: string | undefined },
): Promise<void> {
  if (output !== undefined) await writeReport(await session.report(taskId, formatOf(output)), output);
  if (format !== undefined) await printPieces(await session.report(taskId, formatNamed(format)));
}

function saysBoth(file: string, ending: ReportFormat, format: ReportFormat): PortolanError {
  return new PortolanError(
    'invalid_argument',
    `--output ${file} is ${ending} by its name, and --format says ${format}.`,
    'Give one of both, or let the name end as the format says.',
  );
}

function cannotWrite(file: string, cause: unknown): PortolanError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PortolanError(
    'invalid_argument',
    `--output ${file} cannot be written: ${why}.`,
    'Name a file in a folder that is there and that you may write to.',
    { cause },
  );
}
