import { z } from 'zod';
import { PortolanError } from '../../core/errors.ts';
import { defineTool } from '../call/define-tool.ts';
import { rowOf } from './asset-line.ts';
import { assetText } from './asset-text.ts';
import { AssetSummary, assetSummary } from './output.ts';

const Text = z.string().min(1).max(253);

export const editAsset = defineTool({
  name: 'edit_asset',
  title: 'Say what a host is',
  description:
    'Writes what people know of a host: name, owner, tags, class, criticality. It holds against what scans see. ' +
    'Only when a person asked for it.',
  annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  toolset: 'inventory_admin',
  scope: 'inventory:write',
  input: z.strictObject({
    asset: Text.describe('Its asset_id, address, MAC or name.'),
    name: Text.nullable().optional().describe('What it is called; null takes the name back.'),
    owner: Text.nullable().optional().describe('Whose it is; null takes it back.'),
    tags: z.array(z.string().min(1).max(64)).max(32).optional().describe('All of its tags.'),
    class: z
      .enum(['always_on', 'normal', 'may_sleep', 'ephemeral'])
      .optional()
      .describe('How soon it is missed: after 2 looks, 3 looks, 14 days, never.'),
    criticality: z.enum(['normal', 'high']).optional().describe('high: its changes weigh more.'),
    static_address: z.boolean().optional().describe('Its address is not to change.'),
  }),
  output: z.strictObject({ asset: AssetSummary }),
  async handle({ asset, static_address, ...given }, { services: { inventory } }) {
    const edit = { ...given, ...(static_address === undefined ? {} : { static: static_address }) };
    if (Object.values(edit).every((value) => value === undefined))
      throw new PortolanError(
        'invalid_argument',
        'Nothing was said of the host.',
        'Give at least one of name, owner, tags, class, criticality, static_address.',
      );
    const view = await inventory.edit(asset, edit);
    return { structured: { asset: assetSummary(rowOf(view)) }, text: assetText(view, Date.now()) };
  },
});
