/** `portolan audit verify`: whether the audit is whole. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { auditFile } from '../config/audit-file.ts';
import { PortolanError } from '../core/errors.ts';
import { auditFiles } from '../observe/audit.ts';
import { verifyChain } from '../observe/audit-chain.ts';
import { EXIT } from './exit-codes.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { print } from './terminal.ts';

/**
 * @param file the current file; that of the configuration when absent. Those that were put aside are found beside it.
 * @param options.head what an earlier verification printed (`NUMBER:HASH`): the audit must still hold that record, so
 * that also its end cannot have been cut off since.
 */
export async function verifyAudit(
  file: string | undefined,
  options: CommonOptions & { json?: boolean; head?: string },
): Promise<number> {
  const head = options.head === undefined ? undefined : readHead(options.head);
  const current = file ?? auditFile((await loadFor(options)).config);
  const names = await auditFiles(current);
  if (names.length === 0) {
    throw new PortolanError(
      'file_not_found',
      `There is no audit at ${current}.`,
      'Name its file, or look at logging.audit and logging.auditFile.',
    );
  }
  const files = names.map((name) => ({
    name,
    lines: createInterface({ input: createReadStream(name), crlfDelay: Number.POSITIVE_INFINITY }),
  }));
  const result = await verifyChain(files, head);
  if (options.json) print(JSON.stringify(result));
  else if (result.problem) {
    const { file: where, line, what } = result.problem;
    print(`NOT whole: line ${line} of ${where} ${what}.`);
    print(`${result.records} records before it are as they were written.`);
  } else {
    const from = result.first > 1 ? `, from number ${result.first} on (older files are not here)` : '';
    const torn = result.torn > 0 ? `; ${result.torn} lines were torn by a crash or a full disk` : '';
    print(`Whole: ${result.records} records${from}${torn}.`);
    print(`Head: ${result.end.seq}:${result.end.hash}`);
    print(
      'Keep the head elsewhere and give it with --head next time: it shows whether the end was cut off since.',
    );
  }
  return result.ok ? EXIT.ok : EXIT.failed;
}

function readHead(text: string): { seq: number; hash: string } {
  const [, seq, hash = ''] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq !== undefined) return { seq: Number(seq), hash };
  throw new PortolanError(
    'invalid_argument',
    `--head ${text.slice(0, 80)} is no head of an audit.`,
    'Give what an earlier `portolan audit verify` printed behind "Head:".',
  );
}
