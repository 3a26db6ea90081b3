/** Runs one command line and gives its exit status. Every failure ends here as words and a status. */
import { PortolanError } from '../core/errors.ts';
import { describeError } from '../tools/call/call-tool.ts';
import { EXIT, exitFor } from './exit-codes.ts';

/** @param args the arguments after `portolan`. */
export async function run(args: readonly string[]): Promise<number> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', notTaken);
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

/**
 * `portolan … | head -1`, or a terminal that was closed: what is still to be done is done, unread. What a full disk did not
 * take is said, once.
 */
function notTaken(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || error.code === 'EIO') return;
  process.once('exit', () => {
    process.exitCode = EXIT.failed;
  });
  if (told) return;
  told = true;
  process.stderr.write(`The output could not be written (${error.code ?? error.message}).\n`);
}
let told = false;
