import { z } from 'zod';
import { ASSET_ORDERS, assetOrder } from '../../core/asset-list.ts';
import { defineTool } from '../call/define-tool.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import { number, plural } from '../results/numbers.ts';
import { assetLines, LINE_FORMAT } from './asset-line.ts';
import { AssetSummary, assetSummary } from './output.ts';

export const QUERY_WORDS =
  'Words: port:22 service:ssh product:nginx version:<1.26 net:10.0.0.0/8 name: mac: vendor: os: tag: class: state: ' +
  'first_seen: last_seen:<7d changed: is:new|unexpected|ephemeral|flapping has:cert_expiring; - not, or, "quotes".';

const Order = z
  .string()
  .refine(
    (text) => assetOrder(text) !== undefined,
    `order by one of ${ASSET_ORDERS.join(', ')}, or -last_seen`,
  );

export const findAssets = defineTool({
  name: 'find_assets',
  title: 'What is on the network',
  description:
    'Finds hosts in the inventory, which remembers every scan, capture and import. Answers from memory: ask this before ' +
    'a scan.',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  toolset: 'inventory',
  scope: 'inventory:read',
  input: z.strictObject({
    query: z.string().max(1024).optional().describe(`All hosts when absent. ${QUERY_WORDS}`),
    site: z.string().max(64).optional().describe('Only this site.'),
    sort: Order.optional().describe('address, name, …; -last_seen: latest first.'),
    limit: z.number().int().min(1).max(200).default(50).describe('Hosts a page.'),
    cursor: z.string().max(256).optional().describe('next_cursor of the page before.'),
  }),
  output: z.strictObject({
    total: z.number().int(),
    assets: z.array(AssetSummary),
    commonest_ports: z.array(z.strictObject({ port: z.string(), hosts: z.number().int() })).optional(),
    next_cursor: z.string().optional(),
  }),
  async handle({ query, site, sort, limit, cursor }, { services }) {
    const page = await services.inventory.assets({
      query,
      site,
      limit,
      cursor,
      order: sort === undefined ? undefined : assetOrder(sort),
    });
    const commonest = page.commonest?.map(({ port, protocol, hosts }) => ({
      port: protocol === 'tcp' ? `${port}` : `${port}/${protocol}`,
      hosts,
    }));
    const now = Date.now();
    return {
      structured: {
        total: page.total,
        assets: page.assets.map(assetSummary),
        ...(commonest ? { commonest_ports: commonest } : {}),
        ...(page.next === undefined ? {} : { next_cursor: page.next }),
      },
      text: [
        headline(page.total, query),
        commonest?.length
          ? `Open on most: ${commonest.map(({ port, hosts }) => `${port} (${number(hosts)})`).join(' ')}`
          : '',
        ...(page.assets.length > 0 ? [UNTRUSTED_NOTICE, LINE_FORMAT] : []),
        ...assetLines(page.assets, now),
        page.next === undefined
          ? ''
          : `More: find_assets with cursor="${page.next}" and the same query and sort.`,
      ]
        .filter((line) => line !== '')
        .join('\n'),
    };
  },
});

function headline(total: number, query: string | undefined): string {
  if (total > 0) return `${plural(total, 'host')}${query === undefined ? ' in the inventory' : ` match`}.`;
  return query === undefined
    ? 'The inventory is empty: it fills with every scan. Begin with quick_scan of a network.'
    : 'No host in the inventory matches. That is no proof that there is none: what_changed says what was not looked at.';
}
