/** `portolan audit verify` and `portolan audit head`: whether the audit is whole, and where it ends. */
import { open } from 'node:fs/promises';
import { auditFile } from '../config/audit-file.ts';
import { cleanField } from '../core/clean.ts';
import { PortolanError } from '../core/errors.ts';
import { type Verification, verifyFiles } from '../observe/audit-chain.ts';
import { endOfAudit, linesOf } from '../observe/audit-files.ts';
import type { ChainEnd } from '../observe/audit-record.ts';
import { EXIT } from './exit-codes.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { print } from './terminal.ts';

export interface VerifyOptions extends CommonOptions {
  json?: boolean;
  /** What an earlier verification printed (`NUMBER:HASH`): the audit must still hold that record. */
  head?: string;
  /** A file with heads that were noted at intervals, in whatever words: each must still be there. */
  heads?: string;
  /** What is older was moved away, or is known to be lost. */
  from?: string;
}

/** @param file the current file; that of the configuration when absent. Those that were put aside are found beside it. */
export async function verifyAudit(file: string | undefined, options: VerifyOptions): Promise<number> {
  const head = readHead('--head', options.head);
  const from = readHead('--from', options.from);
  const { current, noted } = await placesOf(file, options);
  const heads = noted === undefined ? undefined : await headsIn(noted, options.heads !== undefined);
  const result = await verifyFiles(current, { head, heads, from });
  if (result.problem?.file === '') throw none(current);
  if (options.json) print(JSON.stringify(result));
  else print(told(result));
  return result.ok ? EXIT.ok : EXIT.failed;
}

/** The audit beside the database, with the heads that were noted of it; undefined where there is none yet. */
export async function lookAtAudit(options: CommonOptions): Promise<Verification | undefined> {
  const { current, noted } = await placesOf(undefined, options);
  const heads = noted === undefined ? undefined : await headsIn(noted, false);
  const result = await verifyFiles(current, { heads });
  return result.problem?.file === '' ? undefined : result;
}

/** Prints the last record's number and hash: to be noted where whoever may write the audit may not write. */
export async function auditHead(file: string | undefined, options: CommonOptions): Promise<number> {
  const { current } = await placesOf(file, options);
  const end = await endOfAudit(current);
  if (!end) throw none(current);
  print(`${end.seq}:${end.hash}`);
  return EXIT.ok;
}

async function placesOf(file: string | undefined, options: CommonOptions & { heads?: string }) {
  if (file !== undefined) return { current: file, noted: options.heads };
  const { config } = await loadFor(options);
  return { current: auditFile(config), noted: options.heads ?? config.logging.auditHeadFile };
}

function told({ problem, records, first, end, torn, lost, heads }: Verification): string {
  if (problem)
    return `NOT whole: ${wordsOf(problem)}.\n${records} records before it are as they were written.`;
  const notes = [
    ...(first > 1 ? [`from number ${first} on (older ones are not here, as the audit or --from says)`] : []),
    ...(torn > 0 ? [`${torn} lines were torn by a crash or a full disk`] : []),
    ...(lost > 0 ? [`${lost} events could not be written down, and are counted in it`] : []),
    ...(heads.found > 0 ? [`${heads.found} heads are in it`] : []),
    ...(heads.older > 0 ? [`${heads.older} heads are older than what is here`] : []),
  ];
  return [
    `Whole: ${[`${records} records`, ...notes].join('; ')}.`,
    `Head: ${end.seq}:${end.hash}`,
    'Keep the head elsewhere and give it with --head next time: it shows whether the end was cut off since.',
  ].join('\n');
}

export function wordsOf({ file, line, what }: NonNullable<Verification['problem']>): string {
  return `${line === 0 ? cleanField(file) : `line ${line} of ${cleanField(file)}`} ${what}`;
}

function none(current: string): PortolanError {
  return new PortolanError(
    'file_not_found',
    `There is no audit at ${current}.`,
    'Name its file, or look at logging.audit and logging.auditFile.',
  );
}

const HEAD = /(?<!\d)(\d{1,15}):([0-9a-f]{64})(?![0-9a-f])/;
/** More than one a minute for some years. */
const MOST_HEADS = 2_000_000;

function readHead(option: string, text: string | undefined): ChainEnd | undefined {
  if (text === undefined) return undefined;
  const found = HEAD.exec(text);
  if (found?.[0] === text) return { seq: Number(found[1]), hash: found[2] ?? '' };
  throw new PortolanError(
    'invalid_argument',
    `${option} ${cleanField(text, 80)} is no head of an audit.`,
    'Give what an earlier `portolan audit verify` printed behind "Head:".',
  );
}

/** Every head in a text: a file of heads, or a log that they were written to. */
async function headsIn(file: string, required: boolean): Promise<ChainEnd[]> {
  const heads: ChainEnd[] = [];
  const handle = await open(file, 'r').catch((error: unknown) => {
    // Not written yet.
    if (!required && error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new PortolanError(
      'file_not_found',
      `The heads cannot be read from ${file}.`,
      'Name a file that holds them, such as logging.auditHeadFile.',
      { cause: error },
    );
  });
  if (!handle) return heads;
  try {
    for await (const line of linesOf(handle)) {
      const found = HEAD.exec(line.toString('latin1'));
      if (found && heads.length < MOST_HEADS) heads.push({ seq: Number(found[1]), hash: found[2] ?? '' });
    }
  } finally {
    await handle.close();
  }
  if (required && heads.length === 0) {
    throw new PortolanError(
      'invalid_argument',
      `There are no heads in ${file}.`,
      'A head is NUMBER:HASH, as `portolan audit head` prints it.',
    );
  }
  return heads;
}
