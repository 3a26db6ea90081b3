/** Views that a person gave a name, in this browser. */
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import * as z from 'zod/mini';
import * as text from '../../texts/messages.js';
import { type AssetsView, assetsView } from './view.ts';

const KEY = 'portolan-assets-views';
const Saved = z.array(z.object({ name: z.string(), view: z.record(z.string(), z.unknown()) }));
type Saved = { name: string; view: AssetsView }[];

function read(): Saved {
  try {
    const kept = Saved.parse(JSON.parse(localStorage.getItem(KEY) ?? '[]'));
    return kept.map(({ name, view }) => ({ name, view: assetsView(view) }));
  } catch {
    return [];
  }
}

export function SavedViews({ view }: { view: AssetsView }) {
  const [saved, setSaved] = useState(read);
  const keep = (next: Saved) => {
    localStorage.setItem(KEY, JSON.stringify(next));
    setSaved(next);
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = new FormData(event.currentTarget).get('name');
    if (typeof name !== 'string' || name.trim() === '') return;
    keep([...saved.filter((one) => one.name !== name.trim()), { name: name.trim(), view }]);
    event.currentTarget.reset();
  };
  return (
    <details className="relative">
      <summary className="button">{text.assets_saved()}</summary>
      <div className="sheet absolute end-0 z-20 mt-1 w-72 max-w-[90vw] p-3 shadow-lg">
        {saved.length === 0 && <p className="text-sm text-quiet">{text.assets_saved_none()}</p>}
        <ul className="grid gap-1">
          {saved.map(({ name, view: kept }) => (
            <li key={name} className="flex items-center gap-2">
              <Link to="/assets" search={kept} className="min-w-0 grow truncate">
                {name}
              </Link>
              <button
                type="button"
                className="grid size-6 place-items-center rounded hover:bg-raised"
                aria-label={text.assets_saved_remove({ name })}
                onClick={() => keep(saved.filter((one) => one.name !== name))}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
        <form onSubmit={submit} className="mt-2 flex items-end gap-2">
          <label className="grid min-w-0 grow gap-1 text-sm">
            {text.assets_saved_name()}
            <input name="name" className="field w-full" maxLength={60} required />
          </label>
          <button type="submit" className="button">
            {text.save()}
          </button>
        </form>
      </div>
    </details>
  );
}
