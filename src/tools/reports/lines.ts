/** Plain lines for pipes: one a port, and nmap's own greppable format, one a host. */
import type { HostResult, PortResult } from '../../core/result.ts';
import type { Task } from '../../core/task.ts';
import { plural } from '../results/numbers.ts';

/** Address, port, state, service, product and name, with tabs between; a host without listed ports has one line too. */
export async function* portLines(_task: Task, hosts: AsyncIterable<HostResult>): AsyncIterable<string> {
  for await (const host of hosts) {
    const name = host.hostnames?.[0]?.name ?? '';
    if (host.ports.length === 0) yield line([host.address, '', host.status, '', '', name]);
    for (const port of host.ports) {
      const { protocol, state, service = '' } = port;
      yield line([host.address, `${port.port}/${protocol}`, state, service, versionOf(port), name]);
    }
  }
}

const line = (cells: readonly string[]) => `${cells.join('\t')}\n`;

/** As nmap writes with -oG (nmap manual, "Grepable output"). */
export async function* greppableReport(task: Task, hosts: AsyncIterable<HostResult>): AsyncIterable<string> {
  const began = new Date(task.startedAt ?? task.createdAt).toUTCString();
  const command = ['nmap', ...(task.argv ?? [])].join(' ');
  yield `# Nmap ${task.nmapVersion ?? ''} scan initiated ${began} as: ${command}\n`;
  for await (const host of hosts) {
    const name = host.hostnames?.[0]?.name ?? '';
    const label = `Host: ${host.address} (${name})`;
    const status = `${host.status.slice(0, 1).toUpperCase()}${host.status.slice(1)}`;
    yield line([label, `Status: ${status}`]);
    const fields = fieldsOf(host);
    if (fields.length > 0) yield line([label, ...fields]);
  }
  const { addressesTotal: total, hostsUp: up } = task;
  yield `# Nmap done at ${new Date(task.endedAt ?? Date.now()).toUTCString()} -- ${plural(total, 'IP address')} (${plural(up, 'host')} up) ${task.state}\n`;
}

function fieldsOf({ ports, other_ports = [], os, details }: HostResult): string[] {
  const [ignored] = other_ports;
  return [
    ...(ports.length > 0 ? [`Ports: ${ports.map(portFields).join(', ')}`] : []),
    ...(ignored ? [`Ignored State: ${ignored.state} (${ignored.count})`] : []),
    ...(os?.[0] ? [`OS: ${os[0].name}`] : []),
    ...(details?.tcp_sequence ? [`Seq Index: ${details.tcp_sequence.index}`] : []),
    ...(details?.ip_id_sequence ? [`IP ID Seq: ${details.ip_id_sequence.class}`] : []),
  ];
}

/** Port, state, protocol, owner, service, RPC, version, each ended by a slash, which nmap writes as a bar elsewhere. */
function portFields(port: PortResult): string {
  const { details = {}, tunnel, service = '' } = port;
  const rpc = details.rpc?.number;
  const cells = [
    String(port.port),
    port.state,
    port.protocol,
    details.owner ?? '',
    `${tunnel ? `${tunnel}|` : ''}${service}`,
    rpc === undefined ? '' : `(${service}:${rpc})`,
    versionOf(port),
  ];
  return cells.map((cell) => `${cell.replaceAll('/', '|')}/`).join('');
}

function versionOf({ product, version, extra_info }: PortResult): string {
  return [product, version, extra_info && `(${extra_info})`].filter(Boolean).join(' ');
}
