/**
 * The one way a tool is called, whatever the transport: finds the tool, checks the caller's scope, parses the
 * arguments, runs the handler and turns whatever happens into one of two shapes.
 */
import type { Caller } from '../../core/caller.ts';
import { cleanField } from '../../core/clean.ts';
import { type ErrorValue, PortolanError } from '../../core/errors.ts';
import { type Origin, originOfCall, within } from '../../core/origin.ts';
import { LEFT_OUT, limitExceeded, tooLarge } from './argument-size.ts';
import { readArguments } from './arguments.ts';
import { type AnyTool, AwaitingAnswer, type ResourceLink, type ToolContext } from './define-tool.ts';
import type { Operation } from './operations.ts';
import { servicesOf } from './services.ts';

export type ToolOutcome =
  | {
      ok: true;
      structured: Record<string, unknown>;
      text: string;
      links: ResourceLink[];
      runningTask?: { id: string };
    }
  | { ok: false; error: ErrorValue; structured: Record<string, unknown>; text: string };

/** One call as those see it who admit calls or look on. */
export interface Call {
  /** One id from the request to the log, the audit and the answer: ours, and nobody else's. */
  id: string;
  /** What the caller calls it, where its tool takes such a word: to be told and written down, and no more. */
  givenId?: string | undefined;
  origin: Origin;
  /** The tool, or what else is asked for (operations.ts). */
  tool: Operation;
  caller: Caller;
  arguments: unknown;
}

/** Admits calls: limits, switched-off tools, draining. */
export interface CallGate {
  /**
   * Throws a PortolanError to refuse the call. What it returns is called when an admitted call has ended, with how it
   * ended: that frees the place it took.
   */
  enter(call: Call): Promise<Leave> | Leave;
  /** Counts calls: asked before the scope, as refusals count too. */
  counts?: true;
}
export type Leave = (outcome: ToolOutcome | undefined) => void;

/** Looks on: metrics, audit, logs. Must not throw. */
export interface CallObserver {
  started?(call: Call): void;
  /** All gates have let it pass; what it asks for is done next. */
  admitted?(call: Call): void;
  /** @param seconds how long the call took. */
  ended(call: Call, outcome: ToolOutcome, seconds: number): void;
  /** The call only stopped to ask a question; it comes again with the answer. */
  left?(call: Call): void;
}

export interface CallToolDependencies {
  tools: ReadonlyMap<string, AnyTool>;
  /** Told about every defect (not about refusals): the logger. */
  onDefect: (tool: string, error: unknown, callId?: string) => void;
  /** Asked in this order, before the arguments are read: those that count calls, then the tool's scope, then the others. */
  gates?: readonly CallGate[];
  observers?: readonly CallObserver[];
  /** The machines of the configuration that can be scanned from; none when absent. */
  scanners?: () => readonly string[];
}

/**
 * Every failure is an outcome with a code and a next step; the only thing thrown is {@link AwaitingAnswer}, by which a
 * transport's own `confirm` ends a call to ask first.
 */
export async function callTool(
  deps: CallToolDependencies,
  name: string,
  args: unknown,
  context: ToolContext,
): Promise<ToolOutcome> {
  const tool = deps.tools.get(name);
  const origin = originOfCall(context.callId);
  const { id } = origin;
  if (!tool) return failed(undefined, unknownTool(name, deps), { id, arguments: args });
  const limit = limitExceeded(tool, args);
  // Nobody who looks on has to carry what is refused for its size.
  const shown = limit === undefined ? args : LEFT_OUT;
  const call: Call = { id, origin, tool, caller: context.caller, arguments: shown, givenId: givenId(args) };
  const { observers = [] } = deps;
  const startedAt = performance.now();
  for (const observer of observers) observer.started?.(call);
  const outcome = await within(origin, () =>
    admitted(deps, tool, call, limit, { ...context, callId: id }),
  ).catch((error: unknown) => {
    for (const observer of observers) observer.left?.(call);
    throw error;
  });
  for (const observer of observers) observer.ended(call, outcome, (performance.now() - startedAt) / 1000);
  return outcome;
}

/** Tools that run one command take an id of the caller's own. */
function givenId(args: unknown): string | undefined {
  if (args === null || typeof args !== 'object' || !('correlation_id' in args)) return undefined;
  const { correlation_id: id } = args;
  return typeof id === 'string' && /^[\w.:-]{1,128}$/.test(id) ? id : undefined;
}

/**
 * Runs the call through every gate and, if all let it pass, through its handler.
 * @param limit that its arguments are beyond.
 */
async function admitted(
  { gates = [], observers = [], onDefect, tools, scanners = () => [] }: CallToolDependencies,
  tool: AnyTool,
  call: Call,
  limit: string | undefined,
  context: ToolContext,
): Promise<ToolOutcome> {
  const leaving: Leave[] = [];
  let outcome: ToolOutcome | undefined;
  try {
    await pass(gates, call, leaving);
    if (limit !== undefined) throw tooLarge(tool.name, limit);
    const given = readArguments(tool, call.arguments, { tools, scanners: scanners() });
    for (const observer of observers) observer.admitted?.(call);
    const services = servicesOf(context.services, call.caller);
    const answer = await tool.handle(given as never, { ...context, services });
    if (answer.failed) {
      const { text } = answer;
      const error = { ...answer.failed, correlation_id: call.id };
      outcome = { ok: false, error, structured: answer.structured as Record<string, unknown>, text };
      return outcome;
    }
    outcome = {
      ok: true,
      structured: answer.structured as Record<string, unknown>,
      text: answer.text,
      links: answer.links ?? [],
      ...(answer.runningTask ? { runningTask: answer.runningTask } : {}),
    };
    return outcome;
  } catch (error) {
    if (error instanceof AwaitingAnswer) throw error;
    const value = toErrorValue(error, (defect) => onDefect(tool.name, defect, call.id));
    outcome = failed(tool, value, call);
    return outcome;
  } finally {
    // Without an outcome the call only stopped to ask a question.
    for (const leave of leaving.reverse()) leave(outcome);
  }
}

/** Through all gates, or none. @param leaving is given what frees the places taken, also when the next gate refuses. */
export async function pass(gates: readonly CallGate[], call: Call, leaving: Leave[]): Promise<void> {
  for (const gate of gates) if (gate.counts) leaving.push(await gate.enter(call));
  checkScope(call.tool, call.caller);
  for (const gate of gates) if (!gate.counts) leaving.push(await gate.enter(call));
}

/** @throws PortolanError `forbidden` */
export function checkScope(tool: Operation, caller: Caller): void {
  if (tool.scope === undefined || caller.scopes.has(tool.scope)) return;
  throw new PortolanError(
    'forbidden',
    `${tool.name} needs the scope ${tool.scope}, which ${caller.name} does not have.`,
    `Ask the operator for a token with ${tool.scope}.`,
  );
}

function unknownTool(name: string, { tools }: CallToolDependencies): ErrorValue {
  return new PortolanError(
    'tool_not_found',
    `There is no tool "${cleanField(name, 80)}".`,
    `Use one of: ${[...tools.keys()].join(', ')}.`,
  ).toValue();
}

/** A failure as an outcome, in the words of the tool's own contract where it has one. */
export function failed(
  tool: AnyTool | undefined,
  why: ErrorValue,
  call: Pick<Call, 'id' | 'arguments'>,
): ToolOutcome {
  const error = { ...why, correlation_id: call.id };
  return {
    ok: false,
    error,
    structured: tool?.failure ? tool.failure(error, call) : { error },
    text: describeError(error),
  };
}

/** The error in plain words: what happened, the limit, what to do. */
export function describeError(error: ErrorValue): string {
  return [
    `${error.code}: ${error.message}`,
    ...(error.limit ? [`Limit: ${error.limit}.`] : []),
    `Next: ${error.next}`,
    ...(error.correlation_id ? [`Correlation id: ${error.correlation_id}`] : []),
  ].join('\n');
}

/** A thrown thing as an error value; what is not a PortolanError is a defect and says nothing of itself outside. */
export function toErrorValue(error: unknown, onDefect: (error: unknown) => void): ErrorValue {
  if (error instanceof PortolanError) return error.toValue();
  onDefect(error);
  return {
    code: 'internal',
    message: 'Portolan failed in a way it should not have.',
    next: 'Look into the log of the server for the details, and report them as a defect.',
  };
}
