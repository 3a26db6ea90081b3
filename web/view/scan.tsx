/** A scan: followed while it runs, and what it found. */
import { useEffect, useState } from 'react';
import * as v from 'valibot';
import { isOver, StateOf } from '../src/pages/scans/task-state.tsx';
import { duration } from '../src/parts/duration.ts';
import { number } from '../src/parts/moment.tsx';
import { Untrusted } from '../src/parts/untrusted.tsx';
import * as text from '../src/texts/messages.js';
import { Scan } from './answers.ts';
import type { Host } from './host.ts';
import { Failed, Table } from './parts.tsx';

/** Often enough to be looked at, and far from the limits of a caller. */
const AGAIN_MS = 2000;

export function ScanScreen({ host, facts }: { host: Host; facts: Scan }) {
  const [scan, setScan] = useState(facts);
  const [failed, setFailed] = useState<string>();
  const { task_id: id } = facts;
  useEffect(() => {
    if (!host.mayCall) return;
    let timer: ReturnType<typeof setTimeout>;
    let away = false;
    const ask = async (tool: string) => {
      const told = await host.call(tool, { task_id: id });
      if (told.failed) throw new Error(told.text);
      return v.parse(Scan, told.facts);
    };
    const follow = async () => {
      let latest = await ask('get_task_status');
      const over = isOver(latest.status);
      // What was found comes with the end; on the way it is counted.
      if (over) latest = { ...latest, ...(await ask('get_task_result')) };
      if (away) return;
      setScan((before) => ({ ...before, ...latest }));
      if (!over) timer = setTimeout(begin, AGAIN_MS);
    };
    const begin = () => {
      follow().catch((error: unknown) => !away && setFailed(String(error)));
    };
    if (!isOver(facts.status) || facts.result === undefined) begin();
    return () => {
      away = true;
      clearTimeout(timer);
    };
  }, [host, id, facts]);

  const { status, percent, remaining_seconds: left, result } = scan;
  const { hosts_done: done, hosts_total: total, hosts_up: up, open_ports: open } = result ?? scan;
  return (
    <>
      <h1>
        {text.scans_target()}: <Untrusted>{scan.target ?? result?.target}</Untrusted>
      </h1>
      <p role="status">
        <StateOf task={status} />{' '}
        {[
          done !== undefined && total !== undefined
            ? text.scans_hosts_done({ done: number(done), total: number(total) })
            : undefined,
          up === undefined ? undefined : text.scans_hosts_up({ count: up }),
          open === undefined ? undefined : text.scans_open_ports({ count: open }),
          isOver(status) || left === undefined ? undefined : text.scans_remaining({ time: duration(left) }),
        ]
          .filter((word) => word !== undefined)
          .join(' · ')}
      </p>
      {!isOver(status) && <progress max={100} value={percent ?? 0} aria-label={text.scans_progress()} />}
      <Failed
        says={failed ?? (scan.error && `${scan.error.code}: ${scan.error.message} ${scan.error.next}`)}
      />
      {result && <Found result={result} />}
      <WordList title={text.changes_title()} lines={scan.changes ?? []} />
      <WordList title={text.scans_coverage()} lines={result?.coverage.map(({ message }) => message) ?? []} />
    </>
  );
}

function Found({ result }: { result: NonNullable<Scan['result']> }) {
  if (result.hosts.length === 0) return <p>{text.scans_nothing_found()}</p>;
  return (
    <Table
      label={text.scans_findings()}
      heads={[text.host(), text.port(), text.state(), text.scans_service()]}
    >
      {result.hosts.flatMap(({ address, hostnames, ports }) =>
        ports.map(({ port, protocol, state, service, version }, at) => (
          <tr key={`${address} ${port} ${protocol}`}>
            <th scope="row">
              {at === 0 && (
                <>
                  {address} <Untrusted>{hostnames?.[0]?.name}</Untrusted>
                </>
              )}
            </th>
            <td>
              <code>
                {port}/{protocol}
              </code>
            </td>
            <td>{state}</td>
            <td>
              <Untrusted>{[service, version].filter(Boolean).join(' ')}</Untrusted>
            </td>
          </tr>
        )),
      )}
    </Table>
  );
}

function WordList({ title, lines }: { title: string; lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <>
      <h2>{title}</h2>
      <ul>
        {lines.map((line) => (
          <li key={line}>
            <Untrusted>{line}</Untrusted>
          </li>
        ))}
      </ul>
    </>
  );
}
