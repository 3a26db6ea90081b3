/** Pages of the inventory that clients can pin and subscribe to. */
import type { Caller } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import type { InventoryService } from '../../inventory/service.ts';
import { OPERATIONS } from '../call/operations.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import { askerOf } from '../inventory/asker.ts';
import { assetLines, LINE_FORMAT } from '../inventory/asset-line.ts';
import { assetText } from '../inventory/asset-text.ts';
import { coverageText } from '../inventory/coverage-text.ts';
import { changesText } from '../inventory/what-changed.ts';
import { plural } from '../results/numbers.ts';
import type { ResourceSource, ResourceTemplate } from './resources.ts';

const MOST_ASSETS = 200;
const MOST_CHANGES = 100;
const MONTH_MS = 30 * 86_400_000;

const page = (uriTemplate: string, name: string, title: string, description: string): ResourceTemplate => ({
  uriTemplate,
  name,
  title,
  description,
  mimeType: 'text/plain',
  operation: OPERATIONS.readInventory,
});

export const INVENTORY_DOCUMENTS: readonly ResourceTemplate[] = [
  page(
    'inventory://{site}/summary',
    'inventory',
    'Hosts of a site',
    'The first hosts, and ports open on most.',
  ),
  page(
    'asset://{asset_id}',
    'asset',
    'One host',
    'What is remembered of it: ports, addresses, keys, changes.',
  ),
  page('changes://{site}/open', 'changes', 'Open changes of a site', 'What nobody has decided about.'),
  page('coverage://{site}', 'coverage', 'Coverage of a site', 'What was looked at, when, and what is due.'),
];

/** Pages that a fold changes: those of its site, and of its hosts. */
export const pagesOf = (site: string, assets: readonly string[]): string[] => [
  `inventory://${site}/summary`,
  `changes://${site}/open`,
  `coverage://${site}`,
  ...assets.map((uid) => `asset://${uid}`),
];

export function inventoryDocuments(inventory: InventoryService): ResourceSource {
  const readers: Readonly<Record<string, (name: string, caller: Caller) => Promise<string>>> = {
    inventory: async (site) => {
      const found = await inventory.assets({ site, limit: MOST_ASSETS });
      return [
        `${plural(found.total, 'host')} in site ${site}.`,
        UNTRUSTED_NOTICE,
        LINE_FORMAT,
        ...assetLines(found.assets, Date.now()),
      ].join('\n');
    },
    asset: async (id) => assetText(await inventory.asset(id), Date.now()),
    changes: async (site, caller) =>
      changesText(
        await inventory.changes(
          {
            since: { kind: 'moment', at: Date.now() - MONTH_MS },
            query: `site:"${site}"`,
            limit: MOST_CHANGES,
          },
          askerOf(caller),
        ),
      ),
    coverage: async (site) => coverageText(await inventory.coverage(site)),
  };
  return {
    templates: INVENTORY_DOCUMENTS,
    async read(uri, caller) {
      const [, scheme = '', name = ''] =
        /^(inventory|asset|changes|coverage):\/\/([\w.-]{1,64})(?:\/summary|\/open)?$/.exec(uri) ?? [];
      const reader = readers[scheme];
      if (!reader) {
        throw new PortolanError(
          'invalid_argument',
          'There is no such page of the inventory.',
          `They are named ${INVENTORY_DOCUMENTS.map(({ uriTemplate }) => uriTemplate).join(', ')}.`,
        );
      }
      return { mimeType: 'text/plain', text: await reader(name, caller) };
    },
  };
}
