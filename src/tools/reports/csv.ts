import { type HostResult, namesOf } from '../../core/result.ts';
import type { Task } from '../../core/task.ts';

const COLUMNS = [
  'address',
  'hostname',
  'status',
  'port',
  'protocol',
  'state',
  'reason',
  'service',
  'product',
  'version',
  'extra_info',
  'cpe',
];

/**
 * One row a port; a host without listed ports has one row of its own. Cells that a spreadsheet would run as a formula
 * get a leading apostrophe (OWASP, CSV injection).
 */
export async function* csvReport(_task: Task, hosts: AsyncIterable<HostResult>): AsyncIterable<string> {
  const { stringify } = await import('csv-stringify/sync');
  const rows = (table: string[][]) => stringify(table, { escape_formulas: true, record_delimiter: '\r\n' });
  yield rows([COLUMNS]);
  for await (const host of hosts) yield rows(rowsOf(host));
}

function rowsOf(host: HostResult): string[][] {
  const own = [host.address, namesOf(host).join(' '), host.status];
  if (host.ports.length === 0) return [[...own, ...COLUMNS.slice(own.length).map(() => '')]];
  return host.ports.map((port) => [
    ...own,
    String(port.port),
    port.protocol,
    port.state,
    port.reason ?? '',
    port.service ?? '',
    port.product ?? '',
    port.version ?? '',
    port.extra_info ?? '',
    port.cpe?.join(' ') ?? '',
  ]);
}
