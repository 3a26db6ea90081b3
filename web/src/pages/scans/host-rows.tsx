import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import type { Host } from './answers.ts';

type Port = Host['ports'][number];

/** One host: a row a port, its name beside all of them. */
export function HostRows({ host }: { host: Host }) {
  const { ports, other_ports: others = [] } = host;
  const rest = others.map(({ state, count }) => text.scans_other_ports({ count, state })).join(' · ');
  const rows = Math.max(ports.length, 1) + (ports.length > 0 && rest !== '' ? 1 : 0);
  const [first, ...more] = ports;
  return (
    <tbody>
      <tr>
        <th
          scope="rowgroup"
          rowSpan={rows}
          className="border-line! align-top text-base! font-normal text-ink!"
        >
          <HostName host={host} />
        </th>
        {first ? <PortCells port={first} /> : <td colSpan={3}>{rest || text.scans_no_ports()}</td>}
      </tr>
      {more.map((port) => (
        <tr key={`${port.protocol} ${port.port}`}>
          <PortCells port={port} />
        </tr>
      ))}
      {first && rest !== '' && (
        <tr>
          <td colSpan={3} className="text-sm text-quiet">
            {rest}
          </td>
        </tr>
      )}
    </tbody>
  );
}

function HostName({ host }: { host: Host }) {
  return (
    <>
      <a href={`/assets?${new URLSearchParams({ query: `net:${host.address}` })}`} className="font-mono">
        {host.address}
      </a>
      {host.hostnames?.map(({ name }) => (
        <div key={name} className="text-sm">
          <Untrusted>{name}</Untrusted>
        </div>
      ))}
      {host.mac && (
        <div className="text-sm text-quiet">
          <span className="font-mono">{host.mac}</span> <Untrusted>{host.vendor}</Untrusted>
        </div>
      )}
      {host.os?.slice(0, 1).map(({ name, accuracy }) => (
        <div key={name} className="text-sm text-quiet">
          <Untrusted>{name}</Untrusted> ({accuracy} %)
        </div>
      ))}
      {host.partial && <div className="text-sm text-medium">◆ {text.scans_partial()}</div>}
      {host.timed_out && <div className="text-sm text-medium">◆ {text.scans_timed_out()}</div>}
    </>
  );
}

/** What an open port means is said by a shape and nmap's own word. */
function PortCells({ port }: { port: Port }) {
  const open = port.state === 'open';
  const version = port.product_version ?? [port.product, port.version].filter(Boolean).join(' ');
  return (
    <>
      <td className="font-mono whitespace-nowrap">
        {port.port}/{port.protocol}
      </td>
      <td className={`whitespace-nowrap ${open ? 'font-medium text-good' : 'text-quiet'}`}>
        <span aria-hidden="true">{open ? '● ' : '○ '}</span>
        {port.state}
      </td>
      <td>
        <Untrusted>{port.service}</Untrusted> <Untrusted>{version}</Untrusted>
        {port.scripts?.map(({ id, output }) => (
          <details key={id} className="text-sm">
            <summary>{id}</summary>
            <pre className="max-h-60 overflow-auto whitespace-pre-wrap">
              {output.split('\n').map((line, at) => (
                // Lines of one output, which do not change places.
                <div key={`${at} ${line}`}>
                  <Untrusted>{line}</Untrusted>
                </div>
              ))}
            </pre>
          </details>
        ))}
      </td>
    </>
  );
}

/** The same rows in a file. */
export function rowsOf(host: Host): string[][] {
  const own = [host.address, (host.hostnames ?? []).map(({ name }) => name).join(' '), host.status];
  if (host.ports.length === 0) return [[...own, '', '', '', '', '']];
  return host.ports.map((port) => [
    ...own,
    String(port.port),
    port.protocol,
    port.state,
    port.service ?? '',
    port.product_version ?? '',
  ]);
}
