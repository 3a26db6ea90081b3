/** Two scans side by side: what only one of them found, and what changed between them by the rules of the inventory. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { call, useTool } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Moment } from '../../parts/moment.tsx';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Severity } from '../../parts/severity.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { wordsOf } from '../changes/words.ts';
import type { OneTask } from './answers.ts';
import { differences, type OpenPort } from './differences.ts';

const route = getRouteApi('/inside/scans/compare');

/** Pages that are read of each scan at most. */
const MOST_PAGES = 40;

export function Compare() {
  const { a, b } = route.useSearch();
  if (a === undefined || b === undefined || a === b)
    return (
      <>
        <h1>{text.scans_compare_title()}</h1>
        <p className="sheet my-4 p-4">
          {text.scans_compare_none()} <Link to="/scans">{text.nav_scans()}</Link>
        </p>
      </>
    );
  return <Both a={a} b={b} />;
}

function Both({ a, b }: { a: string; b: string }) {
  const first = useTool('get_task_status', { task_id: a });
  const second = useTool('get_task_status', { task_id: b });
  const error = first.error ?? second.error;
  if (error) return <Problem error={error} />;
  if (!first.data || !second.data) return <Waiting />;
  const [before, after] = [first.data, second.data].sort((one, other) =>
    one.created_at.localeCompare(other.created_at),
  );
  if (!before || !after) return null;
  return (
    <>
      <h1>{text.scans_compare_title()}</h1>
      <ul className="my-3 grid gap-2">
        {[before, after].map((task, at) => (
          <li key={task.task_id} className="sheet p-3">
            <span className="font-semibold">{at === 0 ? text.scans_before() : text.scans_after()}</span>{' '}
            <Link to="/scans/$task" params={{ task: task.task_id }} search={{}}>
              <Untrusted>{task.target}</Untrusted>
            </Link>{' '}
            · {task.tool} · <Moment at={task.created_at} />
          </li>
        ))}
      </ul>
      {sameScan(before, after) || (
        <p className="sheet my-3 border-s-4 border-s-medium p-3">{text.scans_compare_differ()}</p>
      )}
      <Ports before={before.task_id} after={after.task_id} />
      <Changes before={before.task_id} after={after.task_id} />
    </>
  );
}

const sameScan = (one: OneTask, other: OneTask) => JSON.stringify(one.again) === JSON.stringify(other.again);

function useOpenPorts(task: string) {
  return useQuery({
    queryKey: ['get_task_result', { task_id: task, open_only: true }, 'all'],
    queryFn: async ({ signal }) => {
      const ports: OpenPort[] = [];
      let cursor = '';
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const args = { task_id: task, open_only: true, ...(cursor ? { cursor } : {}) };
        const { result } = await call('get_task_result', args, { signal });
        for (const { address, ports: of } of result?.hosts ?? [])
          for (const { port, protocol, service, product_version: version } of of)
            ports.push({
              address,
              port: `${port}/${protocol}`,
              service: [service, version].filter(Boolean).join(' '),
            });
        if (result?.next_cursor === undefined) return { ports, whole: true };
        cursor = result.next_cursor;
      }
      return { ports, whole: false };
    },
  });
}

const HEADS = ['address', 'port', 'before', 'after'];

function Ports({ before, after }: { before: string; after: string }) {
  const first = useOpenPorts(before);
  const second = useOpenPorts(after);
  const error = first.error ?? second.error;
  if (error) return <Problem error={error} />;
  if (!first.data || !second.data) return <Waiting />;
  const rows = differences(first.data.ports, second.data.ports);
  const word = (found: string | undefined) =>
    found === undefined ? text.scans_not_found() : found || text.scans_open();
  return (
    <section className="my-5">
      <h2>{text.scans_open_differences({ count: rows.length })}</h2>
      {!(first.data.whole && second.data.whole) && <p>{text.scans_compare_cut()}</p>}
      {rows.length === 0 ? (
        <p className="mt-1 text-quiet">{text.scans_same({ count: second.data.ports.length })}</p>
      ) : (
        <>
          <Scroll label={text.scans_compare_title()} className="mt-2">
            <table className="rows">
              <thead>
                <tr>
                  <th scope="col">{text.host()}</th>
                  <th scope="col">{text.port()}</th>
                  <th scope="col">{text.scans_before()}</th>
                  <th scope="col">{text.scans_after()}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={`${row.address} ${row.port}`}>
                    <th scope="row" className="font-mono font-normal">
                      {row.address}
                    </th>
                    <td className="font-mono">{row.port}</td>
                    <td className={row.before === undefined ? 'text-quiet' : ''}>
                      <Untrusted>{word(row.before)}</Untrusted>
                    </td>
                    <td className={row.after === undefined ? 'text-quiet' : 'font-medium'}>
                      <Untrusted>{word(row.after)}</Untrusted>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
          <div className="mt-2">
            <SaveCsv
              name={`scans-${before}-${after}`}
              rows={() => [
                HEADS,
                ...rows.map((row) => [row.address, row.port, word(row.before), word(row.after)]),
              ]}
            />
          </div>
        </>
      )}
    </section>
  );
}

/** What counts as a change, which is less than a difference. */
function Changes({ before, after }: { before: string; after: string }) {
  const session = useSession();
  const may = session.can('inventory:read');
  const { data, error } = useTool('what_changed', { since: `${before}..${after}` }, { enabled: may });
  if (!may) return null;
  return (
    <section className="my-5">
      <h2>{text.scans_changes_between()}</h2>
      {error && <Problem error={error} />}
      {data && data.changes.length === 0 && (
        <p className="mt-1 text-quiet">{text.scans_no_changes_between()}</p>
      )}
      {data && data.changes.length > 0 && (
        <ul className="mt-2 grid gap-1">
          {data.changes.map((change) => (
            <li key={change.change_id} className="flex flex-wrap gap-x-2">
              <Severity of={change.severity} />
              <Link to="/changes" search={{ change: change.change_id }}>
                {wordsOf(change.kind)}
              </Link>
              <Untrusted>{change.name ?? change.address}</Untrusted>
              <span className="font-mono">{change.port}</span>
              <Untrusted>{change.after}</Untrusted>
            </li>
          ))}
        </ul>
      )}
      {data?.next_cursor && <p>{text.scans_more_changes({ count: data.total })}</p>}
    </section>
  );
}
