import { type FormEvent, useEffect, useRef } from 'react';
import { type Answer, useAct, useTool } from '../../api/call.ts';
import { formWords } from '../../parts/form-words.ts';
import { Problem, Waiting } from '../../parts/problem.tsx';
import * as text from '../../texts/messages.js';
import { CLASSES, wordOf } from '../assets/words.ts';

interface Props {
  asset: Answer<'get_asset'>['asset'];
  onClose: () => void;
}

/** What people say of a host: it holds against what scans see. */
export function EditDialog({ asset, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const past = useTool('asset_history', { asset: asset.asset_id });
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="edit-title" onClose={onClose}>
      <h2 id="edit-title">{text.asset_edit()}</h2>
      <p className="mt-1 text-sm text-quiet">{text.asset_edit_why()}</p>
      {past.error && <Problem error={past.error} />}
      {!past.data && !past.error && <Waiting />}
      {past.data && <Fields asset={asset} past={past.data} onDone={() => dialog.current?.close()} />}
    </dialog>
  );
}

function Fields({
  asset,
  past,
  onDone,
}: {
  asset: Props['asset'];
  past: Answer<'asset_history'>;
  onDone: () => void;
}) {
  const { mutate, error, isPending } = useAct('edit_asset', [
    'get_asset',
    'asset_history',
    'find_assets',
    'count_assets',
  ]);
  const named = past.name_source === 'user';
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const word = formWords(fields);
    const [name, owner] = [word('name'), word('owner')];
    mutate(
      {
        asset: asset.asset_id,
        // A name that a scan found stays one that the next scan may change.
        ...(name === (asset.name ?? '') ? {} : { name: name === '' ? null : name }),
        owner: owner === '' ? null : owner,
        tags: word('tags')
          .split(',')
          .map((tag) => tag.trim())
          .filter((tag) => tag !== ''),
        class: CLASSES.find((one) => one === word('class')) ?? 'normal',
        criticality: fields.has('critical') ? 'high' : 'normal',
        static_address: fields.has('static'),
      },
      { onSuccess: onDone },
    );
  };
  return (
    <form onSubmit={submit} className="mt-3 grid gap-3">
      <label className="grid gap-1">
        {text.name()}
        <input name="name" className="field" defaultValue={asset.name} maxLength={253} />
        <span className="text-sm text-quiet">{named ? text.asset_name_yours() : text.asset_name_seen()}</span>
      </label>
      <label className="grid gap-1">
        {text.asset_owner()}
        <input name="owner" className="field" defaultValue={past.owner} maxLength={253} />
      </label>
      <label className="grid gap-1">
        {text.asset_tags_label()}
        <input name="tags" className="field" defaultValue={asset.tags?.join(', ')} maxLength={2000} />
      </label>
      <label className="grid gap-1">
        {text.assets_class()}
        <select name="class" className="field" defaultValue={asset.class}>
          {CLASSES.map((one) => (
            <option key={one} value={one}>
              {wordOf('class', one)}
            </option>
          ))}
        </select>
      </label>
      <label className="flex min-h-6 items-center gap-2">
        <input
          name="critical"
          type="checkbox"
          className="size-6"
          defaultChecked={past.criticality === 'high'}
        />
        {text.asset_critical()}
      </label>
      <label className="flex min-h-6 items-center gap-2">
        <input name="static" type="checkbox" className="size-6" defaultChecked={past.static_address} />
        {text.asset_static()}
      </label>
      {error && <Problem error={error} />}
      <div className="flex justify-end gap-2">
        <button type="button" className="button" onClick={onDone}>
          {text.cancel()}
        </button>
        <button type="submit" className="button button-main" disabled={isPending}>
          {text.save()}
        </button>
      </div>
    </form>
  );
}
