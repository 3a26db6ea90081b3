/** A scan's answer as a compact table that a model can answer from, and a person can read. */
import type { HostResult, PortResult } from '../core/result.ts';
import type { HostOutput, PortOutput, ScanAnswer, ScanOutput } from './scan-output.ts';
import { UNTRUSTED_NOTICE } from './untrusted-notice.ts';

/** About 2,000 tokens: tables of numbers and names come to some three characters a token. */
export const TEXT_BUDGET = 6000;

type Detail = 'table' | 'line';

/** The whole text; hosts are one line each when a table of them would be too long. */
export function scanText(answer: ScanAnswer): string {
  const table = compose(answer, 'table');
  return table.length <= TEXT_BUDGET ? table : compose(answer, 'line');
}

function compose(answer: ScanAnswer, detail: Detail): string {
  const { result } = answer;
  const parts = [headline(answer)];
  if (answer.error) parts.push(`${answer.error.code}: ${answer.error.message} ${answer.error.next}`);
  if (result && result.hosts.length > 0) {
    parts.push(UNTRUSTED_NOTICE, ...hostBlocks(result.hosts, detail));
  }
  if (result?.hosts.length === 0 && !result.partial) parts.push(whyEmpty(result));
  if (result) parts.push(...coverageLines(result));
  parts.push(whereToGo(answer));
  return parts.filter((part) => part !== '').join('\n');
}

function headline({ status, task_id, result, message }: ScanAnswer): string {
  if (!result) return `Task ${task_id}: ${status}. ${message ?? ''}`.trim();
  const { target, scanner, scan_time, hosts_up, hosts_total, hosts_done, open_ports } = result;
  const hosts =
    hosts_done === hosts_total
      ? `${hosts_up} of ${plural(hosts_total, 'host')} up`
      : `${hosts_up} up, ${hosts_done} of ${plural(hosts_total, 'host')} done`;
  return [
    `Scan of ${shortList(target)}${scanner === undefined ? '' : ` from ${scanner}`}: ${status} after ${scan_time} s; ${hosts}, ${plural(open_ports, 'open port')}.`,
    result.partial ? 'This is what was found so far.' : '',
    message ?? '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** An empty answer must not be read as "nothing is there". */
function whyEmpty({ hosts_up }: ScanOutput): string {
  return hosts_up === 0
    ? 'No address answered the probes of host discovery. A host that hides can be scanned with custom_scan and -Pn.'
    : 'Hosts answered, but there are no ports to show.';
}

function hostBlocks(hosts: HostOutput[], detail: Detail): string[] {
  return hosts.map((host) => (detail === 'table' ? hostTable(host) : hostLine(host)));
}

function hostTable(host: HostOutput): string {
  const cells = host.ports.map((port) => [
    `${port.port}/${port.protocol}`,
    port.state,
    serviceName(port),
    productOf(port),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...cells.map((row) => row[column]?.length ?? 0)));
  const lines = host.ports.flatMap((port, index) => [
    `  ${(cells[index] ?? []).map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
    ...scriptLines(port),
  ]);
  return ['', hostTitle(host), ...lines, ...restOf(host), ...scriptLines(host)].join('\n');
}

function hostLine(host: HostOutput): string {
  const ports = host.ports.map((port) => {
    const state = port.state === 'open' ? '' : ` ${port.state}`;
    return `${port.port}/${port.protocol}${state}${port.service ? ` ${port.service}` : ''}`;
  });
  return `${hostTitle(host)}: ${ports.join(', ') || 'no open ports'}${restOf(host)
    .map((line) => `;${line}`)
    .join('')}`;
}

function hostTitle(host: HostOutput): string {
  const names = host.hostnames?.map(({ name }) => name).join(', ');
  const os = host.os?.[0];
  return [
    host.address,
    names ? `(${names})` : '',
    host.status,
    host.mac ? `MAC ${host.mac}${host.vendor ? ` ${host.vendor}` : ''}` : '',
    os ? `OS ${os.name} (${os.accuracy} %)` : '',
    host.partial ? '[still being scanned]' : '',
    host.timed_out ? '[given up by host timeout]' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** What is not in the table: further ports of this host, and ports nmap only counted. */
function restOf(host: HostOutput): string[] {
  const counted = host.other_ports?.map(({ count, state, reasons }) => {
    const why = reasons?.map(({ reason }) => reason).join(', ');
    return `${count} ${state}${why ? ` (${why})` : ''}`;
  });
  return [
    ...(host.ports_omitted ? [`  … ${host.ports_omitted} more listed ports on the next page`] : []),
    ...(counted?.length ? [`  others: ${counted.join(', ')}`] : []),
  ];
}

function scriptLines(thing: Pick<PortResult | HostResult, 'scripts'>): string[] {
  return (thing.scripts ?? []).flatMap(({ id, output }) =>
    `${id}: ${output.trim()}`.split('\n').map((line) => `      | ${line.trim()}`),
  );
}

function serviceName(port: PortResult): string {
  if (!port.service) return '';
  const inTls = port.tunnel === 'ssl' ? 'ssl/' : '';
  return `${inTls}${port.service}${port.method === 'table' ? '?' : ''}`;
}

function productOf(port: PortOutput): string {
  const extra = port.extra_info ? `(${port.extra_info})` : '';
  return [port.version, extra].filter(Boolean).join(' ');
}

const SHOWN_NOTES = 8;

function coverageLines({ coverage }: ScanOutput): string[] {
  if (coverage.length === 0) return [];
  const lines = coverage.slice(0, SHOWN_NOTES).map(({ kind, hosts, message }) => {
    const where = hosts?.length ? ` [${shortList(hosts.join(', '))}]` : '';
    return `- ${kind}: ${message}${where}`;
  });
  const rest = coverage.length - lines.length;
  return [
    '',
    'Coverage (what was not tested or less than asked, and how the rest was):',
    ...lines,
    rest > 0 ? `- and ${rest} more` : '',
  ];
}

function whereToGo({ task_id, status, result }: ScanAnswer): string {
  if (!result) return '';
  const guessed = result.hosts.some((host) => host.ports.some((port) => port.method === 'table'));
  return [
    '',
    guessed ? '"?" after a service: guessed from the port number, not probed.' : '',
    result.next_cursor
      ? `More hosts: get_task_result(task_id="${task_id}", cursor="${result.next_cursor}").`
      : '',
    status === 'completed' || result.hosts.length > 0
      ? `Whole report: scan://${task_id}/report.md (also .json, .csv, .xml).`
      : '',
  ]
    .filter((line, index) => index === 0 || line !== '')
    .join('\n');
}

function shortList(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 117)}...`;
}

export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
