import { z } from 'zod';
import { defineTool } from '../call/define-tool.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import { EXPORT_TYPES, streamExport } from './stream-export.ts';

/** Characters of an answer: what is longer no model reads, and the whole is a download. */
const MOST = 100_000;
const NAMES = Object.keys(EXPORT_TYPES);

export const exportInventory = defineTool({
  name: 'export_inventory',
  title: 'The inventory in the format of another program',
  description:
    'Writes hosts that match a query, or their changes, as CSV, JSON, JSON Lines, nmap XML, Markdown, SARIF, ECS, OCSF or ' +
    'Prometheus gauges. A long one is cut here; GET /inventory/export/{format} and `portolan export` give all of it.',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  toolset: 'inventory_admin',
  scope: 'inventory:read',
  input: z.strictObject({
    format: z.enum(NAMES).describe('How it is written.'),
    query: z.string().max(2000).optional().describe('Which hosts, as find_assets asks; all when absent.'),
    site: z.string().min(1).max(64).optional().describe('Only this site.'),
  }),
  output: z.strictObject({ format: z.string(), content: z.string(), cut: z.boolean() }),
  async handle({ format, query, site }, { services }) {
    const { pieces } = await streamExport(services, format, { query, site });
    let content = '';
    let cut = false;
    for await (const piece of pieces) {
      content += piece;
      if (content.length <= MOST) continue;
      content = content.slice(0, content.lastIndexOf('\n', MOST) + 1 || MOST);
      cut = true;
      break;
    }
    const end = cut ? '\n[cut here: portolan export, or GET /inventory/export/{format}, gives all]' : '';
    return { structured: { format, content, cut }, text: `${UNTRUSTED_NOTICE}\n${content}${end}` };
  },
});
