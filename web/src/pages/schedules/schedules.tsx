/** Scans that run by themselves: a week of them, all of them, and the one that is looked at. */
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTool } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Moment } from '../../parts/moment.tsx';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { formOfSearch } from '../new-scan/asked.ts';
import { toolName } from '../scans/names.ts';
import { Calendar } from './calendar.tsx';
import { EditSchedule } from './edit.tsx';
import { newForm, type Schedule } from './form.ts';
import { OneSchedule } from './one.tsx';
import { OutcomeOf } from './outcome.tsx';

const route = getRouteApi('/inside/schedules');

export function Schedules() {
  const view = route.useSearch();
  const navigate = route.useNavigate();
  const session = useSession();
  const { data, error, refetch } = useTool('list_schedules', {});
  const may = session.can('schedules:write');
  const looked = (name?: string) =>
    navigate({
      search: { ...(view.week ? { week: view.week } : {}), ...(name === undefined ? {} : { name }) },
    });
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h1>{text.schedules_title()}</h1>
        {may ? (
          <Link to="/schedules" search={{ new: true }} className="button button-main">
            {text.schedules_new()}
          </Link>
        ) : (
          <p className="text-sm text-quiet">{text.scans_needs_scope({ scope: 'schedules:write' })}</p>
        )}
      </div>
      <p className="mt-1 text-quiet">{text.schedules_lead()}</p>
      {data && !data.served && (
        <p className="sheet my-3 border-s-4 border-s-medium p-3">{text.schedules_not_served()}</p>
      )}
      {error && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {view.new && may && (
        <section className="my-5">
          <h2 className="mb-2">{text.schedules_new()}</h2>
          <EditSchedule
            key={JSON.stringify(view)}
            before={newForm(formOfSearch(view))}
            fresh
            onDone={(name) => void looked(name)}
            onClose={() => void looked()}
          />
        </section>
      )}
      {view.name && <OneSchedule key={view.name} name={view.name} editing={view.edit === true} />}
      {data && data.schedules.length === 0 && !view.new && (
        <div className="sheet my-4 p-5">
          <p className="font-semibold">
            {session.can('admin') ? text.schedules_none() : text.schedules_none_own()}
          </p>
          <p className="mt-1 text-quiet">{text.schedules_none_next()}</p>
        </div>
      )}
      {data && data.schedules.length > 0 && (
        <>
          <Calendar week={view.week} />
          <List schedules={data.schedules} />
        </>
      )}
    </>
  );
}

function List({ schedules }: { schedules: readonly Schedule[] }) {
  return (
    <section className="my-5">
      <h2>{text.schedules_all()}</h2>
      <Scroll label={text.schedules_all()} className="mt-2">
        <table className="rows">
          <thead>
            <tr>
              <th scope="col">{text.name()}</th>
              <th scope="col">{text.scans_target()}</th>
              <th scope="col">{text.schedules_when()}</th>
              <th scope="col">{text.schedules_next()}</th>
              <th scope="col">{text.schedules_last()}</th>
              <th scope="col">{text.state()}</th>
            </tr>
          </thead>
          <tbody>
            {schedules.map((schedule) => (
              <tr key={schedule.name}>
                <th scope="row">
                  <Link
                    to="/schedules"
                    search={(view) => ({ ...(view.week ? { week: view.week } : {}), name: schedule.name })}
                  >
                    {schedule.name}
                  </Link>
                </th>
                <td className="max-w-72">
                  <Untrusted>{schedule.targets.join(', ')}</Untrusted>
                  <div className="text-sm text-quiet">{toolName(schedule.tool)}</div>
                </td>
                <td>
                  <code>{schedule.when}</code>
                  <div className="text-sm text-quiet">{schedule.time_zone}</div>
                </td>
                <td>
                  <Moment at={schedule.next_at} />
                </td>
                <td>
                  {schedule.last ? (
                    <>
                      <OutcomeOf run={schedule.last.outcome} /> <Moment at={schedule.last.due_at} />
                      <div className="text-sm text-quiet">
                        <Untrusted>{schedule.last.reason}</Untrusted>
                      </div>
                    </>
                  ) : (
                    '–'
                  )}
                </td>
                <td>
                  <Standing schedule={schedule} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <div className="mt-3">
        <SaveCsv name="schedules" rows={() => [COLUMNS, ...schedules.map(cellsOf)]} />
      </div>
    </section>
  );
}

const COLUMNS = [
  'name',
  'state',
  'tool',
  'targets',
  'options',
  'when',
  'time_zone',
  'next',
  'last',
  'outcome',
];

function cellsOf({
  name,
  state,
  tool,
  targets,
  options,
  when,
  time_zone: zone,
  next_at: next,
  last,
}: Schedule) {
  return [name, state, tool, targets.join(' '), options, when, zone, next, last?.due_at, last?.outcome];
}

const STATES: Record<Schedule['state'], { mark: string; className: string; word: () => string }> = {
  active: { mark: '✓', className: 'text-good', word: text.schedules_active },
  paused: { mark: '‖', className: 'text-medium', word: text.schedules_held },
  stopped: { mark: '▲', className: 'text-high', word: text.schedules_stopped },
  ended: { mark: '■', className: 'text-quiet', word: text.schedules_ended },
};

function Standing({ schedule }: { schedule: Schedule }) {
  const { mark, className, word } = STATES[schedule.state];
  return (
    <>
      <span className={`whitespace-nowrap ${className}`}>
        <span aria-hidden="true">{mark} </span>
        {word()}
      </span>
      {schedule.paused_until && (
        <div className="text-sm text-quiet">
          {text.schedules_until()} <Moment at={schedule.paused_until} />
        </div>
      )}
      <div className="text-sm text-quiet">
        <Untrusted>{schedule.reason}</Untrusted>
      </div>
    </>
  );
}
