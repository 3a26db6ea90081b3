/** Planned work: what opens meanwhile is told when it is over, if it is still so. */
import type { FormEvent } from 'react';
import { useAct } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { formWords } from '../../parts/form-words.ts';
import { whole } from '../../parts/moment.tsx';
import { Problem } from '../../parts/problem.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import type { Alerting } from './alerting.ts';

type Window = Alerting['windows'][number];

export function Windows({ windows }: Pick<Alerting, 'windows'>) {
  const mayWrite = useSession().can('alerts:write');
  const { mutate, error } = useAct('set_alert', ['list_alerts']);
  return (
    <section className="my-6">
      <h2>{text.alerts_windows()}</h2>
      <p className="mt-1 text-quiet">{text.alerts_windows_what()}</p>
      {error && <Problem error={error} />}
      {windows.length === 0 ? (
        <p className="mt-1 text-quiet">{text.alerts_no_windows()}</p>
      ) : (
        <>
          <Scroll label={text.alerts_windows()} className="mt-2">
            <table className="rows">
              <thead>
                <tr>
                  <th scope="col">{text.state()}</th>
                  <th scope="col">{text.alerts_window_hosts()}</th>
                  <th scope="col">{text.alerts_from()}</th>
                  <th scope="col">{text.alerts_to()}</th>
                  <th scope="col">{text.reason()}</th>
                  <th scope="col">{text.expectations_by()}</th>
                  <th scope="col">
                    <span className="sr-only">{text.remove()}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {windows.map((one) => (
                  <tr key={one.window_id}>
                    <td className="whitespace-nowrap">{stateOf(one)}</td>
                    <td className="font-mono">{one.query === '' ? text.all() : one.query}</td>
                    <td>
                      <Time at={one.from} />
                    </td>
                    <td>
                      <Time at={one.to} />
                    </td>
                    <td>
                      <Untrusted>{one.reason}</Untrusted>
                    </td>
                    <td>{one.made_by}</td>
                    <td>
                      {mayWrite && (
                        <button
                          type="button"
                          className="button"
                          aria-label={`${text.remove()}: ${one.reason}`}
                          onClick={() => mutate({ remove: { what: 'window', name: one.window_id } })}
                        >
                          {text.remove()}
                        </button>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
          <p className="mt-2">
            <SaveCsv
              name="maintenance"
              rows={() => [
                ['window_id', 'query', 'from', 'to', 'reason', 'made_by'],
                ...windows.map((one) => [
                  ...[one.window_id, one.query, one.from, one.to, one.reason, one.made_by],
                ]),
              ]}
            />
          </p>
        </>
      )}
      {mayWrite && <WindowForm />}
    </section>
  );
}

function stateOf({ from, to }: Window): string {
  const now = Date.now();
  if (Date.parse(to) <= now) return `■ ${text.alerts_window_over()}`;
  return Date.parse(from) <= now ? `● ${text.alerts_window_now()}` : `… ${text.alerts_window_later()}`;
}

function Time({ at }: { at: string }) {
  return <time dateTime={at}>{whole(new Date(at))}</time>;
}

function WindowForm() {
  const { mutate, error, isPending } = useAct('set_alert', ['list_alerts']);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const field = formWords(new FormData(form));
    const from = field('from');
    mutate(
      {
        window: {
          query: field('query'),
          ...(from === '' ? {} : { from: new Date(from).toISOString() }),
          to: new Date(field('to')).toISOString(),
          reason: field('reason'),
        },
      },
      { onSuccess: () => form.reset() },
    );
  };
  return (
    <details className="sheet mt-3 p-4">
      <summary className="font-semibold">{text.alerts_add_window()}</summary>
      <form onSubmit={submit} className="mt-3 grid max-w-2xl gap-3">
        <label className="grid gap-1">
          {text.alerts_window_hosts()}
          <input
            name="query"
            className="field font-mono"
            placeholder="net:10.0.0.0/24"
            maxLength={2000}
            spellCheck={false}
          />
        </label>
        <div className="flex flex-wrap gap-3">
          <label className="grid gap-1">
            {text.alerts_window_from()}
            <input name="from" type="datetime-local" className="field max-w-full" />
          </label>
          <label className="grid gap-1">
            {text.alerts_to()}
            <input name="to" type="datetime-local" className="field max-w-full" required />
          </label>
        </div>
        <label className="grid gap-1">
          {text.reason_label()}
          <input name="reason" className="field" maxLength={500} required />
        </label>
        {error && <Problem error={error} />}
        <button type="submit" className="button button-main justify-self-start" disabled={isPending}>
          {text.alerts_add_window()}
        </button>
      </form>
    </details>
  );
}
