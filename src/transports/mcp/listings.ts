/**
 * Resources and prompts of one MCP server, with their completions. Registered with the SDK for its parsing of addresses
 * and arguments; what they give passes the same gates as a tool, and the lists show what this caller may have.
 */
import { completable, type McpServer, ResourceTemplate } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Caller } from '../../core/caller.ts';
import { admit } from '../../tools/call/admit.ts';
import type { CallToolDependencies } from '../../tools/call/call-tool.ts';
import { OPERATIONS, type Operation } from '../../tools/call/operations.ts';
import type { Services } from '../../tools/call/services.ts';
import type { ResourceSource, ResourceText } from '../../tools/documents/resources.ts';
import type { Prompt } from '../../tools/prompts/prompt.ts';
import { clientCapabilities } from './client.ts';
import { guarded } from './errors.ts';
import { registerView, showsViews, VIEW } from './view.ts';

/** Registers every template of the source, with one list for all of them, and the view in the chat. */
export function registerResources(
  mcp: McpServer,
  source: ResourceSource,
  caller: Caller,
  deps: CallToolDependencies,
): void {
  const may = (operation: Operation) => operation.scope === undefined || caller.scopes.has(operation.scope);
  const list = async () => {
    // Asked for by every client as it connects: one that may read none is told of none, and no refusal.
    if (!may(OPERATIONS.listReports)) return [];
    return await through(
      'resources/list',
      OPERATIONS.listReports,
      {},
      async () => (await source.list?.(caller)) ?? [],
    );
  };
  const through = <Result>(
    where: string,
    operation: Operation,
    asked: Record<string, string>,
    work: () => Promise<Result>,
    data: Record<string, unknown> = {},
  ) => guarded(where, deps.onDefect, () => admit(deps, operation, caller, asked, work), data);
  for (const { uriTemplate, name, operation, ...metadata } of source.templates) {
    const complete = Object.fromEntries(
      variablesOf(uriTemplate).map((variable) => [
        variable,
        (typed: string) =>
          through('completion', { ...OPERATIONS.complete, scope: operation.scope }, { variable }, async () =>
            Promise.resolve(source.complete?.(variable, typed, caller) ?? []),
          ),
      ]),
    );
    mcp.registerResource(
      name,
      new ResourceTemplate(uriTemplate, { list: undefined, complete }),
      metadata,
      ({ href: uri }) =>
        // MCP wants the URI with the refusal.
        through(
          'resources/read',
          operation,
          { uri },
          async () => contentsOf(uri, await source.read(uri, caller)),
          { uri },
        ),
    );
  }
  registerView(mcp, caller, deps);
  // Both over the SDK's own, which list all that are registered.
  mcp.server.setRequestHandler('resources/list', async (_request, context) => ({
    resources: [...(showsViews(clientCapabilities(mcp, context)) ? [VIEW] : []), ...(await list())],
  }));
  mcp.server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: source.templates
      .filter(({ operation }) => may(operation))
      .map(({ operation: _, ...template }) => template),
  }));
}

/** A note is a text of its own, so that the document stays one of its kind. */
function contentsOf(uri: string, { note, ...document }: ResourceText) {
  const rest = note === undefined ? [] : [{ uri: `${uri}#note`, mimeType: 'text/plain', text: note }];
  return { contents: [{ uri, ...document }, ...rest] };
}

function variablesOf(uriTemplate: string): string[] {
  return [...uriTemplate.matchAll(/\{(\w+)\}/g)].map(([, variable = '']) => variable);
}

/** Registers the prompts whose tools the caller may use; each becomes one message of the person's. */
export function registerPrompts(
  mcp: McpServer,
  prompts: readonly Prompt[],
  caller: Caller,
  deps: CallToolDependencies & { services: Services },
): void {
  for (const prompt of prompts.filter(({ scope }) => caller.scopes.has(scope))) {
    const argsSchema = z.strictObject(
      Object.fromEntries(
        Object.entries(prompt.arguments.shape).map(([name, schema]) => {
          const complete = prompt.complete?.[name];
          if (!complete) return [name, schema];
          // completable() marks the very object it is given, and a mark holds this caller: so a copy, for each server.
          const copy = schema.meta(schema.meta() ?? {});
          return [
            name,
            completable(copy, (typed) =>
              guarded('completion', deps.onDefect, () =>
                admit(deps, OPERATIONS.complete, caller, { variable: name }, () =>
                  complete(typed ?? '', caller, deps.services),
                ),
              ),
            ),
          ];
        }),
      ),
    );
    mcp.registerPrompt(
      prompt.name,
      { title: prompt.title, description: prompt.description, argsSchema },
      (args) =>
        guarded('prompts/get', deps.onDefect, () =>
          admit(deps, OPERATIONS.getPrompt, caller, {}, () => ({
            description: prompt.title,
            messages: [{ role: 'user', content: { type: 'text', text: prompt.text(args) } }],
          })),
        ),
    );
  }
}
