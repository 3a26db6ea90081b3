import type { RunFacts, ScriptResult } from '../../../core/details.ts';
import type { HostResult } from '../../../core/result.ts';
import type { Task } from '../../../core/task.ts';
import { attributes, element } from '../../../core/xml-element.ts';
import { plural } from '../../results/numbers.ts';
import { hostElement } from './host.ts';
import { scriptElement } from './script.ts';

/**
 * The report in the XML of nmap (nmap.dtd): one document with all that nmap said, however many runs of it the scan took.
 * Written from what was read and stored, not a copy of nmap's file: so it is whole and valid also where that broke off,
 * and where nmap wrote characters that XML forbids. Strings are the cleaned ones.
 */
export async function* xmlReport(task: Task, hosts: AsyncIterable<HostResult>): AsyncIterable<string> {
  const run: RunFacts = task.run ?? { asked: [] };
  const start = run.started ?? seconds(task.startedAt ?? task.createdAt);
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n';
  yield `<nmaprun${attributes({
    scanner: 'nmap',
    args: ['nmap', ...(task.argv ?? [])].join(' '),
    start,
    startstr: inWords(start),
    version: task.nmapVersion ?? '',
    xmloutputversion: '1.05',
  })}>\n`;
  yield lines([
    ...run.asked.map(({ type, flags, protocol, count, ports }) =>
      element('scaninfo', { type, scanflags: flags, protocol, numservices: count, services: ports }),
    ),
    element('verbose', { level: run.verbosity ?? 0 }),
    element('debugging', { level: run.debugging ?? 0 }),
    ...(run.skipped ?? []).map(({ specification, reason }) =>
      element('target', { specification, status: 'skipped', reason }),
    ),
    ...(run.phases ?? []).flatMap(({ name, began, intent, ended, info }) => [
      element('taskbegin', { task: name, time: began ?? start, extrainfo: intent }),
      ended === undefined ? '' : element('taskend', { task: name, time: ended, extrainfo: info }),
    ]),
    scripts('prescript', run.pre_scripts),
  ]);
  for await (const host of hosts) yield hostElement(host);
  yield lines([scripts('postscript', run.post_scripts), endOf(task, run, start), '</nmaprun>']);
}

function endOf(task: Task, { finished }: RunFacts, start: number): string {
  const time = finished?.time ?? seconds(task.endedAt ?? Date.now());
  const elapsed = finished?.elapsed ?? time - start;
  const { up, down, total } = finished ?? {
    up: task.hostsUp,
    down: Math.max(0, task.hostsDone - task.hostsUp),
    total: task.addressesTotal,
  };
  const exit = task.state === 'completed' ? 'success' : 'error';
  const summary =
    finished?.summary ??
    `Nmap done at ${inWords(time)}; ${plural(total, 'IP address')} (${plural(up, 'host')} up) scanned in ${elapsed} seconds`;
  const errormsg = exit === 'success' ? undefined : (task.error?.message ?? `The scan is ${task.state}.`);
  return element(
    'runstats',
    {},
    lines([
      element('finished', { time, timestr: inWords(time), summary, elapsed, exit, errormsg }),
      element('hosts', { up, down, total }),
    ]),
  );
}

function scripts(name: 'prescript' | 'postscript', results: readonly ScriptResult[] = []): string {
  return results.length === 0 ? '' : element(name, {}, results.map(scriptElement).join(''));
}

const lines = (parts: readonly string[]) =>
  parts.flatMap((part) => (part === '' ? [] : [part, '\n'])).join('');

const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000);

/** As nmap writes it in its reports (ctime), in UTC: `Fri Nov 20 07:34:54 2026`. */
function inWords(time: number): string {
  const [day = '', date = '', month = '', year = '', clock = ''] = new Date(time * 1000)
    .toUTCString()
    .replace(',', '')
    .split(' ');
  return `${day} ${month} ${String(Number(date)).padStart(2, ' ')} ${clock} ${year}`;
}
