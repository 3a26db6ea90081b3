import { type FormEvent, type RefObject, useEffect, useState } from 'react';
import * as text from '../../texts/messages.js';
import { partsOf, toggled, without } from './query-parts.ts';

/** Questions that are asked most. */
const COMMON = [
  { part: 'is:new', name: text.assets_common_new },
  { part: 'is:unexpected', name: text.assets_common_unexpected },
  { part: 'has:cert_expiring', name: text.assets_common_certificates },
  { part: 'is:flapping', name: text.assets_common_flapping },
  { part: '-last_seen:<7d', name: text.assets_common_unseen },
] as const;

interface Props {
  query: string;
  onChange: (query: string) => void;
  /** So that a key of the page leads here. */
  field: RefObject<HTMLInputElement | null>;
}

/** The query as a line, which Enter gives on, and as chips, each of which can be taken away. */
export function QueryBar({ query, onChange, field }: Props) {
  const [typed, setTyped] = useState(query);
  useEffect(() => setTyped(query), [query]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onChange(typed.trim());
  };
  const parts = partsOf(query) ?? [query];
  const others = COMMON.filter(({ part }) => !parts.includes(part));
  return (
    <search className="my-4 block">
      <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
        <label className="grid min-w-0 grow gap-1 text-sm">
          {text.assets_query()}
          <input
            ref={field}
            name="query"
            className="field w-full font-mono"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            placeholder={text.assets_query_hint()}
            maxLength={1024}
            spellCheck={false}
            autoComplete="off"
            aria-describedby="query-words"
          />
        </label>
        <button type="submit" className="button button-main">
          {text.search()}
        </button>
      </form>
      <details className="mt-1 text-sm">
        <summary className="text-quiet">{text.assets_query_words_title()}</summary>
        <p id="query-words" className="mt-1">
          {text.assets_query_words()}
        </p>
      </details>
      <ul aria-label={text.assets_filters()} className="mt-2 flex flex-wrap gap-1.5">
        {parts.map((part) => (
          <li key={part} className="chip border-accent bg-raised">
            <code className="break-all">{part}</code>
            <button
              type="button"
              className="grid size-6 place-items-center rounded-full hover:bg-sheet"
              aria-label={text.assets_remove_filter({ part })}
              onClick={() => onChange(without(query, part))}
            >
              ×
            </button>
          </li>
        ))}
        {others.map(({ part, name }) => (
          <li key={part}>
            <button
              type="button"
              className="chip min-h-7 border-dashed"
              onClick={() => onChange(toggled(query, part))}
            >
              <span aria-hidden="true">+</span> {name()}
            </button>
          </li>
        ))}
      </ul>
    </search>
  );
}
