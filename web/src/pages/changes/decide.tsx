/** Asks why, and decides. The button names what becomes expected. */
import { type FormEvent, useEffect, useRef } from 'react';
import { useAct } from '../../api/call.ts';
import { Problem } from '../../parts/problem.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import type { Change } from './list.ts';
import { wordsOf } from './words.ts';

export type Decision = 'accept' | 'mute';

const NAMES: Record<Decision, () => string> = { accept: text.accept, mute: text.mute };

interface Props {
  decision: Decision;
  changes: readonly Change[];
  /** @param expected what is expected from now on, in the server's words */
  onDone: (expected: readonly string[]) => void;
  onClose: () => void;
}

export function useDecide() {
  return useAct('accept_changes', [
    'what_changed',
    'list_expectations',
    'get_asset',
    'find_assets',
    'list_alerts',
  ]);
}

export function DecideDialog({ decision, changes, onDone, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { mutate, error, isPending } = useDecide();
  useEffect(() => dialog.current?.showModal(), []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const [reason, day] = [fields.get('reason'), fields.get('until')];
    mutate(
      {
        changes: idsOf(changes),
        decision,
        ...(typeof reason === 'string' && reason !== '' ? { reason } : {}),
        ...(typeof day === 'string' && day !== ''
          ? { until: new Date(`${day}T23:59:59`).toISOString() }
          : {}),
      },
      { onSuccess: ({ expected }) => onDone(expected) },
    );
  };
  return (
    <dialog ref={dialog} aria-labelledby="decide-title" onClose={onClose}>
      <form onSubmit={submit} className="grid gap-3">
        <h2 id="decide-title">
          {NAMES[decision]()} · {text.changes_count({ count: changes.length })}
        </h2>
        <ul className="max-h-40 list-disc overflow-auto ps-5">
          {changes.slice(0, 20).map((change) => (
            <li key={change.change_id}>
              {wordsOf(change.kind)} <Untrusted>{change.name ?? change.address}</Untrusted> {change.port}
            </li>
          ))}
        </ul>
        {decision === 'accept' && <p>{text.becomes_expected()}</p>}
        <label className="grid gap-1">
          {text.reason_label()}
          <input name="reason" className="field" maxLength={500} autoFocus />
        </label>
        <label className="grid gap-1">
          {text.until_label()}
          <input name="until" type="date" className="field" />
        </label>
        {error && <Problem error={error} />}
        <div className="flex justify-end gap-2">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            {text.cancel()}
          </button>
          <button type="submit" className="button button-main" disabled={isPending}>
            {NAMES[decision]()}
          </button>
        </div>
      </form>
    </dialog>
  );
}

export function idsOf(changes: readonly Change[]): string[] {
  return changes.map(({ change_id }) => change_id);
}
