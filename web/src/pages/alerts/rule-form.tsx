/** A rule, made or changed; what it would have sent is said before it is kept. */
import { type FormEvent, useRef, useState } from 'react';
import { useAct } from '../../api/call.ts';
import { ownZone } from '../../parts/own-zone.ts';
import { Problem } from '../../parts/problem.tsx';
import { severityWord } from '../../parts/severity.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import type { Rule } from './alerting.ts';
import { dayName, WEEK } from './days.ts';
import { DIGEST_NAMES, ruleOf, SEVERITY_NAMES } from './rule.ts';

export const DIGESTS: Record<Rule['digest'], () => string> = {
  each: text.alerts_each,
  hourly: text.alerts_hourly,
  daily: text.alerts_daily,
};

interface Props {
  /** The one that is changed. */
  rule: Rule | undefined;
  channels: readonly string[];
  onKept: () => void;
}

export function RuleForm({ rule, channels, onKept }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const save = useAct('set_alert', ['list_alerts']);
  const preview = useAct('set_alert', []);
  const [digest, setDigest] = useState<string>(rule?.digest ?? 'each');
  const would = preview.data?.would_have_sent;
  const asked = () => ruleOf(new FormData(form.current ?? undefined));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    save.mutate({ rule: asked() }, { onSuccess: onKept });
  };
  const look = () => {
    if (form.current?.reportValidity()) preview.mutate({ rule: asked(), preview: true });
  };
  const error = save.error ?? preview.error;
  return (
    <details className="sheet mt-3 p-4" open={rule !== undefined}>
      <summary className="font-semibold">{text.alerts_add_rule()}</summary>
      <form ref={form} onSubmit={submit} className="mt-3 grid max-w-2xl gap-3">
        <label className="grid gap-1">
          {text.name()}
          <input
            name="name"
            required
            maxLength={64}
            pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
            className="field"
            defaultValue={rule?.name}
          />
        </label>
        <label className="grid gap-1">
          {text.alerts_query()}
          <input
            name="query"
            className="field font-mono"
            spellCheck={false}
            placeholder={text.alerts_query_hint()}
            defaultValue={rule?.query}
          />
        </label>
        <fieldset>
          <legend>{text.alerts_channels()}</legend>
          {channels.map((name) => (
            <Tick
              key={name}
              name="channels"
              value={name}
              on={rule?.channels.includes(name) ?? channels.length === 1}
            >
              {name}
            </Tick>
          ))}
        </fieldset>
        <div className="flex flex-wrap gap-3">
          <label className="grid gap-1">
            {text.alerts_digest()}
            <select
              name="digest"
              className="field"
              value={digest}
              onChange={({ target }) => setDigest(target.value)}
            >
              {DIGEST_NAMES.map((key) => (
                <option key={key} value={key}>
                  {DIGESTS[key]()}
                </option>
              ))}
            </select>
          </label>
          {digest === 'daily' && (
            <label className="grid gap-1">
              {text.alerts_at()}
              <input name="at" type="time" className="field" defaultValue={rule?.at ?? '08:00'} />
            </label>
          )}
          <label className="grid gap-1">
            {text.alerts_zone()}
            <input name="zone" className="field" maxLength={64} defaultValue={rule ? rule.zone : ownZone()} />
          </label>
        </div>
        <Quiet quiet={rule?.quiet} />
        <Escalation escalate={rule?.escalate} channels={channels} />
        <div className="flex flex-wrap gap-3">
          <label className="grid gap-1">
            {text.alerts_most()}
            <input
              name="most"
              type="number"
              min={1}
              max={1000}
              className="field"
              defaultValue={rule?.most ?? 6}
            />
          </label>
          <label className="grid gap-1">
            {text.alerts_schedule()}
            <input name="schedule" maxLength={64} className="field" defaultValue={rule?.schedule} />
          </label>
        </div>
        <Tick name="enabled" value="yes" on={rule?.enabled ?? true}>
          {text.alerts_is_on()}
        </Tick>
        {error && <Problem error={error} />}
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

/** When nothing is sent; it comes afterwards. */
function Quiet({ quiet }: { quiet: Rule['quiet'] }) {
  return (
    <fieldset className="grid gap-2">
      <legend className="font-semibold">{text.alerts_quiet()}</legend>
      <p className="text-sm text-quiet">{text.alerts_quiet_hint()}</p>
      <div className="flex flex-wrap gap-3">
        <label className="grid gap-1">
          {text.alerts_from()}
          <input name="from" type="time" className="field" defaultValue={quiet?.from} />
        </label>
        <label className="grid gap-1">
          {text.alerts_to()}
          <input name="to" type="time" className="field" defaultValue={quiet?.to} />
        </label>
        <label className="grid gap-1">
          {text.alerts_unless()}
          <select name="unless" className="field" defaultValue={quiet?.unless ?? ''}>
            <option value="">{text.none()}</option>
            {SEVERITY_NAMES.map((one) => (
              <option key={one} value={one}>
                {severityWord(one)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div>
        {WEEK.map((day) => (
          <Tick key={day} name="days" value={String(day)} on={quiet?.days?.includes(day) ?? false}>
            {dayName(day, 'short')}
          </Tick>
        ))}
      </div>
    </fieldset>
  );
}

/** Where it is told too when nobody has decided about it. */
function Escalation({ escalate, channels }: { escalate: Rule['escalate']; channels: readonly string[] }) {
  return (
    <fieldset className="grid gap-2">
      <legend className="font-semibold">{text.alerts_escalation()}</legend>
      <p className="text-sm text-quiet">{text.alerts_escalation_hint()}</p>
      <div className="flex flex-wrap gap-3">
        <label className="grid gap-1">
          {text.alerts_minutes()}
          <input
            name="minutes"
            type="number"
            min={1}
            max={10_080}
            className="field"
            defaultValue={escalate?.minutes}
          />
        </label>
        <label className="grid gap-1">
          {text.alerts_escalate_to()}
          <select name="escalate" className="field" defaultValue={escalate?.channel ?? ''}>
            <option value="">{text.none()}</option>
            {channels.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
    </fieldset>
  );
}

function Tick({ name, value, on, children }: { name: string; value: string; on: boolean; children: string }) {
  return (
    <label className="me-4 inline-flex min-h-9 items-center gap-2">
      <input type="checkbox" name={name} value={value} className="size-6" defaultChecked={on} /> {children}
    </label>
  );
}
