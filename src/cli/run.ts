/** Runs one command line and gives its exit status. Every failure ends here as words and a status. */
import { setImmediate } from 'node:timers/promises';
import { PortolanError } from '../core/errors.ts';
import { describeError } from '../tools/call/call-tool.ts';
import { EXIT, exitFor } from './exit-codes.ts';

/** @param args the arguments after `portolan`. */
export async function run(args: readonly string[]): Promise<number> {
  let unwritten: string | undefined;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => {
      if (!NOBODY_READS.has(code)) unwritten ??= code;
    });
  }
  const status = await outcomeOf(args);
  // The last words may have failed just now.
  await setImmediate();
  if (unwritten === undefined) return status;
  process.stderr.write(
    `storage_failed: Not all output could be written (${unwritten}).\nNext: Make room there, or write it elsewhere.\n`,
  );
  return status === EXIT.ok ? EXIT.failed : status;
}

async function outcomeOf(args: readonly string[]): Promise<number> {
  try {
    // Without arguments an MCP client is waiting: straight to it, without the parser of command lines.
    if (args.length === 0) return await (await import('./stdio.ts')).serveStdio({});
    const { parse } = await import('./program.ts');
    return await parse(args);
  } catch (error) {
    if (!(error instanceof PortolanError)) throw error;
    process.stderr.write(`${describeError(error.toValue())}\n`);
    return exitFor(error.code);
  }
}

/** `portolan … | head -1`, or a terminal that was closed: what is still to be done is done, unread. */
const NOBODY_READS: ReadonlySet<string> = new Set(['EPIPE', 'EIO']);
