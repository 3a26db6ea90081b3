import type { FormEvent } from 'react';
import { useAct } from '../../api/call.ts';
import { formWords } from '../../parts/form-words.ts';
import { whole } from '../../parts/moment.tsx';
import { ownZone } from '../../parts/own-zone.ts';
import { Problem } from '../../parts/problem.tsx';
import * as text from '../../texts/messages.js';
import { dayName, WEEK } from './days.ts';

/** The report of each week, by mail. */
export function ReportForm({ channels }: { channels: readonly string[] }) {
  const { mutate, error, isPending, isSuccess, data } = useAct('set_alert', ['list_alerts']);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const word = formWords(new FormData(event.currentTarget));
    const off = word('day') === 'off';
    mutate({
      report: {
        channel: word('channel'),
        ...(off ? { off } : { day: Number(word('day')), at: word('at') }),
        zone: ownZone(),
      },
    });
  };
  return (
    <details className="sheet mt-3 p-4">
      <summary className="font-semibold">{text.alerts_report()}</summary>
      <p className="mt-2 text-quiet">{text.alerts_report_what()}</p>
      <form onSubmit={submit} className="mt-3 flex flex-wrap items-end gap-3">
        <label className="grid gap-1">
          {text.alerts_channel()}
          <select name="channel" className="field">
            {channels.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label className="grid gap-1">
          {text.alerts_day()}
          <select name="day" className="field">
            {WEEK.map((day) => (
              <option key={day} value={day}>
                {dayName(day, 'long')}
              </option>
            ))}
            <option value="off">{text.alerts_report_off()}</option>
          </select>
        </label>
        <label className="grid gap-1">
          {text.time()}
          <input name="at" type="time" className="field" defaultValue="08:00" required />
        </label>
        <button type="submit" className="button" disabled={isPending}>
          {text.save()}
        </button>
      </form>
      {error && <Problem error={error} />}
      <p role="status" className="mt-2">
        {isSuccess &&
          (data.report_at === undefined
            ? text.alerts_report_ended()
            : text.alerts_report_next({ time: whole(new Date(data.report_at)) }))}
      </p>
    </details>
  );
}
