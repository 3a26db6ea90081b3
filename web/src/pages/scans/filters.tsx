import type { FormEvent } from 'react';
import * as text from '../../texts/messages.js';
import { STATE_NAMES } from './task-state.tsx';
import { type ScansView, STATES, scansView } from './view.ts';

/** What is shown becomes the address of the page. */
export function Filters({ view, onChange }: { view: ScansView; onChange: (view: ScansView) => void }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const filled = [...new FormData(event.currentTarget)].filter(([, value]) => value !== '');
    onChange(scansView({ ...Object.fromEntries(filled), ...(view.with ? { with: view.with } : {}) }));
  };
  return (
    <form key={JSON.stringify(view)} onSubmit={submit} className="my-4 flex flex-wrap items-end gap-3">
      <label className="grid gap-1 text-sm">
        {text.state()}
        <select name="state" className="field" defaultValue={view.state ?? ''}>
          <option value="">{text.all()}</option>
          {STATES.map((state) => (
            <option key={state} value={state}>
              {STATE_NAMES[state]()}
            </option>
          ))}
        </select>
      </label>
      <label className="grid gap-1 text-sm">
        {text.scans_since()}
        <input name="since" type="date" className="field" defaultValue={view.since} />
      </label>
      <button type="submit" className="button">
        {text.apply()}
      </button>
    </form>
  );
}
