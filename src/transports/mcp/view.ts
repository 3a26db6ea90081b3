/**
 * The view in the chat (extension MCP Apps, specification of 2026-01-26): one page that shows what some tools answer, in
 * hosts that can show one. Everybody else reads the same in the text of the answer, and is told nothing of it.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ClientCapabilities, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Caller } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import { admit } from '../../tools/call/admit.ts';
import type { CallToolDependencies } from '../../tools/call/call-tool.ts';
import { OPERATIONS } from '../../tools/call/operations.ts';
import { guarded } from './errors.ts';

const EXTENSION = 'io.modelcontextprotocol/ui';
const MIME = 'text/html;profile=mcp-app';
const URI = 'ui://portolan/view';

/** The tools whose answers it can show. */
const SHOWN: ReadonlySet<string> = new Set([
  'what_changed',
  'get_asset',
  'find_assets',
  'show_coverage',
  'get_task_status',
  'get_task_result',
  'quick_scan',
  'full_scan',
  'custom_scan',
  'scan_network',
]);

/** What a listed tool says of the view: as the specification has it, and where hosts looked before. */
export const viewOf = (tool: string) =>
  SHOWN.has(tool) ? { _meta: { ui: { resourceUri: URI }, 'ui/resourceUri': URI } } : {};

const Declared = z.object({ mimeTypes: z.array(z.string()) });

/** Whether a client says that it shows such pages. */
export function showsViews(capabilities: ClientCapabilities | undefined): boolean {
  const { success, data } = Declared.safeParse(capabilities?.extensions?.[EXTENSION]);
  return success && data.mimeTypes.includes(MIME);
}

/** The view among the resources. It needs no network, so its policy names no host at all. */
export const VIEW = {
  uri: URI,
  name: 'view',
  title: 'Portolan in the chat',
  description: 'Changes, a host, a network or a scan, as a page in the chat.',
  mimeType: MIME,
  _meta: {
    ui: {
      csp: { connectDomains: [], resourceDomains: [], frameDomains: [], baseUriDomains: [] },
      prefersBorder: true,
    },
  },
} as const;

/** The build puts it beside the bundle; sources use that of the last build. */
const BUILT = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../../dist/view/view.html' : './view/view.html',
    import.meta.url,
  ),
);

/** Lets the view be read. It holds nothing, so every caller may. */
export function registerView(mcp: McpServer, caller: Caller, deps: CallToolDependencies): void {
  const { uri, name, _meta, ...metadata } = VIEW;
  mcp.registerResource(name, uri, metadata, () =>
    guarded(
      'resources/read',
      deps.onDefect,
      () =>
        admit(deps, OPERATIONS.readView, caller, {}, async () => ({
          contents: [{ uri, mimeType: MIME, text: await page(), _meta }],
        })),
      { uri },
    ),
  );
}

async function page(): Promise<string> {
  try {
    return await readFile(BUILT, 'utf8');
  } catch {
    throw new PortolanError('file_not_found', 'The view was not built.', 'Make it with npm run build.');
  }
}
