/** `portolan assets` and `portolan asset`: what is on the network. */
import { z } from 'zod';
import { age } from '../../tools/inventory/asset-line.ts';
import { AssetSummary } from '../../tools/inventory/output.ts';
import { EXIT } from '../exit-codes.ts';
import type { SessionOptions } from '../open-session.ts';
import { note, print, table } from '../terminal.ts';
import { ask } from './ask.ts';

const Page = z.looseObject({
  total: z.number(),
  assets: z.array(AssetSummary),
  next_cursor: z.string().optional(),
});

export interface AssetsOptions extends SessionOptions {
  site?: string;
  limit?: string;
  json?: boolean;
}

export async function assets(query: readonly string[], options: AssetsOptions): Promise<number> {
  const words = query.join(' ');
  const limit = options.limit === undefined ? undefined : Number(options.limit);
  return await ask(
    options,
    'find_assets',
    { query: words === '' ? undefined : words, site: options.site, limit },
    async ({ structured, text }) => {
      const page = Page.parse(structured);
      if (page.assets.length === 0) {
        print(text);
        return EXIT.ok;
      }
      print(await inWords(page.assets));
      if (page.next_cursor !== undefined)
        note(`${page.assets.length} of ${page.total} hosts: --limit shows more, a query fewer.`);
      return EXIT.ok;
    },
  );
}

async function inWords(found: readonly AssetSummary[]): Promise<string> {
  const now = Date.now();
  return await table(
    ['address', 'name', 'vendor', 'open ports', 'new', 'seen', 'asset'],
    found.map((asset) => [
      asset.address ?? '',
      asset.name ?? '',
      asset.vendor ?? '',
      shortly(asset.open_ports),
      shortly(asset.new_ports),
      `${age(now - Date.parse(asset.last_seen))}${asset.state === 'present' ? '' : ` ${asset.state}`}`,
      asset.asset_id,
    ]),
  );
}

const shortly = (ports: readonly string[]) => ports.map((port) => port.replace('/tcp', '')).join(' ');

export async function asset(
  reference: string,
  options: SessionOptions & { at?: string; json?: boolean },
): Promise<number> {
  return await ask(options, 'get_asset', { asset: reference, at: options.at }, ({ text }) => {
    print(text);
    return EXIT.ok;
  });
}
