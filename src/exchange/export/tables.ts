/** The inventory as CSV (a row an open port), JSON, JSON Lines and Markdown. */
import type { Asset } from '../../core/asset.ts';
import { csvRows } from '../../core/csv.ts';
import { escapeMarkdown } from '../../core/markdown.ts';
import { addressesOf, isoTime, macsOf, namesOf, openPortsOf, titleOf } from './asset-words.ts';
import type { Exported, ExportFormat } from './format.ts';

const COLUMNS = [
  ...[
    'asset',
    'site',
    'name',
    'ip',
    'other_ips',
    'mac',
    'vendor',
    'os',
    'class',
    'state',
    'tags',
    'first_seen',
    'last_seen',
  ],
  ...['port', 'protocol', 'service', 'product', 'version', 'since', 'confirmed'],
] as const;

export const csv: ExportFormat = {
  name: 'csv',
  title: 'CSV, one row an open port',
  mediaType: 'text/csv',
  async *write({ assets }) {
    yield await csvRows([COLUMNS]);
    for await (const asset of assets) yield await csvRows(rowsOf(asset));
  },
};

function rowsOf(asset: Asset): string[][] {
  const [first = '', ...others] = addressesOf(asset);
  const own = [
    ...[
      asset.uid,
      asset.site,
      asset.name ?? '',
      first,
      others.join(' '),
      macsOf(asset).join(' '),
      asset.vendor ?? '',
    ],
    ...[
      asset.os?.name ?? '',
      asset.class,
      asset.state,
      asset.tags.join(' '),
      isoTime(asset.firstSeen),
      isoTime(asset.lastSeen),
    ],
  ];
  const ports = openPortsOf(asset).map(({ port, protocol, service, firstOpen, confirmedAt }) => [
    ...own,
    ...[String(port), protocol, service?.name ?? '', service?.product ?? '', service?.version ?? ''],
    ...[isoTime(firstOpen), isoTime(confirmedAt)],
  ]);
  return ports.length > 0 ? ports : [[...own, '', '', '', '', '', '', '']];
}

export const jsonLines: ExportFormat = {
  name: 'jsonl',
  title: 'JSON Lines, one asset or incident a line',
  mediaType: 'application/x-ndjson',
  async *write({ assets, incidents }) {
    for await (const asset of assets) yield `${JSON.stringify({ type: 'asset', ...asset })}\n`;
    for await (const { event, ...rest } of incidents)
      yield `${JSON.stringify({ type: 'incident', ...event, ...rest })}\n`;
  },
};

export const json: ExportFormat = {
  name: 'json',
  title: 'JSON',
  mediaType: 'application/json',
  async *write({ site, now, assets, incidents }) {
    yield `{"site":${JSON.stringify(site)},"exported_at":${now},"assets":[`;
    yield* list(assets);
    yield '],"incidents":[';
    yield* list(incidents);
    yield ']}\n';
  },
};

async function* list(all: AsyncIterable<unknown> | Iterable<unknown>): AsyncGenerator<string> {
  let comma = '';
  for await (const one of all) {
    yield `${comma}${JSON.stringify(one)}`;
    comma = ',\n';
  }
}

export const markdown: ExportFormat = {
  name: 'markdown',
  title: 'Markdown, tables to read',
  mediaType: 'text/markdown',
  async *write(what: Exported) {
    yield `# Inventory of ${escapeMarkdown(what.site)}\n\nAs of ${isoTime(what.now)}.\n\n`;
    yield row(['Asset', 'Addresses', 'Maker', 'System', 'Open ports', 'Seen']) + row(Array(6).fill('---'));
    for await (const asset of what.assets) {
      const ports = openPortsOf(asset).map(({ port, protocol, service }) =>
        [protocol === 'tcp' ? `${port}` : `${port}/${protocol}`, service?.product ?? service?.name ?? '']
          .join(' ')
          .trim(),
      );
      const names = [titleOf(asset), ...namesOf(asset).slice(1, 3)].join(', ');
      yield row(
        [
          names,
          addressesOf(asset).join(', '),
          asset.vendor ?? '',
          asset.os?.name ?? '',
          ports.join(', '),
          isoTime(asset.lastSeen),
        ].map(escapeMarkdown),
      );
    }
    yield `\n## Changes\n\n${row(['When', 'What', 'Severity', 'Where', 'Before', 'After', 'State'])}${row(Array(7).fill('---'))}`;
    for await (const { event, state } of what.incidents) {
      const where = [
        event.address ?? event.asset ?? '',
        event.port === undefined ? '' : `:${event.port}`,
      ].join('');
      yield row(
        [
          isoTime(event.at),
          event.kind,
          event.severity,
          where,
          event.before ?? '',
          event.after ?? '',
          state,
        ].map(escapeMarkdown),
      );
    }
  },
};

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
