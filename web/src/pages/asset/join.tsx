/** One host or two, in the words of people: said, and taken back. */
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { type Answer, useAct } from '../../api/call.ts';
import { Moment } from '../../parts/moment.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';

function useJoin() {
  return useAct('join_assets', ['asset_history', 'get_asset', 'find_assets', 'what_changed']);
}

interface SaidProps {
  past: Answer<'asset_history'>;
  mayJoin: boolean;
}

/** What was said so far, each with the way back. */
export function Said({ past: { said, merged }, mayJoin }: SaidProps) {
  const { mutate, error, isPending } = useJoin();
  return (
    <>
      {said.length === 0 && merged.length === 0 && (
        <p className="mt-1 text-quiet">{text.asset_nothing_said()}</p>
      )}
      {merged.length > 0 && (
        <p className="mt-1">
          {text.asset_merged()} <code>{merged.join(', ')}</code>
        </p>
      )}
      <ul className="mt-1 grid gap-1">
        {said.map(({ of, other, decision, by, at, reason }) => (
          <li key={`${of} ${other}`} className="flex flex-wrap items-center gap-2">
            <span>
              <strong>{decision === 'one_host' ? text.asset_one_host() : text.asset_two_hosts()}</strong>{' '}
              <Link to="/assets/$asset" params={{ asset: other }} search={{}}>
                <code>{other}</code>
              </Link>{' '}
              · {by} · <Moment at={at} /> · <Untrusted>{reason}</Untrusted>
            </span>
            {mayJoin && (
              <button
                type="button"
                className="button"
                disabled={isPending}
                onClick={() => mutate({ a: of, b: other, decision: 'forget', reason: 'taken back' })}
              >
                {text.undo()}
              </button>
            )}
          </li>
        ))}
      </ul>
      {error && <Problem error={error} />}
    </>
  );
}

export function Join({ asset, merged }: { asset: string; merged: readonly string[] }) {
  const { mutate, error, isPending } = useJoin();
  const [done, setDone] = useState('');
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = new FormData(form);
    const [b, reason] = [fields.get('other'), fields.get('reason')];
    if (typeof b !== 'string' || typeof reason !== 'string') return;
    const decision = fields.get('decision') === 'one_host' ? 'one_host' : 'two_hosts';
    mutate(
      { a: asset, b: b.trim(), decision, reason },
      {
        onSuccess: () => {
          setDone(text.asset_join_done());
          form.reset();
        },
      },
    );
  };
  return (
    <form onSubmit={submit} className="sheet mt-3 flex flex-wrap items-end gap-3 p-3">
      <fieldset className="flex flex-wrap gap-x-4 gap-y-1">
        <legend className="text-sm">{text.asset_join_title()}</legend>
        <label className="flex min-h-9 items-center gap-2">
          <input type="radio" name="decision" value="one_host" className="size-5" defaultChecked />
          {text.asset_one_host()}
        </label>
        <label className="flex min-h-9 items-center gap-2">
          <input type="radio" name="decision" value="two_hosts" className="size-5" />
          {text.asset_two_hosts()}
        </label>
      </fieldset>
      <label className="grid gap-1 text-sm">
        {text.asset_other()}
        <input
          name="other"
          className="field"
          list="merged-hosts"
          required
          maxLength={253}
          spellCheck={false}
        />
        <datalist id="merged-hosts">
          {merged.map((id) => (
            <option key={id} value={id} />
          ))}
        </datalist>
      </label>
      <label className="grid min-w-0 grow gap-1 text-sm">
        {text.reason_label()}
        <input name="reason" className="field" required maxLength={500} />
      </label>
      <button type="submit" className="button button-main" disabled={isPending}>
        {text.asset_say_so()}
      </button>
      <p className="w-full text-sm text-quiet">{text.asset_join_why()}</p>
      {error && <Problem error={error} />}
      <p role="status" className="text-sm">
        {done}
      </p>
    </form>
  );
}
