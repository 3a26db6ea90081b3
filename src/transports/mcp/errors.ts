/** What goes wrong outside a tool, as JSON-RPC has it. Inside one, tools/call/call-tool makes it an answer. */
import { randomUUID } from 'node:crypto';
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { currentOrigin } from '../../core/origin.ts';
import { describeError, toErrorValue } from '../../tools/call/call-tool.ts';

/** Told about a defect: where it showed, and what was thrown. */
export type OnDefect = (where: string, error: unknown, correlation?: string) => void;

/**
 * Runs `work` for a request. The SDK sends the message of whatever is thrown to the client, so only what was meant for
 * a client may be: our own errors go out with their code and next step in `data`, defects without a word of theirs.
 */
export async function guarded<Result>(
  where: string,
  onDefect: OnDefect,
  work: () => Promise<Result> | Result,
  data: Record<string, unknown> = {},
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    const id = currentOrigin()?.id ?? randomUUID();
    const value = {
      ...toErrorValue(error, (defect) => onDefect(where, defect, id)),
      correlation_id: id,
    };
    const code =
      value.code === 'internal' ? ProtocolErrorCode.InternalError : ProtocolErrorCode.InvalidParams;
    throw new ProtocolError(code, describeError(value), { ...data, ...value });
  }
}
