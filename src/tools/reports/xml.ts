import type { HostResult, PortResult, ScriptResult } from '../../core/result.ts';
import type { Task } from '../../core/task.ts';

/**
 * The report in the XML of nmap (docs/nmap.dtd of nmap), written from what is stored, so that other tools which read
 * nmap's reports can take it. Strings are the cleaned ones.
 */
export async function* xmlReport(task: Task, hosts: AsyncIterable<HostResult>): AsyncIterable<string> {
  const start = Math.floor((task.startedAt ?? task.createdAt) / 1000);
  const end = Math.floor((task.endedAt ?? task.startedAt ?? task.createdAt) / 1000);
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n';
  yield `<nmaprun${attributes({
    scanner: 'nmap',
    args: `nmap ${(task.argv ?? []).join(' ')}`,
    start,
    version: task.nmapVersion ?? '',
    xmloutputversion: '1.05',
  })}>\n`;
  let up = 0;
  let total = 0;
  for await (const host of hosts) {
    total += 1;
    if (host.status === 'up') up += 1;
    yield hostElement(host);
  }
  const exit = task.state === 'completed' ? 'success' : 'error';
  yield [
    '<runstats>',
    `<finished${attributes({ time: end, elapsed: end - start, exit, errormsg: task.error?.message })}/>`,
    `<hosts${attributes({ up, down: total - up, total })}/>`,
    '</runstats>\n</nmaprun>\n',
  ].join('');
}

function hostElement(host: HostResult): string {
  return [
    `<host${attributes({ timedout: host.timed_out ? 'true' : undefined })}>`,
    `<status${attributes({ state: host.status, reason: host.reason ?? 'unknown-response', reason_ttl: 0 })}/>`,
    `<address${attributes({ addr: host.address, addrtype: host.address.includes(':') ? 'ipv6' : 'ipv4' })}/>`,
    host.mac ? `<address${attributes({ addr: host.mac, addrtype: 'mac', vendor: host.vendor })}/>` : '',
    '<hostnames>',
    ...(host.hostnames ?? []).map(({ name, type }) => `<hostname${attributes({ name, type })}/>`),
    '</hostnames>\n<ports>',
    ...(host.other_ports ?? []).map(
      ({ state, count, reasons }) =>
        `<extraports${attributes({ state, count })}>${(reasons ?? [])
          .map((one) => `<extrareasons${attributes(one)}/>`)
          .join('')}</extraports>`,
    ),
    ...host.ports.map(portElement),
    '</ports>\n',
    host.os
      ? `<os>${host.os
          .map(
            ({ name, accuracy, cpe }) =>
              `<osmatch${attributes({ name, accuracy, line: 0 })}><osclass${attributes({ vendor: '', osfamily: '', accuracy })}>${cpes(cpe)}</osclass></osmatch>`,
          )
          .join('')}</os>\n`
      : '',
    host.scripts ? `<hostscript>${host.scripts.map(scriptElement).join('')}</hostscript>\n` : '',
    host.distance === undefined ? '' : `<distance${attributes({ value: host.distance })}/>\n`,
    '</host>\n',
  ].join('');
}

function portElement(port: PortResult): string {
  const service =
    port.service === undefined
      ? ''
      : `<service${attributes({
          name: port.service,
          product: port.product,
          version: port.version,
          extrainfo: port.extra_info,
          tunnel: port.tunnel,
          method: port.method ?? 'table',
          conf: port.confidence ?? 0,
        })}>${cpes(port.cpe)}</service>`;
  const scripts = (port.scripts ?? []).map(scriptElement).join('');
  return `<port${attributes({ protocol: port.protocol, portid: port.port })}><state${attributes({
    state: port.state,
    reason: port.reason ?? '',
    reason_ttl: 0,
  })}/>${service}${scripts}</port>\n`;
}

function scriptElement({ id, output }: ScriptResult): string {
  return `<script${attributes({ id, output })}/>`;
}

function cpes(cpe: string[] | undefined): string {
  return (cpe ?? []).map((one) => `<cpe>${escaped(one)}</cpe>`).join('');
}

function attributes(values: Record<string, string | number | undefined>): string {
  return Object.entries(values)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escaped(String(value))}"`))
    .join('');
}

// Cleaned strings hold no control characters but tab and newline, and those would be folded in an attribute.
const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"\n\t]/g, (character) => ENTITIES[character] ?? character);
}
