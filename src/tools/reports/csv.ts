import { csvRows } from '../../core/csv.ts';
import { namesOf } from '../../core/host-names.ts';
import type { HostResult } from '../../core/result.ts';
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

/** One row a port; a host without listed ports has one row of its own. */
export async function* csvReport(_task: Task, hosts: AsyncIterable<HostResult>): AsyncIterable<string> {
  yield await csvRows([COLUMNS]);
  for await (const host of hosts) yield await csvRows(rowsOf(host));
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
