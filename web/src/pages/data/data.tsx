/** Files of other programs in, the inventory out. */
import { type FormEvent, useRef, useState } from 'react';
import { type Answer, useAct } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Problem } from '../../parts/problem.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';

const FORMATS = [
  'csv',
  'json',
  'jsonl',
  'nmap-xml',
  'markdown',
  'sarif',
  'ecs',
  'ocsf',
  'prometheus',
] as const;

export function Data() {
  const session = useSession();
  return (
    <>
      <h1>{text.data_title()}</h1>
      <p className="mt-1 text-quiet">{text.data_lead()}</p>
      {session.can('inventory:write') ? <Import /> : <p className="my-4">{text.data_needs()}</p>}
      <Export />
    </>
  );
}

function Import() {
  const form = useRef<HTMLFormElement>(null);
  const preview = useAct('import_inventory', []);
  const take = useAct('import_inventory', ['find_assets', 'what_changed', 'show_coverage', 'get_asset']);
  const path = () => String(new FormData(form.current ?? undefined).get('path')).trim();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    take.reset();
    preview.mutate({ path: path(), preview: true });
  };
  const answer = take.data ?? preview.data;
  const error = take.error ?? preview.error;
  return (
    <section className="sheet my-6 p-4">
      <h2>{text.data_import()}</h2>
      <p className="mt-1 text-quiet">{text.data_import_what()}</p>
      <form ref={form} onSubmit={submit} className="mt-3 flex flex-wrap items-end gap-2">
        <label className="grid grow gap-1 sm:max-w-md">
          {text.data_path()}
          <input
            name="path"
            required
            className="field font-mono"
            placeholder="monday.xml"
            spellCheck={false}
          />
        </label>
        <button type="submit" className="button" disabled={preview.isPending}>
          {text.data_preview()}
        </button>
        <button
          type="button"
          className="button button-main"
          disabled={!preview.data || take.isPending}
          onClick={() => take.mutate({ path: path(), preview: false })}
        >
          {text.data_take_in()}
        </button>
      </form>
      {error && <Problem error={error} />}
      <div role="status">
        {answer && <Meaning answer={answer} />}
        {take.data?.new_looks !== undefined && (
          <p className="mt-2 font-semibold text-good">✓ {text.data_kept()}</p>
        )}
      </div>
    </section>
  );
}

/** What a file would mean: hosts, coverage, what is left out, what will not be compared. */
function Meaning({ answer }: { answer: Answer<'import_inventory'> }) {
  return (
    <dl className="mt-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
      <dt className="text-quiet">{text.data_format()}</dt>
      <dd>
        {answer.format} · {text.hosts({ count: answer.hosts })} · {text.data_looks({ count: answer.looks })}
      </dd>
      {answer.completeness !== undefined && (
        <>
          <dt className="text-quiet">{text.data_completeness()}</dt>
          <dd>{answer.completeness}</dd>
        </>
      )}
      {answer.left_out.map(({ why, count, example }) => (
        <div key={why} className="contents">
          <dt className="text-quiet">{text.data_left_out()}</dt>
          <dd>
            {count} × {why} <Untrusted>{example}</Untrusted>
          </dd>
        </div>
      ))}
      {answer.not_compared.map((line) => (
        <div key={line} className="contents">
          <dt className="text-quiet">{text.data_not_compared()}</dt>
          <dd>{line}</dd>
        </div>
      ))}
      {answer.problem !== undefined && (
        <>
          <dt className="text-high">▲ {text.data_problem()}</dt>
          <dd>
            <Untrusted>{answer.problem}</Untrusted>
          </dd>
        </>
      )}
    </dl>
  );
}

function Export() {
  const [query, setQuery] = useState('');
  const search = query.trim() === '' ? '' : `?${new URLSearchParams({ query: query.trim() })}`;
  return (
    <section className="sheet my-6 p-4">
      <h2>{text.data_export()}</h2>
      <label className="mt-2 grid gap-1 sm:max-w-md">
        {text.data_export_hosts()}
        <input
          className="field font-mono"
          value={query}
          onChange={({ target }) => setQuery(target.value)}
          placeholder={text.query_hint()}
          spellCheck={false}
        />
      </label>
      <ul className="mt-3 flex flex-wrap gap-2">
        {FORMATS.map((format) => (
          <li key={format}>
            <a className="button" href={`/inventory/export/${format}${search}`} download>
              {text.data_download({ format })}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
