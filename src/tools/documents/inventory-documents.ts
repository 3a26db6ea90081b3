/** Pages of the inventory that clients can pin and subscribe to. */
import type { Caller } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import type { InventoryService } from '../../inventory/service.ts';
import { OPERATIONS } from '../call/operations.ts';
import { type Services, servicesOf } from '../call/services.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import { askerOf } from '../inventory/asker.ts';
import { assetLines, LINE_FORMAT } from '../inventory/asset-line.ts';
import { assetText } from '../inventory/asset-text.ts';
import { changesText } from '../inventory/changes-text.ts';
import { coverageText } from '../inventory/coverage-text.ts';
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

/** The site that a page is of; undefined for pages of single hosts, whose ids nobody guesses, and those of others. */
export const siteOfPage = (uri: string): string | undefined =>
  /^(?:inventory|changes|coverage):\/\/([^/]+)/.exec(uri)?.[1];

type Reader = (name: string, inventory: InventoryService, caller: Caller) => Promise<string>;

export function inventoryDocuments(services: Services): ResourceSource {
  const readers: Readonly<Record<string, Reader>> = {
    inventory: async (site, inventory) => {
      const found = await inventory.assets({ site, limit: MOST_ASSETS });
      return [
        `${plural(found.total, 'host')} in site ${site}.`,
        UNTRUSTED_NOTICE,
        LINE_FORMAT,
        ...assetLines(found.assets, Date.now()),
      ].join('\n');
    },
    asset: async (id, inventory) => assetText(await inventory.asset(id), Date.now()),
    changes: async (site, inventory, caller) =>
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
    coverage: async (site, inventory) => coverageText(await inventory.coverage(site)),
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
      return {
        mimeType: 'text/plain',
        text: await reader(name, servicesOf(services, caller).inventory, caller),
      };
    },
  };
}
