/** All scans, newest first; those that run tell how far they are. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { call } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { useHeld } from '../../parts/steady.ts';
import * as text from '../../texts/messages.js';
import type { Task } from './answers.ts';
import { Filters } from './filters.tsx';
import { TaskRow } from './task-row.tsx';
import type { ScansView } from './view.ts';

const route = getRouteApi('/inside/scans');

function useTasks({ state, since }: ScansView) {
  const args = {
    ...(state ? { state } : {}),
    // The day as it is on the reader's clock.
    ...(since ? { since: new Date(`${since}T00:00`).toISOString() } : {}),
  };
  return useInfiniteQuery({
    queryKey: ['list_tasks', args, 'pages'],
    queryFn: ({ pageParam, signal }) =>
      call('list_tasks', { ...args, ...(pageParam ? { cursor: pageParam } : {}) }, { signal }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor: next }) => next,
  });
}

export function Scans() {
  const view = route.useSearch();
  const navigate = route.useNavigate();
  const session = useSession();
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage } = useTasks(view);
  const tasks = data?.pages.flatMap((page) => page.tasks) ?? [];
  const { shown, waiting, show } = useHeld(tasks, (task) => task.task_id, `${view.state} ${view.since}`);
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h1>{text.scans_title()}</h1>
        {session.can('scan:run') ? (
          <Link to="/scans/new" search={{}} className="button button-main">
            {text.scans_new()}
          </Link>
        ) : (
          <p className="text-sm text-quiet">{text.scans_needs_scope({ scope: 'scan:run' })}</p>
        )}
      </div>
      <Filters view={view} onChange={(next) => void navigate({ search: next })} />
      {view.with && (
        <p role="status" className="sheet my-3 flex flex-wrap items-center gap-3 p-3">
          {text.scans_choose_second()}
          <button
            type="button"
            className="button"
            onClick={() => void navigate({ search: ({ with: _, ...rest }) => rest })}
          >
            {text.cancel()}
          </button>
        </p>
      )}
      <div role="status">
        {waiting > 0 && (
          <button type="button" className="button button-main my-3" onClick={show}>
            {text.news({ count: waiting })}
          </button>
        )}
      </div>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {isPending && !error && <Waiting />}
      {data && shown.length === 0 && <None filtered={view.state !== undefined || view.since !== undefined} />}
      {shown.length > 0 && (
        <>
          {!session.can('admin') && <p className="mb-2 text-sm text-quiet">{text.scans_own()}</p>}
          <Scroll label={text.scans_title()}>
            <table className="rows">
              <caption className="sr-only">{text.scans_title()}</caption>
              <thead>
                <tr>
                  <th scope="col">{text.state()}</th>
                  <th scope="col">{text.scans_target()}</th>
                  <th scope="col">{text.scans_kind()}</th>
                  <th scope="col">{text.scans_found()}</th>
                  <th scope="col">{text.scans_asked_for()}</th>
                  <th scope="col">{text.scans_took()}</th>
                  <th scope="col">{text.scans_compare()}</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((task) => (
                  <TaskRow key={task.task_id} task={task} other={view.with} />
                ))}
              </tbody>
            </table>
          </Scroll>
          <div className="mt-3 flex flex-wrap gap-2">
            {hasNextPage && (
              <button type="button" className="button" onClick={() => void fetchNextPage()}>
                {text.more()}
              </button>
            )}
            <SaveCsv name="scans" rows={() => [COLUMNS, ...shown.map(cellsOf)]} />
          </div>
        </>
      )}
    </>
  );
}

const COLUMNS = ['task_id', 'status', 'tool', 'target', 'hosts_up', 'open_ports', 'created_at', 'ended_at'];

function cellsOf(task: Task): string[] {
  const { task_id: id, status, tool, target, hosts_up: up, open_ports: open } = task;
  return [id, status, tool, target, String(up), String(open), task.created_at, task.ended_at ?? ''];
}

/** Before the first scan: one field is enough to begin with. */
function None({ filtered }: { filtered: boolean }) {
  const navigate = route.useNavigate();
  const session = useSession();
  const [what, next] = filtered
    ? [text.scans_none_so(), text.scans_none_so_next()]
    : session.can('admin')
      ? [text.scans_none(), text.scans_none_next()]
      : [text.scans_none_own(), text.scans_none_own_next()];
  const plan = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const target = new FormData(event.currentTarget).get('target');
    if (typeof target === 'string') void navigate({ to: '/scans/new', search: { target } });
  };
  return (
    <div className="sheet p-5">
      <p className="font-semibold">{what}</p>
      <p className="mt-1 text-quiet">{next}</p>
      {!filtered && session.can('scan:run') && (
        <form onSubmit={plan} className="mt-3 flex flex-wrap items-end gap-2">
          <label className="grid gap-1">
            {text.scans_target()}
            <input
              name="target"
              className="field font-mono"
              placeholder="192.168.1.0/24"
              spellCheck={false}
            />
          </label>
          <button type="submit" className="button button-main">
            {text.plan_scan()}
          </button>
        </form>
      )}
    </div>
  );
}
