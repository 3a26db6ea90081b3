/** Resources and prompts of one MCP server, with their completions. */
import {
  completable,
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  ResourceTemplate,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Caller } from '../../core/caller.ts';
import { describeError, toErrorValue } from '../../tools/call-tool.ts';
import type { Prompt } from '../../tools/prompts.ts';
import type { ResourceSource } from '../../tools/resources.ts';
import type { Services } from '../../tools/services.ts';

/** Registers every template of the source. The first one lists: a source has one list for all its templates. */
export function registerResources(
  mcp: McpServer,
  source: ResourceSource,
  caller: Caller,
  onDefect: (what: string, error: unknown) => void,
): void {
  const list = source.list ? async () => ({ resources: (await source.list?.(caller)) ?? [] }) : undefined;
  for (const [index, { uriTemplate, name, ...metadata }] of source.templates.entries()) {
    const complete = Object.fromEntries(
      variablesOf(uriTemplate).map((variable) => [
        variable,
        async (typed: string) => (await source.complete?.(variable, typed, caller)) ?? [],
      ]),
    );
    mcp.registerResource(
      name,
      new ResourceTemplate(uriTemplate, { list: index === 0 ? list : undefined, complete }),
      metadata,
      async (uri) => {
        try {
          return { contents: [{ uri: uri.href, ...(await source.read(uri.href, caller)) }] };
        } catch (error) {
          throw toResourceError(uri.href, error, (defect) => onDefect(`resource ${name}`, defect));
        }
      },
    );
  }
}

/** What is not there (or not for this caller) is -32602 with the URI, as MCP wants; our code and next step go with it. */
function toResourceError(uri: string, error: unknown, onDefect: (error: unknown) => void): Error {
  const value = toErrorValue(error, onDefect);
  if (value.code === 'task_not_found') return new ResourceNotFoundError(uri, describeError(value));
  const code = value.code === 'internal' ? ProtocolErrorCode.InternalError : ProtocolErrorCode.InvalidParams;
  return new ProtocolError(code, describeError(value), { uri, ...value });
}

function variablesOf(uriTemplate: string): string[] {
  return [...uriTemplate.matchAll(/\{(\w+)\}/g)].map(([, variable = '']) => variable);
}

/** Registers the prompts; each becomes one message of the person's. */
export function registerPrompts(
  mcp: McpServer,
  prompts: readonly Prompt[],
  caller: Caller,
  services: Services,
): void {
  for (const prompt of prompts) {
    const argsSchema = z.strictObject(
      Object.fromEntries(
        Object.entries(prompt.arguments.shape).map(([name, schema]) => {
          const complete = prompt.complete?.[name];
          if (!complete) return [name, schema];
          // completable() marks the very object it is given, and a mark holds this caller: so a copy, for each server.
          const copy = schema.meta(schema.meta() ?? {});
          return [name, completable(copy, (typed) => complete(typed ?? '', caller, services))];
        }),
      ),
    );
    mcp.registerPrompt(
      prompt.name,
      { title: prompt.title, description: prompt.description, argsSchema },
      (args) => ({
        description: prompt.title,
        messages: [{ role: 'user', content: { type: 'text', text: prompt.text(args) } }],
      }),
    );
  }
}
