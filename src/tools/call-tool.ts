/**
 * The one way a tool is called, whatever the transport: finds the tool, checks the caller's scope, parses the
 * arguments, runs the handler and turns whatever happens into one of two shapes.
 */
import { z } from 'zod';
import { type ErrorValue, PortolanError } from '../core/errors.ts';
import { type AnyTool, AwaitingAnswer, type ResourceLink, type ToolContext } from './define-tool.ts';

export type ToolOutcome =
  | {
      ok: true;
      structured: Record<string, unknown>;
      text: string;
      links: ResourceLink[];
      runningTask?: { id: string };
    }
  | { ok: false; error: ErrorValue; structured: Record<string, unknown>; text: string };

export interface CallToolDependencies {
  tools: ReadonlyMap<string, AnyTool>;
  /** Told about every defect (not about refusals): the logger. */
  onDefect: (tool: string, error: unknown) => void;
}

/**
 * Every failure is an outcome with a code and a next step; the only thing thrown is {@link AwaitingAnswer}, by which a
 * transport's own `confirm` ends a call to ask first.
 */
export async function callTool(
  { tools, onDefect }: CallToolDependencies,
  name: string,
  args: unknown,
  context: ToolContext,
): Promise<ToolOutcome> {
  const tool = tools.get(name);
  try {
    if (!tool) {
      throw new PortolanError(
        'tool_not_found',
        `There is no tool "${name}".`,
        `Use one of: ${[...tools.keys()].join(', ')}.`,
      );
    }
    if (!context.caller.scopes.has(tool.scope)) {
      throw new PortolanError(
        'forbidden',
        `${tool.name} needs the scope ${tool.scope}, which ${context.caller.name} does not have.`,
        `Ask the operator for a token with ${tool.scope}.`,
      );
    }
    const answer = await tool.handle(parseArguments(tool, args) as never, context);
    return {
      ok: true,
      structured: answer.structured as Record<string, unknown>,
      text: answer.text,
      links: answer.links ?? [],
      ...(answer.runningTask ? { runningTask: answer.runningTask } : {}),
    };
  } catch (error) {
    if (error instanceof AwaitingAnswer) throw error;
    const value = toErrorValue(error, (defect) => onDefect(name, defect));
    return {
      ok: false,
      error: value,
      structured: tool?.failure ? tool.failure(value) : { error: value },
      text: describeError(value),
    };
  }
}

/** The error in plain words: what happened, the limit, what to do. */
export function describeError(error: ErrorValue): string {
  return [
    `${error.code}: ${error.message}`,
    ...(error.limit ? [`Limit: ${error.limit}.`] : []),
    `Next: ${error.next}`,
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

function parseArguments(tool: AnyTool, args: unknown): unknown {
  const parsed = tool.input.safeParse(args ?? {});
  if (parsed.success) return parsed.data;
  const fields = Object.keys(tool.input.shape).join(', ') || 'none';
  throw new PortolanError(
    'invalid_argument',
    `${tool.name}: ${z
      .prettifyError(parsed.error)
      .replace(/^✖ /gm, '')
      .replace(/\n\s*→ at /g, ' at ')
      .replace(/\n/g, '; ')}`,
    `Call ${tool.name} with its own arguments: ${fields}.`,
  );
}
