/**
 * Pages that a client wants to hear of when they change. Of the 2025 era we keep who asked (resources/subscribe); of
 * 2026-07-28 (subscriptions/listen) the SDK does, and takes what is nobody's out of what we tell.
 */
import type { McpServer } from '@modelcontextprotocol/server';
import type { Caller } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import { admit } from '../../tools/call/admit.ts';
import type { CallToolDependencies } from '../../tools/call/call-tool.ts';
import { OPERATIONS, type Operation } from '../../tools/call/operations.ts';
import { siteOfPage } from '../../tools/documents/inventory-documents.ts';
import type { ResourceSource } from '../../tools/documents/resources.ts';
import { guarded } from './errors.ts';

/** Pages of one client: more than a person looks at, and a bound on what is kept for it. */
const MOST = 200;

const subscribed = new WeakMap<McpServer, Set<string>>();

export function offerSubscriptions(
  mcp: McpServer,
  source: ResourceSource,
  caller: Caller,
  deps: CallToolDependencies,
): void {
  const pages = new Set<string>();
  subscribed.set(mcp, pages);
  mcp.server.setRequestHandler(
    'resources/subscribe',
    async ({ params: { uri } }) =>
      await guarded('resources/subscribe', deps.onDefect, () =>
        admit(deps, operationOf(source, uri), caller, { uri }, async () => {
          if (!mayFollow(uri, source, caller)) throw notOfYours();
          if (pages.size >= MOST && !pages.has(uri)) throw tooMany();
          pages.add(uri);
          return {};
        }),
      ),
  );
  mcp.server.setRequestHandler('resources/unsubscribe', ({ params: { uri } }) => {
    pages.delete(uri);
    return {};
  });
}

/** Whoever may not read a page is not told when it changes. */
function operationOf({ templates }: ResourceSource, uri: string): Operation {
  const [scheme] = uri.split(':');
  return (
    templates.find(({ uriTemplate }) => uriTemplate.startsWith(`${scheme}:`))?.operation ??
    OPERATIONS.readReport
  );
}

/** Whether a caller may be told when a page changes: whoever may not read it may not. */
export function mayFollow(uri: string, source: ResourceSource, { scopes, sites }: Caller): boolean {
  const { scope } = operationOf(source, uri);
  if (scope !== undefined && !scopes.has(scope)) return false;
  const site = siteOfPage(uri);
  return site === undefined || sites === undefined || sites.includes(site);
}

const notOfYours = () =>
  new PortolanError(
    'forbidden',
    'This page is of a site that you may not see.',
    'Subscribe to pages of your own sites; resources/templates/list shows how they are named.',
  );

const tooMany = () =>
  new PortolanError(
    'busy',
    `You follow ${MOST} pages already, so this one was not added.`,
    'Unsubscribe from some of them, or read the page when you need it.',
    { limit: `at most ${MOST} pages` },
  );

/** Tells one client that pages have changed: those that it asked to hear of. */
export async function tellUpdated(
  mcp: McpServer,
  era: 'legacy' | 'modern',
  uris: readonly string[],
): Promise<void> {
  const pages = subscribed.get(mcp);
  for (const uri of uris)
    if (era === 'modern' || pages?.has(uri)) await mcp.server.sendResourceUpdated({ uri });
}
