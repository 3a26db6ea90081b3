/** `portolan call`: one call of one tool. */
import { z } from 'zod';
import { PortolanError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { toolArguments } from './arguments.ts';
import { EXIT, exitFor } from './exit-codes.ts';
import { follow, scanAnswer, whyIncomplete } from './follow.ts';
import { onInterrupt } from './interrupt.ts';
import { openSession, type SessionOptions } from './open-session.ts';
import type { Answer, Session, Watch } from './session.ts';
import { liveLine, note, print, progressOn, table } from './terminal.ts';

type CallOptions = SessionOptions & { json?: boolean };

/** Without a tool's name, the tools are listed. */
export async function call(name: string | undefined, pairs: string[], options: CallOptions): Promise<number> {
  const session = await openSession(options);
  try {
    const tools = await session.tools();
    if (name === undefined) {
      print(
        options.json
          ? JSON.stringify(tools, null, 2)
          : await table(
              ['tool', 'what it does'],
              tools.map((tool) => [tool.name, tool.title]),
            ),
      );
      return EXIT.ok;
    }
    const tool = tools.find((one) => one.name === name);
    if (!tool) {
      const near = nearest(
        name,
        tools.map((one) => one.name),
      );
      throw new PortolanError(
        'tool_not_found',
        `There is no tool "${name}".`,
        near ? `Did you mean ${near}?` : `The tools: ${tools.map((one) => one.name).join(', ')}.`,
      );
    }
    return await answer(session, name, toolArguments(name, tool.inputSchema, pairs), options);
  } finally {
    await session.close();
  }
}

async function answer(
  session: Session,
  name: string,
  args: Record<string, unknown>,
  options: CallOptions,
): Promise<number> {
  const interrupt = onInterrupt();
  const line = liveLine();
  try {
    const watch: Watch = {
      signal: interrupt.signal,
      progress: progressOn(line),
    };
    const first = await session.call(name, args, watch);
    // A task that is asked about by its id may be another process's: what is known of it now is the answer.
    const started = !('task_id' in args);
    const { ok, text, structured, code } =
      started && session.own ? await toTheEnd(session, first, watch) : first;
    line.clear();
    if (options.json) print(JSON.stringify(structured ?? { text }, null, 2));
    else if (ok) print(text);
    if (!ok) note(text);
    if (interrupt.signal.aborted) return EXIT.interrupted;
    if (!ok) return exitFor(code);
    // As `portolan scan` says it; a task that is only looked at may have ended in any way.
    if (!started || !EndedBadly.safeParse(structured).success) return EXIT.ok;
    if (options.json) note(whyIncomplete(scanAnswer(structured)));
    return EXIT.failed;
  } finally {
    line.clear();
    interrupt.release();
  }
}

/** A scan of this process would end with it, so an answer that says "running" is not the last word here. */
async function toTheEnd(session: Session, first: Answer, watch: Watch): Promise<Answer> {
  const running = RunningTask.safeParse(first.structured);
  if (!running.success) return first;
  const { task_id } = running.data;
  await follow(session, task_id, watch);
  return await session.call(
    'get_task_result',
    { task_id },
    { ...watch, signal: new AbortController().signal },
  );
}

const EndedBadly = z.looseObject({ task_id: z.string(), status: z.enum(['failed', 'cancelled']) });

const RunningTask = z.looseObject({
  task_id: z.string(),
  status: z.enum(['pending', 'running']),
  message: z.string(),
});
