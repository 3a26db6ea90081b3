import { z } from 'zod';
import { parseNetwork } from '../../core/address.ts';
import { PortolanError } from '../../core/errors.ts';
import type { Preview } from '../../exchange/import/import.ts';
import { importedText, previewText } from '../../exchange/import/words.ts';
import { defineTool } from '../call/define-tool.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import { authToken } from '../captures/read-capture.ts';

export const importInventory = defineTool({
  name: 'import_inventory',
  title: 'Take a file of another program in',
  description:
    'Reads a report of nmap, masscan, naabu, rustscan, Zeek, Suricata, or a CSV with a header, into the inventory. With ' +
    'preview it says what it would mean and keeps nothing. Twice the same file is nothing.',
  annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  toolset: 'inventory_admin',
  scope: 'inventory:write',
  input: z.strictObject({
    path: z.string().min(1).max(4096).describe('A file below captures.allowedDir.'),
    preview: z.boolean().default(true).describe('Only say what it would mean.'),
    site: z.string().min(1).max(64).optional().describe('Whose addresses they are.'),
    vantage: z.string().min(1).max(64).optional().describe('From where it was looked, when known.'),
    networks: z
      .array(z.string().max(64))
      .min(1)
      .max(64)
      .optional()
      .describe('Of traffic: your own networks; private ones when absent.'),
    auth_token: authToken,
  }),
  output: z.strictObject({
    format: z.string(),
    hosts: z.number().int(),
    looks: z.number().int(),
    /** Looks that were not there before; absent in a preview. */
    new_looks: z.number().int().optional(),
    completeness: z.string().optional(),
    not_compared: z.array(z.string()),
    left_out: z.array(
      z.strictObject({ why: z.string(), count: z.number().int(), example: z.string().optional() }),
    ),
    problem: z.string().optional(),
  }),
  async handle({ path, preview, site, vantage, networks, auth_token }, { services }) {
    services.captures.authorize(auth_token);
    const options = {
      ...(site === undefined ? {} : { site }),
      ...(vantage === undefined ? {} : { vantage }),
      ...(networks === undefined ? {} : { within: networks.map(networkOf) }),
    };
    await using file = await services.captures.openReport(path);
    if (preview) {
      const found = await services.exchange.preview(file, options);
      const { completeness } = found;
      return {
        structured: { ...headOf(found), ...(completeness === undefined ? {} : { completeness }) },
        text: `${UNTRUSTED_NOTICE}\n${previewText(file.name, found)}\nCall again with preview: false to keep it.`,
      };
    }
    const done = await services.exchange.import(file, options);
    return {
      structured: { ...headOf(done), new_looks: done.fresh },
      text: `${UNTRUSTED_NOTICE}\n${importedText(file.name, done)}`,
    };
  },
});

function headOf(ended: Pick<Preview, 'format' | 'hosts' | 'looks' | 'notCompared' | 'leftOut' | 'problem'>) {
  const { format, hosts, looks, notCompared, leftOut, problem } = ended;
  return {
    format,
    hosts,
    looks,
    not_compared: [...notCompared],
    left_out: leftOut,
    ...(problem === undefined ? {} : { problem }),
  };
}

function networkOf(text: string) {
  const network = parseNetwork(text);
  if (network) return network;
  throw new PortolanError(
    'invalid_argument',
    `networks: ${JSON.stringify(text.slice(0, 60))} is no network.`,
    'Write networks as 10.0.0.0/8 or 2001:db8::/32.',
  );
}
