import type { ScriptResult } from '../../core/details.ts';
import { namesOf } from '../../core/host-names.ts';
import { escapeMarkdown } from '../../core/markdown.ts';
import type { HostResult, PortResult } from '../../core/result.ts';
import type { Task } from '../../core/task.ts';
import { portsAsked } from '../../scans/ports-asked.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import { canFold, FEW, Folds } from '../results/folds.ts';
import { measurementLines } from '../results/measurements.ts';
import { plural } from '../results/numbers.ts';
import { summaryOf } from './summary.ts';

function whyPartial({ partial, status }: ReturnType<typeof summaryOf>): string {
  if (!partial) return '';
  return status === 'completed'
    ? ' (not all of it was scanned: see below)'
    : ' (this is what was found so far)';
}

/** A report to read: the facts, the coverage, then each host with a table of its ports. */
export async function* markdownReport(task: Task, hosts: AsyncIterable<HostResult>): AsyncIterable<string> {
  const facts = summaryOf(task);
  yield [
    `# Scan of ${escapeMarkdown(facts.target)}`,
    '',
    `- State: ${facts.status}${whyPartial(facts)}`,
    `- Time: ${facts.started_at}${facts.ended_at ? ` to ${facts.ended_at}` : ''}`,
    `- Hosts: ${facts.hosts_up} of ${facts.hosts_total} up, ${plural(facts.open_ports, 'open port')}`,
    `- Asked: ${escapeMarkdown(portsAsked(task.request))}`,
    ...(facts.argv ? [ranLine(task, facts.argv)] : []),
    `- ${UNTRUSTED_NOTICE}`,
    '',
    ...(facts.coverage.length > 0
      ? ['## What was not tested or less than asked, and how the rest was', '']
      : []),
    ...facts.coverage.map(({ kind, message, hosts: which }) => {
      const where = which?.length ? ` (${escapeMarkdown(which.join(', '))})` : '';
      return `- ${code(kind)}: ${escapeMarkdown(message)}${where}`;
    }),
    '',
    '## Hosts',
    '',
    '',
  ].join('\n');
  let down = 0;
  const quiet = new QuietHosts();
  for await (const host of hosts) {
    if (host.status === 'down' && host.ports.length === 0) down += 1;
    else if (isQuiet(host)) quiet.add(host);
    else yield `${hostSection(host)}\n`;
  }
  yield* quiet.sections();
  if (down > 0) yield `${down} addresses did not answer.\n`;
}

const isQuiet = (host: HostResult) =>
  host.status === 'up' && canFold(host) && !host.ports.some(({ state }) => state === 'open');

/** Hosts without open ports: a section each while they are few, else what they have in common. */
class QuietHosts {
  readonly #few: HostResult[] = [];
  readonly #folds = new Folds();
  /** What else is known of them, a line each. */
  readonly #known: string[] = [];
  #count = 0;

  add(host: HostResult): void {
    this.#count += 1;
    if (this.#count <= FEW) this.#few.push(host);
    this.#folds.add(host);
    const facts = [nameWords(host), macWords(host), distanceWords(host)].filter((words) => words !== '');
    const lines = [facts.join(' '), ...measurementLines(host).map(escapeMarkdown)].filter(
      (words) => words !== '',
    );
    if (lines.length > 0) this.#known.push(`- ${escapeMarkdown(host.address)} ${lines.join('; ')}`);
  }

  *sections(): Iterable<string> {
    if (this.#count <= FEW) {
      for (const host of this.#few) yield `${hostSection(host)}\n`;
      return;
    }
    yield `### ${plural(this.#count, 'host')} without open ports\n\n`;
    for (const { hosts, found, addresses } of this.#folds.whole())
      yield `- ${plural(hosts, 'host')}: ${escapeMarkdown(found)}: ${escapeMarkdown(addresses)}\n`;
    if (this.#known.length > 0) yield `\nOf these:\n\n${this.#known.join('\n')}\n`;
    yield '\n';
  }
}

function hostSection(host: HostResult): string {
  const [names, mac, distance] = [nameWords(host), macWords(host), distanceWords(host)];
  return [
    `### ${escapeMarkdown(host.address)}${names === '' ? '' : ` ${names}`}`,
    '',
    ...(mac === '' ? [] : [mac, '']),
    ...(host.os ?? [])
      .slice(0, 3)
      .map(({ name, accuracy }) => `OS guess: ${escapeMarkdown(name)} (${accuracy} %)\n`),
    ...(distance === '' ? [] : [distance, '']),
    ...measurementLines(host).flatMap((line) => [escapeMarkdown(line), '']),
    ...(host.partial ? ['This host was not finished.', ''] : []),
    ...(host.timed_out ? ['Given up by the host timeout: its ports are unknown.', ''] : []),
    ...(host.ports.length > 0
      ? ['| Port | State | Service | Product |', '| --- | --- | --- | --- |', ...host.ports.map(portRow)]
      : ['No listed ports.']),
    '',
    ...(host.other_ports ?? []).map(({ count, state }) => `${count} other ports: ${escapeMarkdown(state)}`),
    ...host.ports.flatMap((port) =>
      (port.scripts ?? []).flatMap((script) => scriptLines(script, ` on ${port.port}/${port.protocol}`)),
    ),
    ...(host.scripts ?? []).flatMap((script) => scriptLines(script, '')),
    '',
  ].join('\n');
}

function nameWords(host: HostResult): string {
  const names = namesOf(host).map(escapeMarkdown).join(', ');
  return names === '' ? '' : `(${names})`;
}

const macWords = ({ mac, vendor = '' }: HostResult) =>
  mac === undefined ? '' : `MAC ${escapeMarkdown(mac)} ${escapeMarkdown(vendor)}`.trim();

const distanceWords = ({ distance }: HostResult) =>
  distance === undefined ? '' : `Network distance: ${plural(distance, 'hop')}`;

function ranLine({ request, nmapVersion }: Task, argv: readonly string[]): string {
  const ran = request.strategy === 'adaptive' ? 'Ran in phases, of which one' : 'Ran';
  return `- ${ran}: ${code(`nmap ${argv.join(' ')}`)} (nmap ${escapeMarkdown(nmapVersion ?? '?')})`;
}

function scriptLines({ id, output }: ScriptResult, where: string): string[] {
  return [
    '',
    `Script ${escapeMarkdown(id)}${where}:`,
    '',
    ...output.split('\n').map((line) => `    ${line}`),
  ];
}

function portRow(port: PortResult): string {
  const product = [port.product, port.version, port.extra_info && `(${port.extra_info})`]
    .filter(Boolean)
    .join(' ');
  return `| ${port.port}/${port.protocol} | ${escapeMarkdown(port.state)} | ${escapeMarkdown(port.service ?? '')} | ${escapeMarkdown(product)} |`;
}

/** Words to be copied as they are: within as many backticks as they do not hold themselves. */
function code(words: string): string {
  const line = words.replace(/\n/g, ' ');
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}
