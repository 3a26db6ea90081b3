/** Tables with a header (RFC 4180, and with semicolons or tabs): one open port, or one host, a row. */
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { PortolanError } from '../../core/errors.ts';
import type { Mark } from '../../core/look.ts';
import { nameOf } from '../../core/sighting/host.ts';
import type { Asked, Format, Found, LeftOut } from './format.ts';
import { addressOf, exampleOf, NO_ADDRESS, portOf, protocolOf, timeOf, wordOf } from './lines.ts';
import { openPort } from './open-port.ts';

/** What columns are called out there. Compared without case, spaces and signs. */
const COLUMNS = {
  address: ['ip', 'ipaddress', 'ipaddr', 'ipv4', 'ipv6', 'address', 'addr', 'hostip', 'host'],
  port: ['port', 'portid', 'portnumber', 'dport', 'destinationport'],
  protocol: ['protocol', 'proto', 'portprotocol', 'transport'],
  state: ['state', 'status', 'portstate'],
  service: ['service', 'servicename', 'app'],
  product: ['product', 'software'],
  version: ['version', 'productversion'],
  mac: ['mac', 'macaddress', 'macaddr', 'hwaddress'],
  name: ['hostname', 'name', 'dns', 'dnsname', 'fqdn'],
  vendor: ['vendor', 'macvendor', 'manufacturer'],
  time: ['time', 'timestamp', 'date', 'lastseen', 'seen', 'ts'],
} as const satisfies Record<string, readonly string[]>;
type Column = keyof typeof COLUMNS;

const LONGEST_ROW = 1024 * 1024;
const DELIMITERS = [',', ';', '\t'] as const;

export const csv: Format = {
  name: 'csv',
  title: 'CSV with a header',
  recognises(head) {
    const [first = ''] = head.split(/\r?\n/);
    return DELIMITERS.some((delimiter) => columnsOf(first.split(delimiter)).has('address'));
  },
  read: readTable,
};

async function* readTable(
  text: AsyncIterable<string>,
  left: LeftOut,
): AsyncGenerator<Found, Asked | undefined> {
  const pieces = text[Symbol.asyncIterator]();
  const first = await pieces.next();
  const start = first.done ? '' : first.value;
  const input = Readable.from(joined(start, pieces));
  const rows = input.pipe(
    parse({
      delimiter: delimiterOf(start),
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      relax_quotes: true,
      max_record_size: LONGEST_ROW,
    }),
  );
  input.on('error', (error) => rows.destroy(error));
  let columns: ReadonlyMap<Column, number> | undefined;
  let width = 0;
  try {
    for await (const row of rows) {
      const cells = asCells(row);
      if (!columns) {
        columns = columnsOf(cells);
        width = cells.length;
        if (!columns.has('address')) throw noAddressColumn(cells);
        const known = new Set(columns.values());
        const others = cells.filter((_, at) => !known.has(at));
        if (others.length > 0) left.add(`columns of other names: ${exampleOf(others.join(', '))}`);
      } else if (cells.length !== width)
        left.add('rows with more or fewer cells than the header', exampleOf(cells.join()));
      else {
        const found = foundOf(cells, columns);
        if (typeof found === 'string') left.add(found, exampleOf(cells.join()));
        else yield found;
      }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // What was read until then stays.
    return {
      completeness: 'positives',
      coverage: [],
      gaps: [],
      notCompared: [],
      problem: exampleOf(error.message),
    };
  } finally {
    input.destroy();
  }
  return undefined;
}

async function* joined(start: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  yield start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** The sign by which the header has most columns. */
function delimiterOf(text: string): string {
  const [header = ''] = text.split(/\r?\n/, 1);
  const [most = ','] = DELIMITERS.toSorted((a, b) => header.split(b).length - header.split(a).length);
  return most;
}

function asCells(row: unknown): string[] {
  return Array.isArray(row) ? row.map((cell) => (typeof cell === 'string' ? cell : '')) : [];
}

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

function columnsOf(header: readonly string[]): ReadonlyMap<Column, number> {
  const names = header.map(plain);
  const columns = new Map<Column, number>();
  for (const column of Object.keys(COLUMNS)) {
    if (!isColumn(column)) continue;
    // The first name that fits: a table with `ip` and `host` has the address in `ip`.
    const at = COLUMNS[column].map((name) => names.indexOf(name)).find((index) => index >= 0);
    if (at !== undefined) columns.set(column, at);
  }
  return columns;
}

const isColumn = (text: string): text is Column => Object.hasOwn(COLUMNS, text);

/** What a row tells, or why it tells nothing. */
function foundOf(cells: readonly string[], columns: ReadonlyMap<Column, number>): Found | string {
  const cell = (column: Column) => wordOf(cells[columns.get(column) ?? -1]);
  const address = addressOf(cell('address'));
  if (address === undefined) return NO_ADDRESS;
  const at = timeOf(cell('time'));
  const vendor = cell('vendor');
  const host: Found = {
    address,
    marks: marksOf(cell('mac'), cell('name')),
    ...(at === undefined ? {} : { at }),
    ...(vendor === undefined ? {} : { vendor }),
  };
  const written = cell('port');
  if (written === undefined) return host;
  // `443/tcp` is how many write both in one cell.
  const [number, name] = written.split('/');
  const port = portOf(number);
  const protocol = protocolOf(name ?? cell('protocol') ?? 'tcp');
  if (port === undefined || protocol === undefined) return 'rows whose port or protocol is none';
  if ((cell('state') ?? 'open').toLowerCase() !== 'open') return 'ports in another state than open';
  const [service, product, version] = [cell('service'), cell('product'), cell('version')];
  return {
    ...host,
    ports: [
      openPort({
        port,
        protocol,
        ...(service === undefined ? {} : { name: service }),
        ...(product === undefined ? {} : { product, heard: true }),
        ...(version === undefined ? {} : { version }),
      }),
    ],
  };
}

function marksOf(mac: string | undefined, name: string | undefined): Mark[] {
  const digits = mac?.toLowerCase().replace(/[^0-9a-f]/g, '') ?? '';
  return [
    ...(digits.length === 12 ? [{ type: 'mac' as const, value: digits.replace(/..(?=.)/g, '$&:') }] : []),
    // Who named it is not told, so the name is worth what one that was asked is.
    ...(name === undefined ? [] : [{ type: 'asked_name' as const, value: nameOf(name) }]),
  ];
}

function noAddressColumn(header: readonly string[]): PortolanError {
  return new PortolanError(
    'unsupported_file_type',
    `No column of the table holds addresses: ${exampleOf(header.join(', '))}.`,
    `Name it ip in the first row; also read are ${Object.keys(COLUMNS).join(', ')}.`,
  );
}
