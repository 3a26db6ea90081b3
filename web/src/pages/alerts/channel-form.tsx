import { type FormEvent, useState } from 'react';
import { useAct } from '../../api/call.ts';
import { formWords } from '../../parts/form-words.ts';
import { Problem } from '../../parts/problem.tsx';
import { severityWord } from '../../parts/severity.tsx';
import * as text from '../../texts/messages.js';
import type { Alerting } from './alerting.ts';
import { SEVERITY_NAMES } from './rule.ts';

interface Props {
  kinds: Alerting['kinds'];
  /** The one that is changed. */
  channel: Alerting['channels'][number] | undefined;
}

/** A channel by the example of its kind; what it lacks the server says. */
export function ChannelForm({ kinds, channel }: Props) {
  const { mutate, error, isPending } = useAct('set_alert_channel', ['list_alerts']);
  const [kind, setKind] = useState(channel?.kind ?? kinds[0]?.kind ?? '');
  const [wrong, setWrong] = useState<string>();
  const about = kinds.find((one) => one.kind === kind);
  const example = JSON.stringify(kind === channel?.kind ? channel.config : about?.example, null, 2);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    try {
      const config: unknown = JSON.parse(String(fields.get('config')));
      setWrong(undefined);
      const least = SEVERITY_NAMES.find((one) => one === fields.get('least')) ?? 'info';
      mutate({
        name: formWords(fields)('name'),
        kind,
        config: Object(config),
        min_severity: least,
      });
    } catch (reason) {
      setWrong(reason instanceof Error ? reason.message : String(reason));
    }
  };
  return (
    <details className="sheet mt-3 p-4" open={channel !== undefined}>
      <summary className="font-semibold">{text.alerts_add_channel()}</summary>
      <form onSubmit={submit} className="mt-3 grid max-w-2xl gap-3">
        <label className="grid gap-1">
          {text.name()}
          <input name="name" required maxLength={64} className="field" defaultValue={channel?.name} />
        </label>
        <label className="grid gap-1">
          {text.alerts_kind()}
          <select className="field" value={kind} onChange={({ target }) => setKind(target.value)}>
            {kinds.map((one) => (
              <option key={one.kind}>{one.kind}</option>
            ))}
          </select>
        </label>
        <p className="text-sm text-quiet">{about?.about}</p>
        <label className="grid gap-1">
          {text.alerts_config()}
          <textarea
            key={kind}
            name="config"
            rows={7}
            spellCheck={false}
            className="field font-mono"
            defaultValue={example}
          />
        </label>
        <label className="grid gap-1">
          {text.alerts_least()}
          <select name="least" className="field" defaultValue={channel?.min_severity ?? 'info'}>
            {SEVERITY_NAMES.map((one) => (
              <option key={one} value={one}>
                {severityWord(one)}
              </option>
            ))}
          </select>
        </label>
        {wrong !== undefined && <p role="alert">{text.alerts_wrong_json({ why: wrong })}</p>}
        {error && <Problem error={error} />}
        <button type="submit" className="button button-main justify-self-start" disabled={isPending}>
          {text.save()}
        </button>
      </form>
    </details>
  );
}
