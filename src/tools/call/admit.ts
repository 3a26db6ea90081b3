/** The gate for everything that is no tool: the same scope, rate, places, draining and audit as call-tool has for tools. */
import type { Caller } from '../../core/caller.ts';
import { originOfCall, within } from '../../core/origin.ts';
import { type Call, type CallToolDependencies, failed, type Leave, pass, toErrorValue } from './call-tool.ts';
import type { Operation } from './operations.ts';

type Gated = Pick<CallToolDependencies, 'gates' | 'observers' | 'onDefect'>;

/** Told how it went; only the first word counts. */
export type End = (error?: unknown) => void;

/**
 * Lets a caller in, or throws the refusal. For what lasts longer than a function (a stream): it holds its places until
 * the returned one is called.
 * @param asked what is asked for, for the audit: no secrets.
 */
export async function enter(
  { gates = [], observers = [] }: Gated,
  operation: Operation,
  caller: Caller,
  asked: Readonly<Record<string, unknown>> = {},
): Promise<{ call: Call; end: End }> {
  const origin = originOfCall();
  const call: Call = { id: origin.id, origin, tool: operation, caller, arguments: asked };
  const told = operation.ofServer ? [] : observers;
  const startedAt = performance.now();
  const leaving: Leave[] = [];
  let ended = false;
  const end: End = (error) => {
    if (ended) return;
    ended = true;
    const outcome =
      error === undefined
        ? { ok: true as const, structured: {}, text: '', links: [] }
        : failed(
            undefined,
            toErrorValue(error, () => {}),
            call,
          );
    for (const leave of leaving.reverse()) leave(outcome);
    for (const observer of told) observer.ended(call, outcome, (performance.now() - startedAt) / 1000);
  };
  for (const observer of told) observer.started?.(call);
  try {
    await pass(gates, call, leaving);
    return { call, end };
  } catch (error) {
    end(error);
    throw error;
  }
}

/** Does the work for a caller who may, and throws what refuses it or what goes wrong in it. */
export async function admit<Result>(
  deps: Gated,
  operation: Operation,
  caller: Caller,
  asked: Readonly<Record<string, unknown>>,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  const { call, end } = await enter(deps, operation, caller, asked);
  try {
    const result = await within(call.origin, async () => work());
    end();
    return result;
  } catch (error) {
    end(error);
    throw error;
  }
}
