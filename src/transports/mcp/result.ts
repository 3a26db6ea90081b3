/** A tool's outcome as the result of tools/call, so that it reaches the model through whichever client. */
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { ToolOutcome } from '../../tools/call/call-tool.ts';

/** The setting tools.resourceLinks. */
export type ResourceLinks = 'auto' | 'one' | 'none';

/** Where an error's facts are for programs: what REST answers with. Models read the text. */
export const ERROR_META_KEY = 'io.github.portolan-mcp/error';

/**
 * An answer is its text, its facts and at most one link. An error is its text alone: clients on the SDK 1.x (LangChain
 * and others) hold `structuredContent` against the tool's outputSchema for errors too, which no error fits, and show
 * the model their own complaint in place of ours; Mastra drops the text where there is `structuredContent`.
 * @param links whether this client is given the link
 */
export function toCallToolResult(outcome: ToolOutcome, links: boolean): CallToolResult {
  const text = { type: 'text' as const, text: outcome.text };
  if (!outcome.ok) {
    return { content: [text], isError: true, _meta: { [ERROR_META_KEY]: outcome.structured } };
  }
  const [link] = links ? outcome.links : [];
  return {
    content: [text, ...(link ? [{ type: 'resource_link' as const, ...link }] : [])],
    structuredContent: outcome.structured,
  };
}

/** The facts of an answer or an error, for programs that call the tools of a Portolan. */
export function factsOf({
  structuredContent,
  _meta,
}: {
  structuredContent?: unknown;
  _meta?: Record<string, unknown> | undefined;
}): unknown {
  return structuredContent ?? _meta?.[ERROR_META_KEY];
}

/**
 * Clients whose models cannot take a link, by the name they give themselves. LangChain makes a file with a URL of it,
 * on which the adapters of most models throw: the agent ends. Its Python edition gives the name that the Python SDK
 * gives whoever has none. A bridge hides who is behind it.
 */
const NO_LINKS: ReadonlySet<string> = new Set([
  '@langchain/mcp-adapters',
  'mcp',
  'mcp-proxy',
  'supergateway',
]);

/** Whether a client of this name is given links; the text names their addresses anyway. */
export function givesLinks(setting: ResourceLinks, client: string | undefined): boolean {
  if (setting !== 'auto') return setting === 'one';
  // mcp-remote passes the name on, and adds its own.
  const name = client?.replace(/ \(via .*/, '');
  return name !== undefined && !NO_LINKS.has(name);
}
