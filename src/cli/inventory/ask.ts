/** Calls one tool and prints its answer: what the commands of the inventory share. */
import { EXIT, exitFor } from '../exit-codes.ts';
import { openSession, type SessionOptions } from '../open-session.ts';
import type { Answer, Session, Watch } from '../session.ts';
import { note, print } from '../terminal.ts';

const QUIET: Watch = { signal: new AbortController().signal, progress: () => {} };

/**
 * @param show prints the answer in words and gives the exit status
 * @returns the exit status
 */
export async function ask(
  options: SessionOptions & { json?: boolean },
  tool: string,
  args: Readonly<Record<string, unknown>>,
  show: (answer: Answer) => number | Promise<number>,
): Promise<number> {
  const session = await openSession(options);
  try {
    return await askOnce(session, options, tool, args, show);
  } finally {
    await session.close();
  }
}

async function askOnce(
  session: Session,
  { json }: { json?: boolean },
  tool: string,
  args: Readonly<Record<string, unknown>>,
  show: (answer: Answer) => number | Promise<number>,
): Promise<number> {
  // What is undefined is left out, as in the JSON that a server elsewhere is sent.
  const given: Record<string, unknown> = JSON.parse(JSON.stringify(args));
  const answer = await session.call(tool, given, QUIET);
  if (!answer.ok) {
    note(answer.text);
    return exitFor(answer.code);
  }
  if (!json) return await show(answer);
  print(JSON.stringify(answer.structured, null, 2));
  return EXIT.ok;
}
