/** One scan: how far it is, what it finds as it finds it, and what can be done about it. */
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTool } from '../../api/call.ts';
import { duration } from '../../parts/duration.ts';
import { Moment, number } from '../../parts/moment.tsx';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { Actions } from './actions.tsx';
import type { OneTask } from './answers.ts';
import { Findings } from './findings.tsx';
import { toolName } from './names.ts';
import { isOver, StateOf } from './task-state.tsx';

const route = getRouteApi('/inside/scans/$task');

export function Scan() {
  const { task: id } = route.useParams();
  const { data: task, error, refetch } = useTool('get_task_status', { task_id: id });
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  if (!task) return <Waiting />;
  return (
    <>
      <p className="text-sm">
        <Link to="/scans" search={{}}>
          {text.nav_scans()}
        </Link>
      </p>
      <h1 className="break-words">
        {toolName(task.tool)} · <Untrusted>{task.target}</Untrusted>
      </h1>
      <Standing task={task} />
      <Actions task={task} />
      {isOver(task.status) && <Reports id={id} />}
      <Findings task={task} />
    </>
  );
}

function Standing({ task }: { task: OneTask }) {
  const { started_at: started, ended_at: ended, error } = task;
  return (
    <section aria-label={text.state()} className="sheet my-4 grid gap-2 p-4">
      <p role="status" className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <StateOf task={task.status} />
        <span>{text.scans_hosts_up({ count: task.hosts_up })}</span>
        <span>{text.scans_open_ports({ count: task.open_ports })}</span>
      </p>
      {task.status === 'running' && <Progress task={task} />}
      {task.status === 'pending' && <p>{text.scans_waits()}</p>}
      <p className="text-sm text-quiet">
        {text.scans_asked_for()} <Moment at={task.created_at} />
        {started && ended && (
          <>
            {' · '}
            {text.scans_took()} {duration((Date.parse(ended) - Date.parse(started)) / 1000)}
          </>
        )}
        {' · '}
        <code>{task.task_id}</code>
      </p>
      {task.recheck_of && (
        <p className="text-sm">
          <Link to="/scans/$task" params={{ task: task.recheck_of }} search={{}}>
            {text.scans_recheck()}
          </Link>
        </p>
      )}
      {error && (
        <div className="border-s-4 border-s-high ps-3">
          <p className="font-semibold">
            <Untrusted>{error.message}</Untrusted>
          </p>
          <p>{error.next}</p>
          <p className="text-sm text-quiet">
            {text.error_code()} <code>{error.code}</code>
          </p>
        </div>
      )}
    </section>
  );
}

function Progress({ task }: { task: OneTask }) {
  return (
    <div className="grid gap-1">
      <progress
        className="h-3 w-full max-w-xl"
        max={100}
        value={task.percent}
        aria-label={text.scans_progress()}
      />
      <p className="text-sm">
        {text.scans_percent({ percent: number(Math.round(task.percent)) })}
        {' · '}
        {text.scans_hosts_done({ done: number(task.hosts_done), total: number(task.hosts_total) })}
        {task.phase && (
          <>
            {' · '}
            <Untrusted>{task.phase}</Untrusted>
          </>
        )}
        {task.remaining_seconds !== undefined && (
          <>
            {' · '}
            {text.scans_remaining({ time: duration(task.remaining_seconds) })}
          </>
        )}
      </p>
    </div>
  );
}

const FORMATS = ['md', 'csv', 'json', 'xml', 'greppable', 'lines'] as const;

/** Of the whole scan, whatever the page shows of it. */
function Reports({ id }: { id: string }) {
  return (
    <p className="my-3 flex flex-wrap items-center gap-2">
      <span className="text-sm text-quiet">{text.scans_reports()}</span>
      {FORMATS.map((format) => (
        <a key={format} className="chip min-h-7" href={`/tasks/${id}/report.${format}`} download>
          {format}
        </a>
      ))}
    </p>
  );
}
