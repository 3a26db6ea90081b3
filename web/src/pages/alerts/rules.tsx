import { type FormEvent, useRef } from 'react';
import { type Arguments, useAct } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Problem } from '../../parts/problem.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import type { Alerting } from './alerting.ts';

const DIGESTS = [
  ['each', text.alerts_each],
  ['hourly', text.alerts_hourly],
  ['daily', text.alerts_daily],
] as const;

export function Rules({ alerting: { rules, channels } }: { alerting: Alerting }) {
  const session = useSession();
  const { mutate, error } = useAct('set_alert', ['list_alerts']);
  return (
    <section className="my-6">
      <h2>{text.alerts_rules()}</h2>
      {error && <Problem error={error} />}
      {rules.length === 0 ? (
        <p className="mt-1 text-quiet">{text.alerts_no_rules()}</p>
      ) : (
        <Scroll label={text.alerts_rules()} className="mt-2">
          <table className="rows">
            <thead>
              <tr>
                <th scope="col">{text.name()}</th>
                <th scope="col">{text.alerts_query()}</th>
                <th scope="col">{text.alerts_channels()}</th>
                <th scope="col">{text.alerts_digest()}</th>
                <th scope="col">{text.state()}</th>
                <th scope="col">
                  <span className="sr-only">{text.remove()}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rules.map(({ name, query, channels: where, digest, enabled }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td className="font-mono">{query === '' ? text.all() : query}</td>
                  <td>{where.join(', ')}</td>
                  <td>{DIGESTS.find(([key]) => key === digest)?.[1]() ?? digest}</td>
                  <td>{enabled ? `✓ ${text.alerts_enabled()}` : `– ${text.alerts_disabled()}`}</td>
                  <td>
                    {session.can('alerts:write') && (
                      <button
                        type="button"
                        className="button"
                        aria-label={`${text.remove()}: ${name}`}
                        onClick={() => mutate({ remove: { what: 'rule', name } })}
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
      )}
      {session.can('alerts:write') && <RuleForm channels={channels.map(({ name }) => name)} />}
    </section>
  );
}

/** Says what the rule would have sent before it is kept. */
function RuleForm({ channels }: { channels: readonly string[] }) {
  const form = useRef<HTMLFormElement>(null);
  const save = useAct('set_alert', ['list_alerts']);
  const preview = useAct('set_alert', []);
  const would = preview.data?.would_have_sent;
  const rule = (): Arguments<'set_alert'> => {
    const fields = new FormData(form.current ?? undefined);
    const channels = fields.getAll('channels').map(String);
    return {
      rule: {
        name: String(fields.get('name')).trim(),
        query: String(fields.get('query')).trim(),
        digest: DIGESTS.find(([key]) => key === fields.get('digest'))?.[0] ?? 'each',
        ...(channels.length === 0 ? {} : { channels }),
      },
    };
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    save.mutate(rule());
  };
  const look = () => {
    if (form.current?.reportValidity()) preview.mutate({ ...rule(), preview: true });
  };
  return (
    <details className="sheet mt-3 p-4">
      <summary className="font-semibold">{text.alerts_add_rule()}</summary>
      <form ref={form} onSubmit={submit} className="mt-3 grid max-w-2xl gap-3">
        <label className="grid gap-1">
          {text.name()}
          <input name="name" required maxLength={64} className="field" />
        </label>
        <label className="grid gap-1">
          {text.alerts_query()}
          <input
            name="query"
            className="field font-mono"
            spellCheck={false}
            placeholder={text.alerts_query_hint()}
          />
        </label>
        <fieldset>
          <legend>{text.alerts_channels()}</legend>
          {channels.map((name) => (
            <label key={name} className="me-4 inline-flex min-h-9 items-center gap-2">
              <input type="checkbox" name="channels" value={name} className="size-6" /> {name}
            </label>
          ))}
        </fieldset>
        <label className="grid gap-1">
          {text.alerts_digest()}
          <select name="digest" className="field">
            {DIGESTS.map(([key, words]) => (
              <option key={key} value={key}>
                {words()}
              </option>
            ))}
          </select>
        </label>
        {(save.error ?? preview.error) && <Problem error={save.error ?? preview.error} />}
        <div role="status">
          {would && (
            <>
              <p className="font-semibold">{text.alerts_would({ count: would.messages })}</p>
              <ul className="list-disc ps-5">
                {would.sample.map((line) => (
                  <li key={line}>
                    <Untrusted>{line}</Untrusted>
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
        <div className="flex gap-2">
          <button type="button" className="button" onClick={look}>
            {text.alerts_preview()}
          </button>
          <button type="submit" className="button button-main" disabled={save.isPending}>
            {text.save()}
          </button>
        </div>
      </form>
    </details>
  );
}
