import { type FormEvent, useState } from 'react';
import { useSession } from '../../api/session.ts';
import { Problem } from '../../parts/problem.tsx';
import * as text from '../../texts/messages.js';
import { type BulkEdit, useBulk } from './bulk.ts';
import type { AssetRow } from './rows.ts';
import { CLASSES, wordOf } from './words.ts';

interface Props {
  rows: readonly AssetRow[];
  /** The hosts as they are after something was said of them. */
  onDone: (rows: readonly AssetRow[]) => void;
  onClear: () => void;
}

/** What can be said of the chosen hosts. The buttons name what becomes of how many. */
export function BulkBar({ rows, onDone, onClear }: Props) {
  const session = useSession();
  const { mutate, error, isPending } = useBulk();
  const [done, setDone] = useState('');
  const act = (edit: BulkEdit) =>
    mutate(
      { rows, edit },
      {
        onSuccess: (after) => {
          setDone(text.assets_bulk_done({ count: rows.length }));
          onDone(after);
        },
      },
    );
  const submit = (kind: 'tag' | 'untag' | 'accept') => (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const value = new FormData(event.currentTarget).get(kind);
    if (typeof value !== 'string' || value.trim() === '') return;
    const word = value.trim();
    act(kind === 'tag' ? { tag: word } : kind === 'untag' ? { untag: word } : { accept: word });
  };
  const tags = [...new Set(rows.flatMap(({ tags: own = [] }) => own))].sort();
  return (
    <section aria-label={text.assets_bulk()} className="sheet my-3 p-3">
      <div className="flex flex-wrap items-center gap-2">
        <strong>{text.assets_selected({ count: rows.length })}</strong>
        <button type="button" className="button" onClick={onClear}>
          {text.assets_clear()}
        </button>
      </div>
      <div className="mt-2 flex flex-wrap items-end gap-x-5 gap-y-2">
        <form onSubmit={submit('tag')} className="flex items-end gap-2">
          <label className="grid gap-1 text-sm">
            {text.assets_tag()}
            <input name="tag" className="field w-36" maxLength={64} required />
          </label>
          <button type="submit" className="button" disabled={isPending}>
            {text.assets_add_tag()}
          </button>
        </form>
        {tags.length > 0 && (
          <form onSubmit={submit('untag')} className="flex items-end gap-2">
            <label className="grid gap-1 text-sm">
              {text.assets_tag()}
              <select name="untag" className="field">
                {tags.map((tag) => (
                  <option key={tag}>{tag}</option>
                ))}
              </select>
            </label>
            <button type="submit" className="button" disabled={isPending}>
              {text.assets_remove_tag()}
            </button>
          </form>
        )}
        <label className="grid gap-1 text-sm">
          {text.assets_class()}
          <select
            className="field"
            value=""
            disabled={isPending}
            onChange={({ target }) => {
              const chosen = CLASSES.find((one) => one === target.value);
              if (chosen) act({ class: chosen });
            }}
          >
            <option value="">{text.assets_choose_class()}</option>
            {CLASSES.map((one) => (
              <option key={one} value={one}>
                {wordOf('class', one)}
              </option>
            ))}
          </select>
        </label>
        {session.can('inventory:approve') ? (
          <form onSubmit={submit('accept')} className="flex min-w-0 items-end gap-2">
            <label className="grid min-w-0 gap-1 text-sm">
              {text.reason()}
              <input name="accept" className="field w-full" maxLength={500} required />
            </label>
            <button type="submit" className="button button-main" disabled={isPending}>
              {text.assets_accept({ count: rows.length })}
            </button>
          </form>
        ) : (
          <p className="text-sm text-quiet">{text.assets_accept_needs()}</p>
        )}
      </div>
      {error && <Problem error={error} />}
      <p role="status" className="text-sm">
        {isPending ? text.loading() : done}
      </p>
    </section>
  );
}
