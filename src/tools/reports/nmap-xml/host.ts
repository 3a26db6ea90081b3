/** `<host>` of nmap's XML, in the order in which nmap writes what is in it (output.cc). */
import type { OsClass, Trace } from '../../../core/details.ts';
import type { HostResult, OsGuess, PortResult, PortSummary } from '../../../core/result.ts';
import { element, escaped } from '../../../core/xml-element.ts';
import { scriptElement } from './script.ts';

export function hostElement(host: HostResult): string {
  const { details = {}, status, reason = 'unknown-response' } = host;
  const { address, mac, vendor, hostnames = [] } = host;
  const head = {
    starttime: details.started,
    endtime: details.ended,
    timedout: host.timed_out ? 'true' : undefined,
    comment: details.comment,
  };
  const parts = [
    element('status', { state: status, reason, reason_ttl: details.reason_ttl ?? 0 }),
    element('address', { addr: address, addrtype: address.includes(':') ? 'ipv6' : 'ipv4' }),
    mac === undefined ? '' : element('address', { addr: mac, addrtype: 'mac', vendor }),
    `<hostnames>\n${hostnames.map(({ name, type }) => `${element('hostname', { name, type: type || undefined })}\n`).join('')}</hostnames>`,
    details.smurf_responses === undefined ? '' : element('smurf', { responses: details.smurf_responses }),
    portsElement(host),
    osElement(host),
    ...measurements(host),
    host.scripts ? element('hostscript', {}, host.scripts.map(scriptElement).join('')) : '',
    host.trace ? traceElement(host.trace) : '',
    details.round_trip
      ? element('times', {
          srtt: details.round_trip.mean,
          rttvar: details.round_trip.variance,
          to: details.round_trip.timeout,
        })
      : '',
  ];
  return `${element('host', head, `${parts.filter((part) => part !== '').join('\n')}\n`)}\n`;
}

function portsElement({ ports, other_ports = [] }: HostResult): string {
  if (ports.length + other_ports.length === 0) return '';
  const lines = [...other_ports.map(summaryElement), ...ports.map(portElement)];
  return element('ports', {}, `${lines.join('\n')}\n`);
}

function summaryElement({ state, count, reasons = [] }: PortSummary): string {
  const lines = reasons.map(({ protocol, ...reason }) =>
    element('extrareasons', { ...ordered(reason, protocol) }),
  );
  return element('extraports', { state, count }, lines.map((line) => `${line}\n`).join(''));
}

function ordered(
  { reason, count, ports }: { reason: string; count: number; ports?: string | undefined },
  proto: string | undefined,
) {
  return { reason, count, proto, ports };
}

function portElement(port: PortResult): string {
  const { protocol, port: portid, state, reason = '', details = {}, scripts = [] } = port;
  const { reason_ttl = 0, reason_ip, owner } = details;
  return element(
    'port',
    { protocol, portid },
    [
      element('state', { state, reason, reason_ttl, reason_ip }),
      owner === undefined ? '' : element('owner', { name: owner }),
      serviceElement(port),
      ...scripts.map(scriptElement),
    ].join(''),
  );
}

function serviceElement({ details = {}, cpe = [], ...port }: PortResult): string {
  if (port.service === undefined && port.method === undefined) return '';
  const { hostname, os_type, device_type, rpc, fingerprint } = details;
  return element(
    'service',
    {
      name: port.service ?? 'unknown',
      product: port.product,
      version: port.version,
      extrainfo: port.extra_info,
      hostname,
      ostype: os_type,
      devicetype: device_type,
      servicefp: fingerprint,
      tunnel: port.tunnel,
      ...(rpc
        ? { proto: 'rpc', rpcnum: rpc.number, lowver: rpc.lowest_version, highver: rpc.highest_version }
        : {}),
      method: port.method ?? 'table',
      conf: port.confidence ?? 0,
    },
    cpes(cpe),
  );
}

function osElement({ os = [], details = {} }: HostResult): string {
  const parts = [
    ...(details.os_ports ?? []).map(({ state, protocol, port }) =>
      element('portused', { state, proto: protocol, portid: port }),
    ),
    ...os.map(guessElement),
    ...(details.os_fingerprints ?? []).map((fingerprint) => element('osfingerprint', { fingerprint })),
  ];
  return parts.length === 0 ? '' : element('os', {}, `${parts.join('\n')}\n`);
}

function guessElement({ name, accuracy, line = 0, classes, cpe }: OsGuess): string {
  // Scans that were stored before classes were kept have their cpe alone.
  const known: OsClass[] = classes ?? (cpe ? [{ vendor: '', family: '', accuracy, cpe }] : []);
  const lines = known.map((one) =>
    element(
      'osclass',
      {
        type: one.type,
        vendor: one.vendor,
        osfamily: one.family,
        osgen: one.generation,
        accuracy: one.accuracy,
      },
      cpes(one.cpe ?? []),
    ),
  );
  return element('osmatch', { name, accuracy, line }, lines.map((text) => `${text}\n`).join(''));
}

function measurements({ uptime, distance, details = {} }: HostResult): string[] {
  const { tcp_sequence, ip_id_sequence, tcp_timestamp_sequence } = details;
  return [
    uptime ? element('uptime', { seconds: uptime.seconds, lastboot: uptime.last_boot }) : '',
    distance === undefined ? '' : element('distance', { value: distance }),
    tcp_sequence ? element('tcpsequence', tcp_sequence) : '',
    ip_id_sequence ? element('ipidsequence', { values: '', ...ip_id_sequence }) : '',
    tcp_timestamp_sequence ? element('tcptssequence', tcp_timestamp_sequence) : '',
  ];
}

function traceElement({ protocol, port, hops }: Trace): string {
  const lines = hops.map(({ ttl, address, rtt_ms, name }) =>
    element('hop', { ttl, ipaddr: address, rtt: rtt_ms?.toFixed(2) ?? '--', host: name }),
  );
  return element('trace', { port, proto: protocol }, lines.map((line) => `${line}\n`).join(''));
}

function cpes(cpe: readonly string[]): string {
  return cpe.map((one) => `<cpe>${escaped(one)}</cpe>`).join('');
}
