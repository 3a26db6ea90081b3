/** One schedule: how its runs went, when it comes next, and what can be done about it. */
import { getRouteApi, Link } from '@tanstack/react-router';
import { type FormEvent, useRef } from 'react';
import { type Answer, type Arguments, useAct, useTool } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { duration } from '../../parts/duration.ts';
import { Moment, whole } from '../../parts/moment.tsx';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { EditSchedule } from './edit.tsx';
import { formOfSchedule, type Schedule } from './form.ts';
import { OutcomeOf } from './outcome.tsx';

const route = getRouteApi('/inside/schedules');
const RUNS = 20;

export function OneSchedule({ name, editing }: { name: string; editing: boolean }) {
  const navigate = route.useNavigate();
  const { data, error } = useTool('list_schedules', { name, runs: RUNS });
  const close = () => navigate({ search: ({ name: _, edit: __, ...rest }) => rest });
  const [schedule] = data?.schedules ?? [];
  return (
    <section className="sheet my-5 p-4" aria-labelledby="schedule-title">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 id="schedule-title">{name}</h2>
        <button type="button" className="button" onClick={() => void close()}>
          {text.close()}
        </button>
      </div>
      {error && <Problem error={error} />}
      {!data && !error && <Waiting />}
      {data?.warning && <p className="my-2 border-s-4 border-s-medium ps-3">{data.warning}</p>}
      {schedule && data?.again && editing && (
        <EditSchedule
          before={formOfSchedule(schedule, data.again)}
          fresh={false}
          onDone={() => void navigate({ search: ({ edit: _, ...rest }) => rest })}
          onClose={() => void navigate({ search: ({ edit: _, ...rest }) => rest })}
        />
      )}
      {schedule && !editing && (
        <>
          <Actions schedule={schedule} onRemoved={() => void close()} />
          <p>
            <code>{schedule.options}</code> <Untrusted>{schedule.targets.join(' ')}</Untrusted>
          </p>
          <p className="mt-1 text-sm text-quiet">
            {text.schedules_owner({ owner: schedule.owner })} · {schedule.when} ({schedule.time_zone})
            {schedule.window && ` · ${schedule.window}`}
          </p>
          <h3 className="mt-4 font-semibold">{text.schedules_next()}</h3>
          {(data?.coming ?? []).length === 0 && <p className="text-quiet">–</p>}
          <ul className="list-disc ps-6">
            {data?.coming?.map((at) => (
              <li key={at}>
                <time dateTime={at}>{whole(new Date(at))}</time>
              </li>
            ))}
          </ul>
          <Runs runs={data?.runs ?? []} />
        </>
      )}
    </section>
  );
}

function Actions({ schedule, onRemoved }: { schedule: Schedule; onRemoved: () => void }) {
  const session = useSession();
  const remove = useRef<HTMLDialogElement>(null);
  const hold = useRef<HTMLDialogElement>(null);
  const { mutate, error, isPending, isSuccess, variables } = useAct('set_schedule', [
    'list_schedules',
    'list_tasks',
  ]);
  const { name, state } = schedule;
  if (!session.can('schedules:write')) return null;
  const act = (action: Arguments<'set_schedule'>['action']) => mutate({ action, name });
  const pause = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const until = new FormData(event.currentTarget).get('until');
    mutate(
      {
        action: 'pause',
        name,
        ...(typeof until === 'string' && until !== '' ? { until: new Date(until).toISOString() } : {}),
      },
      { onSuccess: () => hold.current?.close() },
    );
  };
  return (
    <>
      <div className="my-3 flex flex-wrap gap-2">
        {(state === 'active' || state === 'ended') && (
          <button type="button" className="button" disabled={isPending} onClick={() => act('run')}>
            {text.schedules_run_now()}
          </button>
        )}
        {state === 'active' && (
          <button type="button" className="button" onClick={() => hold.current?.showModal()}>
            {text.schedules_pause()}
          </button>
        )}
        {(state === 'paused' || state === 'stopped') && (
          <button type="button" className="button" disabled={isPending} onClick={() => act('resume')}>
            {text.schedules_resume()}
          </button>
        )}
        <Link to="/schedules" search={(view) => ({ ...view, name, edit: true })} className="button">
          {text.schedules_edit()}
        </Link>
        <button type="button" className="button" onClick={() => remove.current?.showModal()}>
          {text.schedules_remove()}
        </button>
      </div>
      {error && <Problem error={error} />}
      <p role="status">{isSuccess && variables.action === 'run' && text.schedules_run_asked()}</p>
      <dialog ref={hold} aria-labelledby="pause-title">
        <form onSubmit={pause} className="grid gap-3">
          <h2 id="pause-title">{text.schedules_pause_title({ name })}</h2>
          <label className="grid gap-1">
            {text.schedules_pause_until()}
            <input type="datetime-local" name="until" className="field" />
          </label>
          <div className="flex justify-end gap-2">
            <button type="button" className="button" onClick={() => hold.current?.close()}>
              {text.cancel()}
            </button>
            <button type="submit" className="button button-main" disabled={isPending}>
              {text.schedules_pause()}
            </button>
          </div>
        </form>
      </dialog>
      <dialog ref={remove} aria-labelledby="remove-title">
        <h2 id="remove-title">{text.schedules_remove_title({ name })}</h2>
        <p className="my-3">{text.schedules_remove_keeps()}</p>
        <div className="flex justify-end gap-2">
          <button type="button" className="button" onClick={() => remove.current?.close()}>
            {text.cancel()}
          </button>
          <button
            type="button"
            className="button button-main"
            disabled={isPending}
            onClick={() => mutate({ action: 'remove', name }, { onSuccess: onRemoved })}
          >
            {text.schedules_remove()}
          </button>
        </div>
      </dialog>
    </>
  );
}

type Run = NonNullable<Answer<'list_schedules'>['runs']>[number];

function Runs({ runs }: { runs: readonly Run[] }) {
  const longest = Math.max(1, ...runs.map(({ seconds }) => seconds ?? 0));
  if (runs.length === 0) return <p className="mt-3 text-quiet">{text.schedules_no_runs()}</p>;
  return (
    <Scroll label={text.schedules_runs()} className="mt-4">
      <table className="rows">
        <caption className="text-start font-semibold">{text.schedules_runs()}</caption>
        <thead>
          <tr>
            <th scope="col">{text.time()}</th>
            <th scope="col">{text.schedules_outcome()}</th>
            <th scope="col">{text.scans_took()}</th>
            <th scope="col">{text.reason()}</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.due_at}>
              <th scope="row" className="font-normal">
                <Moment at={run.due_at} />
              </th>
              <td>
                {run.task_id ? (
                  <Link to="/scans/$task" params={{ task: run.task_id }} search={{}}>
                    <OutcomeOf run={run.outcome} />
                  </Link>
                ) : (
                  <OutcomeOf run={run.outcome} />
                )}
              </td>
              <td className="whitespace-nowrap">
                {run.seconds === undefined ? (
                  '–'
                ) : (
                  <>
                    <meter
                      className="me-2 w-20 align-middle"
                      max={longest}
                      value={run.seconds}
                      aria-hidden="true"
                    />
                    {duration(run.seconds)}
                  </>
                )}
              </td>
              <td>
                <Untrusted>{run.reason}</Untrusted>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
