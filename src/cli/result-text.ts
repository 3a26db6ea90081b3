/** A scan's result for a person at a terminal. Its strings were cleaned where they entered. */

import { namesOf } from '../core/host-names.ts';
import { canFold, FEW, Folds } from '../tools/results/folds.ts';
import { measurementLines } from '../tools/results/measurements.ts';
import { plural } from '../tools/results/numbers.ts';
import type { FoldOutput, HostOutput, PortOutput, ScanAnswer, ScanOutput } from '../tools/results/output.ts';
import { paint, table, wrapped } from './terminal.ts';

/** @param options the options of nmap that the scan was asked for with, for the words that say how to ask again */
export async function resultText(
  { status, task_id, result, error, message }: ScanAnswer,
  options = '',
): Promise<string> {
  if (!result) return message ?? error?.message ?? `Task ${task_id} is ${status}.`;
  const parts: string[] = [];
  const { shown, folded, known } = foldQuiet(result);
  for (const host of shown) {
    const text = await hostText(host);
    // Hosts of which nothing but themselves is told are a list.
    parts.push(text, ...(text.includes('\n') ? [''] : []));
  }
  if (parts.length > 0 && parts.at(-1) !== '') parts.push('');
  for (const { hosts, found, addresses } of folded)
    parts.push(wrapped(`${plural(hosts, 'host')} without open ports: ${found}: ${addresses}`, 2));
  parts.push(...known, ...(folded.length > 0 ? [''] : []));
  if (result.hosts.length + folded.length === 0) parts.push('No host answered.', '');
  for (const note of result.coverage) {
    const where =
      note.hosts && note.hosts.length > 0
        ? ` (${note.hosts.slice(0, 5).join(', ')}${note.hosts.length > 5 ? ', …' : ''})`
        : '';
    parts.push(
      note.kind === 'strategy' || note.kind === 'names'
        ? paint('dim', wrapped(`How: ${note.message}${where}`, 5))
        : paint('yellow', wrapped(`Not tested: ${note.message}${where}`, 12)),
    );
  }
  const listed = result.argv?.includes('-sL') === true;
  const asksAnyway = result.argv?.some((word) => word === '-Pn' || word === '-sL');
  if (status === 'completed' && result.hosts_up === 0 && !asksAnyway) {
    const target = result.target === '' ? 'TARGET' : result.target.replaceAll(',', '');
    // What would have to be quoted anew is left to be filled in.
    const others = /["$`\\!]/.test(options) ? '…' : options;
    const again = ['-Pn', others].filter(Boolean).join(' ');
    parts.push(`Hosts that answer no ping are found with: portolan scan --options "${again}" ${target}`);
  }
  if (error)
    parts.push(
      paint('red', wrapped(`${error.code}: ${error.message}`, 2)),
      wrapped(`Next: ${error.next}`, 6),
    );
  const { hosts_up, hosts_total, open_ports, scan_time, argv, in_phases } = result;
  parts.push(
    wrapped(
      `${paint('bold', status)}: ${listed ? `${plural(hosts_total, 'address')} listed, none was asked` : `${hosts_up} of ${hosts_total} addresses up, ${plural(open_ports, 'open port')}`}, ${scan_time} s, task ${task_id}`,
      2,
    ),
    ...(argv ? [paint('dim', `${in_phases ? 'In phases, of which one: ' : ''}nmap ${argv.join(' ')}`)] : []),
  );
  return parts.join('\n');
}

interface Folded {
  shown: HostOutput[];
  folded: FoldOutput[];
  /** What else is known of those that are told together, a line each. */
  known: string[];
}

/** Hosts without open ports are told together when they are many: nobody reads a screen for each fifteen of them. */
function foldQuiet({ hosts, folded = [] }: ScanOutput): Folded {
  const isQuiet = (host: HostOutput) =>
    host.status === 'up' && canFold(host) && !host.ports.some(({ state }) => state === 'open');
  const quiet = hosts.filter(isQuiet);
  if (quiet.length <= FEW) return { shown: hosts, folded, known: [] };
  const folds = new Folds();
  for (const host of quiet) folds.add(host);
  const known = quiet.filter((host) => host.mac !== undefined || namesOf(host).length > 0).map(headline);
  return { shown: hosts.filter((host) => !isQuiet(host)), folded: [...folded, ...folds.whole()], known };
}

function headline(host: HostOutput): string {
  const names = namesOf(host).join(', ');
  const facts = [
    names,
    host.mac ? [host.mac, host.vendor].filter(Boolean).join(' ') : '',
    host.os?.[0]?.name ?? '',
    host.distance ? `${host.distance} ${host.distance === 1 ? 'hop' : 'hops'} away` : '',
  ]
    .filter((fact) => fact !== '')
    .join(' · ');
  const flags = [host.partial ? 'so far' : '', host.timed_out ? 'given up by nmap' : '']
    .filter(Boolean)
    .join(', ');
  return `${paint('bold', host.address)} ${host.status}${facts === '' ? '' : ` · ${facts}`}${flags === '' ? '' : ` (${flags})`}`;
}

async function hostText(host: HostOutput): Promise<string> {
  const lines = [headline(host)];
  if (host.ports.length > 0)
    lines.push(indent(await table(['port', 'state', 'service', 'version'], host.ports.map(portRow))));
  for (const line of measurementLines(host)) lines.push(indent(line));
  for (const port of host.ports) {
    for (const { id, output } of port.scripts ?? []) {
      lines.push(indent(`${port.port}/${port.protocol} ${id}: ${output.trim().replaceAll('\n', '\n    ')}`));
    }
  }
  for (const { id, output } of host.scripts ?? [])
    lines.push(indent(`${id}: ${output.trim().replaceAll('\n', '\n    ')}`));
  for (const other of host.other_ports ?? []) {
    const why = (other.reasons ?? []).map(({ reason }) => reason).join(', ');
    lines.push(paint('dim', indent(`${other.count} more ${other.state}${why === '' ? '' : ` (${why})`}`)));
  }
  return lines.join('\n');
}

function portRow(port: PortOutput): string[] {
  const colour = port.state === 'open' ? 'green' : 'yellow';
  const service = `${port.tunnel ? `${port.tunnel}/` : ''}${port.service ?? ''}${port.method === 'table' ? '?' : ''}`;
  const version = [port.version, port.extra_info ? `(${port.extra_info})` : ''].filter(Boolean).join(' ');
  return [`${port.port}/${port.protocol}`, paint(colour, port.state), service, version];
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
