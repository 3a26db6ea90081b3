import type { FormEvent } from 'react';
import * as text from '../../texts/messages.js';
import { type ScanView, scanView } from './view.ts';

/** Which hosts and ports are shown becomes the address of the page. */
export function ResultFilters({ view, onChange }: { view: ScanView; onChange: (view: ScanView) => void }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const filled = [...fields].filter(([name, value]) => name !== 'open' && value !== '');
    onChange(scanView({ ...Object.fromEntries(filled), ...(fields.has('open') ? { open: true } : {}) }));
  };
  return (
    <form key={JSON.stringify(view)} onSubmit={submit} className="my-3 flex flex-wrap items-end gap-3">
      <label className="grid gap-1 text-sm">
        {text.host()}
        <input name="host" className="field w-44 font-mono" defaultValue={view.host} spellCheck={false} />
      </label>
      <label className="grid gap-1 text-sm">
        {text.port()}
        <input name="port" className="field w-32 font-mono" defaultValue={view.port} spellCheck={false} />
      </label>
      <label className="flex min-h-9 items-center gap-2 text-sm">
        <input name="open" type="checkbox" className="size-6" defaultChecked={view.open} />
        {text.scans_open_only()}
      </label>
      <button type="submit" className="button">
        {text.apply()}
      </button>
    </form>
  );
}
