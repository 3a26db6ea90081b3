import type { FormEvent } from 'react';
import * as text from '../texts/messages.js';
import { formWords } from './form-words.ts';

/** Which hosts, in the language of find_assets. Given on by Enter or the button, so that a half-typed word asks nothing. */
export function QueryField({
  query,
  onChange,
}: {
  query: string | undefined;
  onChange: (query: string) => void;
}) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onChange(formWords(new FormData(event.currentTarget))('query'));
  };
  return (
    <search>
      <form key={query} onSubmit={submit} className="my-4 flex flex-wrap items-end gap-2">
        <label className="grid min-w-0 grow gap-1 text-sm sm:max-w-md">
          {text.query()}
          <input
            name="query"
            className="field font-mono"
            defaultValue={query}
            placeholder={text.query_hint()}
            spellCheck={false}
          />
        </label>
        <button type="submit" className="button">
          {text.apply()}
        </button>
      </form>
    </search>
  );
}
