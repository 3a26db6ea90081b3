import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { reading } from '../../api/call.ts';
import { Problem, Waiting } from '../../parts/problem.tsx';
import * as text from '../../texts/messages.js';
import { getLocale } from '../../texts/runtime.js';
import { OutcomeOf } from './outcome.tsx';
import { type Day, dateOf, dayAfter, type Entry, mondayOf, weekOf } from './week.ts';

/** Runs of one schedule on one day that are listed one by one. */
const MOST = 3;

export function Calendar({ week }: { week: string | undefined }) {
  const monday = mondayOf(week === undefined ? new Date() : new Date(`${week}T12:00`));
  const next = dayAfter(monday, 7);
  const { data, error, refetch } = useQuery({
    ...reading('list_schedules', { from: monday.toISOString(), to: next.toISOString() }),
    placeholderData: keepPreviousData,
  });
  const format = new Intl.DateTimeFormat(getLocale(), { dateStyle: 'medium' });
  return (
    <section className="my-5" aria-labelledby="week-title">
      <div className="flex flex-wrap items-center gap-2">
        <h2 id="week-title" className="me-2">
          {format.formatRange(monday, dayAfter(monday, 6))}
        </h2>
        <Week day={dayAfter(monday, -7)}>{text.schedules_week_before()}</Week>
        <Week day={undefined}>{text.schedules_this_week()}</Week>
        <Week day={next}>{text.schedules_week_after()}</Week>
      </div>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && (
        <ol className="mt-2 grid gap-2 md:grid-cols-7">
          {weekOf(data.calendar ?? [], monday).map((day) => (
            <DayColumn key={day.begin.getTime()} day={day} />
          ))}
        </ol>
      )}
      {data?.calendar_cut && <p className="mt-1 text-sm text-quiet">{text.schedules_calendar_cut()}</p>}
    </section>
  );
}

/** @param day undefined: this week */
function Week({ day, children }: { day: Date | undefined; children: string }) {
  return (
    <Link
      to="/schedules"
      search={({ week: _, ...rest }) => (day ? { ...rest, week: dateOf(day) } : rest)}
      className="button"
    >
      {children}
    </Link>
  );
}

function DayColumn({ day }: { day: Day }) {
  const today = dateOf(day.begin) === dateOf(new Date());
  const name = new Intl.DateTimeFormat(getLocale(), { weekday: 'short', day: 'numeric', month: 'numeric' });
  return (
    <li
      className={`sheet min-w-0 p-2 ${today ? 'border-s-4 border-s-accent' : ''}`}
      aria-current={today ? 'date' : undefined}
    >
      <h3 className="text-sm font-semibold">{name.format(day.begin)}</h3>
      {day.groups.length === 0 && <p className="text-sm text-quiet">–</p>}
      <ul className="grid gap-1.5">
        {day.groups.map(({ schedule, entries }) => (
          <li key={schedule} className="text-sm break-words">
            <Link
              to="/schedules"
              search={(view) => ({ ...view, name: schedule, edit: undefined, new: undefined })}
            >
              {schedule}
            </Link>
            <Times entries={entries} />
          </li>
        ))}
      </ul>
    </li>
  );
}

function Times({ entries }: { entries: readonly Entry[] }) {
  const shown = entries.length > MOST ? [] : entries;
  const [first, last] = [entries[0], entries.at(-1)];
  const bad = entries.filter(
    ({ outcome }) => outcome === 'failed' || outcome === 'refused' || outcome === 'skipped',
  );
  return (
    <>
      {shown.map((entry) => (
        <div key={entry.at}>
          <Clock at={entry.at} /> <OutcomeOf run={entry.outcome} />
        </div>
      ))}
      {shown.length === 0 && first && last && (
        <div>
          <Clock at={first.at} /> – <Clock at={last.at} /> ·{' '}
          {text.schedules_runs_count({ count: entries.length })}
          {bad.slice(0, MOST).map((entry) => (
            <div key={entry.at}>
              <Clock at={entry.at} /> <OutcomeOf run={entry.outcome} />
            </div>
          ))}
        </div>
      )}
    </>
  );
}

function Clock({ at }: { at: string }) {
  const format = new Intl.DateTimeFormat(getLocale(), { hour: '2-digit', minute: '2-digit' });
  return (
    <time dateTime={at} className="tabular-nums">
      {format.format(new Date(at))}
    </time>
  );
}
