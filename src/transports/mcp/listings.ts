/** Resources and prompts of one MCP server, with their completions. */
import { completable, type McpServer, ResourceTemplate } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Caller } from '../../core/caller.ts';
import type { Services } from '../../tools/call/services.ts';
import type { ResourceSource } from '../../tools/documents/resources.ts';
import type { Prompt } from '../../tools/prompts/prompts.ts';
import { guarded, type OnDefect } from './errors.ts';

/** Registers every template of the source. The first one lists: a source has one list for all its templates. */
export function registerResources(
  mcp: McpServer,
  source: ResourceSource,
  caller: Caller,
  onDefect: OnDefect,
): void {
  const list = async () => ({
    resources: await guarded('resources/list', onDefect, async () => (await source.list?.(caller)) ?? []),
  });
  for (const [index, { uriTemplate, name, ...metadata }] of source.templates.entries()) {
    const complete = Object.fromEntries(
      variablesOf(uriTemplate).map((variable) => [
        variable,
        (typed: string) =>
          guarded(
            'completion',
            onDefect,
            async () => (await source.complete?.(variable, typed, caller)) ?? [],
          ),
      ]),
    );
    mcp.registerResource(
      name,
      new ResourceTemplate(uriTemplate, { list: index === 0 ? list : undefined, complete }),
      metadata,
      ({ href: uri }) =>
        // MCP wants the URI with the refusal.
        guarded(
          'resources/read',
          onDefect,
          async () => ({ contents: [{ uri, ...(await source.read(uri, caller)) }] }),
          { uri },
        ),
    );
  }
}

function variablesOf(uriTemplate: string): string[] {
  return [...uriTemplate.matchAll(/\{(\w+)\}/g)].map(([, variable = '']) => variable);
}

/** Registers the prompts; each becomes one message of the person's. */
export function registerPrompts(
  mcp: McpServer,
  prompts: readonly Prompt[],
  caller: Caller,
  { services, onDefect }: { services: Services; onDefect: OnDefect },
): void {
  for (const prompt of prompts) {
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
              guarded('completion', onDefect, () => complete(typed ?? '', caller, services)),
            ),
          ];
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
