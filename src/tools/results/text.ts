/** A scan's answer as a compact table that a model can answer from, and a person can read. */
import { namesOf } from '../../core/host-names.ts';
import type { HostResult, PortResult } from '../../core/result.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import { besides } from './besides.ts';
import { measurementLines } from './measurements.ts';
import { number, plural } from './numbers.ts';
import type { HostOutput, PortOutput, ScanAnswer, ScanOutput } from './output.ts';

/** About 2,000 tokens: tables of numbers and names come to some three characters a token. */
export const TEXT_BUDGET = 6000;

/** nmap's reason for a host that it did not ask. */
const ASSUMED = 'user-set';

type Detail = 'full' | 'table' | 'line';

/** The whole text; hosts are one line each when a table of them would be too long. */
export function scanText(answer: ScanAnswer, { full = false } = {}): string {
  if (full) return layOut(answer, 'full');
  const table = layOut(answer, 'table');
  return table.length <= TEXT_BUDGET ? table : layOut(answer, 'line');
}

function layOut(answer: ScanAnswer, detail: Detail): string {
  const { result } = answer;
  const parts = [headline(answer)];
  if (answer.error) parts.push(`${answer.error.code}: ${answer.error.message} ${answer.error.next}`);
  if (!result) return parts.join('\n');
  parts.push(...howItRan(result));
  if (result.hosts.length > 0) parts.push(UNTRUSTED_NOTICE);
  parts.push(...digestLines(result), ...whichHosts(result));
  parts.push(...result.hosts.map((host) => (detail === 'line' ? hostLine(host) : hostTable(host, detail))));
  if (result.run) parts.push('', `Of the run: ${JSON.stringify(result.run)}`);
  parts.push(...foldLines(result), ...coverageLines(result), whereToGo(answer));
  return parts.filter((part) => part !== '').join('\n');
}

function headline({ status, task_id, result, message }: ScanAnswer): string {
  if (!result) return `Task ${task_id}: ${status}. ${message ?? ''}`.trim();
  const { target, scanner, scan_time, hosts_up, hosts_total, hosts_done, open_ports } = result;
  const listed = result.argv?.includes('-sL') === true;
  const up = result.hosts.some(({ reason }) => reason === ASSUMED) ? 'up or taken as up' : 'up';
  const hosts = listed
    ? `${plural(hosts_total, 'address')} listed, none was asked`
    : hosts_done === hosts_total
      ? `${number(hosts_up)} of ${plural(hosts_total, 'host')} ${up}`
      : `${number(hosts_up)} ${up}, ${number(hosts_done)} of ${plural(hosts_total, 'host')} done`;
  return [
    `Scan of ${shortList(target)}${scanner === undefined ? '' : ` from ${scanner}`}: ${status} after ${scan_time} s; ${hosts}, ${plural(open_ports, 'open port')}.`,
    whyPartial({ status, result }),
    message ?? '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** A command with very many targets is cut in the text; the structured answer and the report have all of it. */
const MOST_ARGV = 1500;

/** Why the result is not whole. */
function whyPartial({ status, result }: Pick<ScanAnswer, 'status' | 'result'>): string {
  if (!result?.partial) return '';
  if (status === 'completed') return 'Not all of it was scanned: see the coverage.';
  if (status === 'failed' && result.hosts_done === 0 && result.hosts.length === 0)
    return 'Nothing was found.';
  return `This is what was found so far${result.as_of === undefined ? '' : ` (${result.as_of})`}.`;
}

/** When, which ports and with which command: open ports mean little without. */
function howItRan({
  started_at,
  ports_asked,
  argv,
  in_phases,
  nmap_version,
  correlation_id,
  filter,
}: ScanOutput): string[] {
  const command = argv ? `nmap ${argv.join(' ')}` : '';
  const cut = command.length <= MOST_ARGV ? command : `${command.slice(0, MOST_ARGV)}…`;
  const ran = in_phases ? 'Ran in phases, of which one' : 'Ran';
  const version = nmap_version === undefined ? '' : ` (nmap ${nmap_version})`;
  return [
    `Began ${started_at}. Asked: ${ports_asked}.`,
    command === ''
      ? ''
      : `${ran}: ${cut}${version}${correlation_id === undefined ? '' : `, id ${correlation_id}`}`,
    filter === undefined ? '' : `Shown: ${filter}.`,
  ];
}

function digestLines({ by_port = [], by_port_omitted = 0 }: ScanOutput): string[] {
  if (by_port.length === 0) return [];
  return [
    '',
    'Open ports of all hosts:',
    ...by_port.map(({ port, protocol, service, hosts, addresses }) => {
      const name = service === undefined ? '' : ` ${service}`;
      return `  ${port}/${protocol}${name}: ${plural(hosts, 'host')} (${addresses})`;
    }),
    by_port_omitted > 0 ? `  and ${plural(by_port_omitted, 'port')} on fewer` : '',
  ];
}

function whichHosts({ shown }: ScanOutput): string[] {
  if (!shown || shown.to < shown.from) return [];
  const { from, to, of } = shown;
  return ['', `Hosts ${from === to ? number(from) : `${number(from)}–${number(to)}`} of ${number(of)}:`];
}

function foldLines({ folded = [] }: ScanOutput): string[] {
  if (folded.length === 0) return [];
  return [
    '',
    'Without open ports:',
    ...folded.map(({ hosts, found, addresses }) => `  ${plural(hosts, 'host')}: ${found}: ${addresses}`),
  ];
}

function hostTable(host: HostOutput, detail: Detail): string {
  const cells = host.ports.map((port) => [
    `${port.port}/${port.protocol}`,
    stateOf(port),
    serviceName(port),
    productOf(port),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...cells.map((row) => row[column]?.length ?? 0)));
  const lines = host.ports.flatMap((port, index) => [
    `  ${(cells[index] ?? []).map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
    ...scriptLines(port),
  ]);
  const more = detail === 'full' ? [besides(host)] : [];
  return ['', hostTitle(host), ...lines, ...restOf(host), ...scriptLines(host), ...more].join('\n');
}

function hostLine(host: HostOutput): string {
  const ports = host.ports.map((port) => {
    const words = [port.state === 'open' ? '' : stateOf(port), serviceName(port), productOf(port)];
    return [`${port.port}/${port.protocol}`, ...words].filter((word) => word !== '').join(' ');
  });
  const line = [`${hostTitle(host)}: ${ports.join(', ') || 'no open ports'}`, ...restOf(host)].join(';');
  return [line, ...host.ports.flatMap(scriptLines), ...scriptLines(host)].join('\n');
}

function hostTitle(host: HostOutput): string {
  const names = namesOf(host).join(', ');
  const os = host.os?.map(({ name, accuracy, cpe = [] }) => [name, `(${accuracy} %)`, ...cpe].join(' '));
  return [
    host.address,
    names ? `(${names})` : '',
    statusOf(host),
    host.mac ? `MAC ${host.mac}${host.vendor ? ` ${host.vendor}` : ''}` : '',
    os?.length ? `OS ${os.join(' or ')}` : '',
    host.distance === undefined ? '' : plural(host.distance, 'hop'),
    host.partial ? '[still being scanned]' : '',
    host.timed_out ? '[given up by host timeout]' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** With -Pn nmap asks no host whether it is there. */
function statusOf({ status, reason }: HostOutput): string {
  if (reason === undefined) return status;
  return reason === ASSUMED ? 'taken as up (-Pn)' : `${status} (${reason})`;
}

/** What is not in the table: further ports of this host, and ports nmap only counted. */
function restOf(host: HostOutput): string[] {
  const counted = host.other_ports?.map(({ count, state, reasons }) => {
    const why = reasons?.map(({ reason }) => reason).join(', ');
    return `${count} ${state}${why ? ` (${why})` : ''}`;
  });
  return [
    ...measurementLines(host).map((line) => `  ${line}`),
    ...(host.ports_omitted ? [`  … ${host.ports_omitted} more listed ports on the next page`] : []),
    ...(counted?.length ? [`  others: ${counted.join(', ')}`] : []),
  ];
}

function scriptLines(thing: Pick<PortResult | HostResult, 'scripts'>): string[] {
  return (thing.scripts ?? []).flatMap(({ id, output }) =>
    `${id}: ${output.trim()}`.split('\n').map((line) => `      | ${line.trim()}`),
  );
}

/** With nmap's reason where the port is not open: a reset and no answer at all are different news. */
function stateOf({ state, reason }: PortResult): string {
  return reason && state !== 'open' ? `${state} (${reason})` : state;
}

function serviceName(port: PortResult): string {
  if (!port.service) return '';
  const inTls = port.tunnel === 'ssl' ? 'ssl/' : '';
  return `${inTls}${port.service}${port.method === 'table' ? '?' : ''}`;
}

/** Its CPEs too: many clients hand on the text alone. */
function productOf(port: PortOutput): string {
  const extra = port.extra_info ? `(${port.extra_info})` : '';
  return [port.version, extra, ...(port.cpe ?? [])].filter(Boolean).join(' ');
}

const SHOWN_NOTES = 16;

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
      ? `More: get_task_result(task_id="${task_id}", cursor="${result.next_cursor}"${result.filter === undefined ? '' : ', the same filter'}).`
      : '',
    result.folded ? `One of them whole: get_task_result(task_id="${task_id}", host="ADDRESS").` : '',
    status === 'completed' || result.hosts.length > 0
      ? `Whole report: ${result.report} (also .json, .csv, .xml, .greppable, .lines).`
      : '',
  ]
    .filter((line, index) => index === 0 || line !== '')
    .join('\n');
}

function shortList(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 117)}...`;
}
