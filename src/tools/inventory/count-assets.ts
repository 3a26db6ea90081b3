import { z } from 'zod';
import { COUNTED, type Counted } from '../../core/asset-list.ts';
import { Protocol } from '../../core/result.ts';
import { isTimeZone } from '../../core/time-zone.ts';
import { dayLine } from '../../inventory/count-days.ts';
import type { ServiceCount } from '../../inventory/service.ts';
import { defineTool } from '../call/define-tool.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import { number, plural } from '../results/numbers.ts';

const Service = z.strictObject({
  port: z.string(),
  service: z.string().optional(),
  product: z.string().optional(),
  version: z.string().optional(),
  hosts: z.number().int(),
  query: z.string(),
});

const DayOutput = z.strictObject({
  day: z.string(),
  high: z.number().int(),
  medium: z.number().int(),
  low: z.number().int(),
  info: z.number().int(),
});

export const countAssets = defineTool({
  name: 'count_assets',
  title: 'What there is, counted',
  description:
    'Counts the hosts of the inventory that a query matches by what they have in common, and open services by port, ' +
    'product and version. Each count comes with the query that finds its hosts. Changes by day, too. Sends nothing.',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  toolset: 'inventory_admin',
  scope: 'inventory:read',
  input: z.strictObject({
    query: z.string().max(1024).optional().describe('Which hosts, as find_assets asks; all when absent.'),
    site: z.string().min(1).max(64).optional().describe('Only this site.'),
    by: z.array(z.enum(COUNTED)).max(COUNTED.length).default([]).describe('What to count by.'),
    services: z.boolean().default(false).describe('Count open services, too.'),
    port: z
      .string()
      .regex(/^\d{1,5}\/(tcp|udp|sctp|ip)$/, 'write a port as 443/tcp')
      .optional()
      .describe('Of services: those on this port, as 443/tcp.'),
    product: z.string().min(1).max(256).optional().describe('Of services: exactly this product.'),
    changes: z
      .strictObject({
        days: z.number().int().min(1).max(92).default(7).describe('Of so many days, today included.'),
        zone: z
          .string()
          .max(64)
          .refine(isTimeZone, 'name a time zone, such as Europe/Berlin')
          .default('UTC')
          .describe('Whose days they are: Europe/Berlin.'),
      })
      .optional()
      .describe('Count changes of these hosts by day and severity, too.'),
    limit: z.number().int().min(1).max(500).default(20).describe('Values of each, the commonest.'),
  }),
  output: z.strictObject({
    total: z.number().int(),
    counts: z.array(
      z.strictObject({
        by: z.enum(COUNTED),
        values: z.array(z.strictObject({ value: z.string(), hosts: z.number().int(), query: z.string() })),
      }),
    ),
    services: z.array(Service).optional(),
    /** The oldest day first. */
    changes: z.array(DayOutput).optional(),
  }),
  async handle({ query, site, by, services, port, product, changes, limit }, { services: { inventory } }) {
    const wanted = services || port !== undefined || product !== undefined;
    const of = {
      ...(port === undefined ? {} : { port: portOf(port) }),
      ...(product === undefined ? {} : { product }),
    };
    const found = await inventory.counts({
      query,
      site,
      by,
      limit,
      changes,
      ...(wanted ? { services: of } : {}),
    });
    const counts = found.counts.map(({ by, values }) => ({
      by,
      values: values.map(({ value, hosts }) => ({ value, hosts, query: `${by}:${quoted(by, value)}` })),
    }));
    const alike = found.services?.map(serviceOutput);
    return {
      structured: {
        total: found.total,
        counts,
        ...(alike ? { services: alike } : {}),
        ...(found.changes ? { changes: found.changes.map((day) => ({ ...day })) } : {}),
      },
      text: [
        `${plural(found.total, 'host')}.`,
        UNTRUSTED_NOTICE,
        ...counts.map(
          ({ by, values }) =>
            `${by}: ${values.map(({ value, hosts }) => `${value} (${number(hosts)})`).join(', ') || 'none'}`,
        ),
        ...(alike ?? []).map(({ hosts, query }) => `${plural(hosts, 'host')}: ${query}`),
        ...(found.changes ? ['Changes:', ...found.changes.map(dayLine)] : []),
      ].join('\n'),
    };
  },
});

function portOf(text: string): { protocol: Protocol; port: number } {
  const [port, name] = text.split('/');
  return { port: Number(port), protocol: Protocol.parse(name) };
}

function serviceOutput({
  protocol,
  port,
  name,
  product,
  version,
  hosts,
}: ServiceCount): z.infer<typeof Service> {
  const words = [
    `port:${port}/${protocol}`,
    ...(name === undefined ? [] : [`service:${quoted('service', name)}`]),
    ...(product === undefined ? [] : [`product:${quoted('product', product)}`]),
    ...(version === undefined ? [] : [`version:${quoted('version', version)}`]),
  ];
  return {
    port: `${port}/${protocol}`,
    ...(name === undefined ? {} : { service: name }),
    ...(product === undefined ? {} : { product }),
    ...(version === undefined ? {} : { version }),
    hosts,
    query: words.join(' '),
  };
}

/** As a query wants it: plain where it can be, in quotes otherwise. */
function quoted(by: Counted | 'version', value: string): string {
  const plain = by === 'port' || by === 'net' || /^[\p{L}\p{N}._/-]+$/u.test(value);
  return plain ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}
