/** Who a host is, how sure that is and why, and what can be done about it. */
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { Answer } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Moment, whole } from '../../parts/moment.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { State } from '../assets/state.tsx';
import { wordOf } from '../assets/words.ts';
import { EditDialog } from './edit-dialog.tsx';
import { momentOf } from './moment-of.ts';

interface Props {
  view: Answer<'get_asset'>;
  at: string | undefined;
  onAt: (at: string | undefined) => void;
}

export function Head({ view, at, onAt }: Props) {
  const session = useSession();
  const [edits, setEdits] = useState(false);
  const { asset, confidence, one_host_because: why } = view;
  const title = asset.name ?? asset.address ?? asset.asset_id;
  return (
    <header>
      <p>
        <Link to="/assets">{text.assets_title()}</Link>
      </p>
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="me-auto min-w-0 break-words">
          <Untrusted>{title}</Untrusted>
        </h1>
        {asset.address !== undefined && session.can('scan:run') && (
          <Link to="/scans/new" search={{ target: asset.address }} className="button button-main">
            {text.asset_rescan()}
          </Link>
        )}
        {session.can('inventory:write') && (
          <button type="button" className="button" onClick={() => setEdits(true)}>
            {text.asset_edit()}
          </button>
        )}
      </div>
      <p className="mt-1 flex flex-wrap gap-x-4 gap-y-1">
        <State of={asset.state} />
        <span className="font-mono break-all">
          {[asset.address, ...(asset.other_addresses ?? [])].filter(Boolean).join(', ')}
        </span>
        <Untrusted>{asset.vendor}</Untrusted>
        <Untrusted>{asset.os}</Untrusted>
        <span>{wordOf('class', asset.class)}</span>
        {asset.tags?.map((tag) => (
          <span key={tag} className="chip">
            <Untrusted>{tag}</Untrusted>
          </span>
        ))}
      </p>
      <p className="mt-1 text-quiet">
        {text.asset_seen_first()} <Moment at={asset.first_seen} /> · {text.asset_seen_last()}{' '}
        <Moment at={asset.last_seen} /> · {text.assets_site()} <Untrusted>{asset.site}</Untrusted>
      </p>
      <p className="mt-1">
        <strong>{text.asset_confidence({ percent: Math.round(confidence * 100) })}</strong>{' '}
        {why !== undefined && (
          <>
            {text.asset_because()} <Untrusted>{why}</Untrusted>
          </>
        )}
      </p>
      <AsOf key={at} at={at} first={asset.first_seen} onAt={onAt} />
      {edits && <EditDialog asset={asset} onClose={() => setEdits(false)} />}
    </header>
  );
}

/** The host as it was at a moment: the page says so as long as it is not of now. */
function AsOf({ at, first, onAt }: { at: string | undefined; first: string; onAt: Props['onAt'] }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget).get('at');
    if (typeof given === 'string' && given !== '') onAt(momentOf(given, first, Date.now()));
  };
  return (
    <div className={at === undefined ? 'mt-3' : 'sheet mt-3 border-s-4 border-s-medium p-3'}>
      {at !== undefined && (
        <p className="mb-2 font-medium">{text.asset_as_of_shown({ time: whole(new Date(at)) })}</p>
      )}
      <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
        <label className="grid gap-1 text-sm">
          {text.asset_as_of()}
          <input
            name="at"
            type="datetime-local"
            className="field"
            defaultValue={at === undefined ? '' : local(at)}
            required
          />
        </label>
        <button type="submit" className="button">
          {text.asset_show()}
        </button>
        {at !== undefined && (
          <button type="button" className="button" onClick={() => onAt(undefined)}>
            {text.asset_as_now()}
          </button>
        )}
      </form>
    </div>
  );
}

/** As a field for local times wants it: `2026-11-30T09:15`. */
function local(at: string): string {
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
