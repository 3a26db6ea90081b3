import { z } from 'zod';
import type { Asset } from '../../core/asset.ts';
import { defineTool } from '../call/define-tool.ts';
import { askerOf } from './asker.ts';

const Reference = z.string().min(1).max(253);

export const joinAssets = defineTool({
  name: 'join_assets',
  title: 'One host or two',
  description:
    'Says that two entries of the inventory are one host (one_host), that they are two (two_hosts), or takes that back ' +
    '(forget). Obeyed by the next look of them. Only when a person asked for it.',
  annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  toolset: 'inventory_admin',
  scope: 'inventory:write',
  input: z.strictObject({
    a: Reference.describe('Asset_id, address, MAC or name of the one.'),
    b: Reference.describe('The same of the other.'),
    decision: z.enum(['one_host', 'two_hosts', 'forget']).describe('What holds of them.'),
    reason: z.string().min(1).max(500).describe('Why, for those who read it later.'),
  }),
  output: z.strictObject({ a: z.string(), b: z.string(), decision: z.string() }),
  async handle({ a, b, decision, reason }, { services: { inventory }, caller }) {
    const word = ({ one_host: 'must', two_hosts: 'cannot', forget: 'forget' } as const)[decision];
    const [first, second] = await inventory.constrain({ a, b, word, reason }, askerOf(caller));
    const names = `${nameOf(first)} and ${nameOf(second)}`;
    const said = {
      one_host: `${names} are one host from the next look of either on: the older id stays.`,
      two_hosts: `${names} are two hosts from the next look of either on.`,
      forget: `What was said of ${names} is taken back.`,
    }[decision];
    return { structured: { a: first.uid, b: second.uid, decision }, text: said };
  },
});

const nameOf = ({ uid, name }: Asset) => (name === undefined ? uid : `${name} (${uid})`);
