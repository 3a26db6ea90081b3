/** What a scan found, page after page; while it runs, new hosts come at the end, where they move nothing. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { call } from '../../api/call.ts';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { useAppended } from '../../parts/steady.ts';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import type { Host, OneTask, Result } from './answers.ts';
import { HostRows, rowsOf } from './host-rows.tsx';
import { ResultFilters } from './result-filters.tsx';
import { isOver } from './task-state.tsx';
import type { ScanView } from './view.ts';

const route = getRouteApi('/inside/scans/$task');

function useResult(task: string, { open, port, host }: ScanView) {
  const args = {
    task_id: task,
    ...(open ? { open_only: true } : {}),
    ...(port ? { port } : {}),
    ...(host ? { host } : {}),
  };
  return useInfiniteQuery({
    queryKey: ['get_task_result', args, 'pages'],
    queryFn: ({ pageParam, signal }) =>
      call('get_task_result', { ...args, ...(pageParam ? { cursor: pageParam } : {}) }, { signal }),
    initialPageParam: '',
    getNextPageParam: ({ result }) => result?.next_cursor,
  });
}

export function Findings({ task }: { task: OneTask }) {
  const view = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useResult(
    task.task_id,
    view,
  );
  const pages = data?.pages ?? [];
  const hosts = useAppended(
    joined(pages.flatMap(({ result }) => result?.hosts ?? [])),
    ({ address }) => address,
    `${task.task_id} ${JSON.stringify(view)}`,
  );
  const last = pages.findLast(({ result }) => result !== undefined)?.result;
  const changes = pages[0]?.changes;
  return (
    <section className="my-5">
      <h2>{text.scans_findings()}</h2>
      <ResultFilters view={view} onChange={(search) => void navigate({ search })} />
      {error && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && hosts.length === 0 && (last?.folded ?? []).length === 0 && (
        <p className="sheet p-4 text-quiet">
          {isOver(task.status) ? text.scans_nothing_found() : text.scans_nothing_yet()}
        </p>
      )}
      {hosts.length > 0 && (
        <Scroll label={text.scans_findings()}>
          <table className="rows">
            <caption className="sr-only">{text.scans_findings()}</caption>
            <thead>
              <tr>
                <th scope="col">{text.host()}</th>
                <th scope="col">{text.port()}</th>
                <th scope="col">{text.state()}</th>
                <th scope="col">{text.scans_service()}</th>
              </tr>
            </thead>
            {hosts.map((host) => (
              <HostRows key={host.address} host={host} />
            ))}
          </table>
        </Scroll>
      )}
      <Folded folded={last?.folded ?? []} />
      <div className="mt-3 flex flex-wrap gap-2">
        {hasNextPage && (
          <button
            type="button"
            className="button"
            disabled={isFetchingNextPage}
            onClick={() => void fetchNextPage()}
          >
            {text.more()}
          </button>
        )}
        {hosts.length > 0 && (
          <SaveCsv name={`scan-${task.task_id}`} rows={() => [COLUMNS, ...hosts.flatMap(rowsOf)]} />
        )}
      </div>
      {changes && changes.length > 0 && (
        <>
          <h3 className="mt-5 font-semibold">
            {text.scans_changed({ count: pages[0]?.changes_total ?? 0 })}
          </h3>
          <ul className="mt-1 list-disc ps-6">
            {changes.map((line) => (
              <li key={line}>
                <Untrusted>{line}</Untrusted>
              </li>
            ))}
          </ul>
        </>
      )}
      {last && <NotTested coverage={last.coverage} />}
      {last?.argv && (
        <details className="mt-3">
          <summary>{text.scans_command()}</summary>
          <pre className="sheet mt-2 overflow-x-auto p-3 whitespace-pre-wrap">nmap {last.argv.join(' ')}</pre>
        </details>
      )}
    </section>
  );
}

const COLUMNS = ['address', 'hostname', 'status', 'port', 'protocol', 'state', 'service', 'version'];

/** A host with very many ports stands on several pages. */
function joined(hosts: readonly Host[]): Host[] {
  const whole = new Map<string, Host>();
  for (const host of hosts) {
    const before = whole.get(host.address);
    whole.set(host.address, before ? { ...before, ports: [...before.ports, ...host.ports] } : host);
  }
  return [...whole.values()];
}

/** Hosts that are told together, as none of them has an open port. */
function Folded({ folded }: { folded: NonNullable<Result['folded']> }) {
  if (folded.length === 0) return null;
  return (
    <ul className="mt-3 grid gap-1">
      {folded.map(({ hosts, found, addresses }) => (
        <li key={`${found} ${addresses}`} className="text-sm">
          {text.hosts({ count: hosts })}: <Untrusted>{found}</Untrusted>{' '}
          <span className="break-words text-quiet">({addresses})</span>
        </li>
      ))}
    </ul>
  );
}

/** What the result does not prove. */
function NotTested({ coverage }: { coverage: Result['coverage'] }) {
  if (coverage.length === 0) return null;
  return (
    <>
      <h3 className="mt-5 font-semibold">{text.scans_coverage()}</h3>
      <ul className="mt-1 list-disc ps-6">
        {coverage.map(({ kind, message }) => (
          <li key={`${kind} ${message}`}>
            <Untrusted>{message}</Untrusted>
          </li>
        ))}
      </ul>
    </>
  );
}
