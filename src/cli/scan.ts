/** `portolan scan`: one scan from the question to the table. */
import { PortolanError } from '../core/errors.ts';
import { FINAL_STATES } from '../core/task.ts';
import { withoutValue } from '../policy/command.ts';
import { EXIT, exitFor } from './exit-codes.ts';
import { follow, scanAnswer, wholeResult, whyIncomplete } from './follow.ts';
import { formatNamed, formatOf } from './formats.ts';
import { onInterrupt } from './interrupt.ts';
import { openSession, type SessionOptions } from './open-session.ts';
import { checkPlace, reportScan } from './report.ts';
import { resultText } from './result-text.ts';
import { liveLine, note, print, progressOn } from './terminal.ts';

export interface ScanCommandOptions extends SessionOptions {
  full?: boolean;
  options?: string;
  scanner?: string;
  json?: boolean;
  /** A file for the report, in the format its name says. */
  output?: string;
  /** Of what is printed, instead of a table. */
  format?: string;
}

/** Seconds the first call of a server waits; after that the task is followed, so that Ctrl-C knows what to cancel. */
const FIRST_WAIT = 5;

export async function scan(targets: string[], options: ScanCommandOptions): Promise<number> {
  return await runAndShow(() => whatToCall(targets, options), options);
}

/** `portolan resume`: goes on with a scan that was ended early. */
export async function resume(taskId: string, options: ScanCommandOptions): Promise<number> {
  return await runAndShow(() => ({ tool: 'resume_task', args: { task_id: taskId } }), options);
}

async function runAndShow(
  what: () => { tool: string; args: Record<string, unknown> },
  options: ScanCommandOptions,
): Promise<number> {
  if (options.format !== undefined) formatNamed(options.format);
  if (options.output !== undefined) {
    formatOf(options.output);
    await checkPlace(options.output);
  }
  if (options.options !== undefined) checkOptions(options.options);
  const session = await openSession(options, { scans: true });
  const interrupt = onInterrupt();
  const line = liveLine();
  const progress = progressOn(line);
  try {
    const { tool, args } = what();
    const watch = { signal: new AbortController().signal, progress };
    const first = session.own
      ? await session.own.start(tool, args, watch)
      : await session.call(tool, { ...args, timeout: FIRST_WAIT }, watch);
    if (!first.ok) {
      line.clear();
      if (options.json) print(JSON.stringify(first.structured, null, 2));
      note(first.text);
      return exitFor(first.code);
    }
    const answer = scanAnswer(first.structured);
    if (!FINAL_STATES.has(answer.status)) {
      await follow(session, answer.task_id, { signal: interrupt.signal, progress });
    }
    line.clear();
    const whole = await wholeResult(session, answer, { withChanges: options.json === true });
    if (options.json) print(JSON.stringify(whole, null, 2));
    else if (options.format === undefined) print(await resultText(whole, optionsOf(options)));
    await reportScan(session, answer.task_id, options);
    if (interrupt.signal.aborted) return EXIT.interrupted;
    if (whole.status === 'completed') return EXIT.ok;
    note(whyIncomplete(whole));
    return EXIT.failed;
  } finally {
    line.clear();
    interrupt.release();
    await session.close();
  }
}

/** The target stands behind the options, and is not the value of the last of them. */
function checkOptions(options: string): void {
  const unfinished = withoutValue(options);
  if (unfinished === undefined) return;
  throw new PortolanError(
    unfinished.code,
    `--options: ${unfinished.message}`,
    `${unfinished.next} Options and their values go into the same quotes, as in: --options "-p 22,80".`,
  );
}

/** What the scan amounts to in options of nmap. */
function optionsOf({ full, options }: ScanCommandOptions): string {
  return options ?? (full ? '-p- -sV' : '--top-ports 100');
}

function whatToCall(
  targets: string[],
  { full, options, scanner }: ScanCommandOptions,
): { tool: string; args: Record<string, unknown> } {
  const from = scanner === undefined ? {} : { scanner };
  if (options !== undefined)
    return { tool: 'custom_scan', args: { command: `${options} ${targets.join(' ')}`, ...from } };
  return { tool: full ? 'full_scan' : 'quick_scan', args: { target: targets, ...from } };
}
