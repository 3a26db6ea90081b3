/** The token of the capture tools, where the operator asks for one: kept in memory, until the page is loaded anew. */
import { type FormEvent, useSyncExternalStore } from 'react';
import { Failure } from '../../api/failure.ts';
import { Problem } from '../../parts/problem.tsx';
import * as text from '../../texts/messages.js';

let given: { auth_token?: string } = {};
const watchers = new Set<() => void>();

/** What every call of a capture tool takes along. */
export function useToken(): { auth_token?: string } {
  return useSyncExternalStore(
    (tell) => {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    () => given,
  );
}

/** What went wrong; where a token was missing or wrong, with a field for it. */
export function CaptureProblem({ error, retry }: { error: Error; retry: () => void }) {
  const missing = error instanceof Failure && error.code === 'unauthorized';
  const give = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get('token');
    if (typeof token !== 'string' || token === '') return;
    given = { auth_token: token };
    for (const tell of watchers) tell();
  };
  return (
    <>
      <Problem error={error} {...(missing ? {} : { retry })} />
      {missing && (
        <form onSubmit={give} className="sheet my-3 flex flex-wrap items-end gap-2 p-4">
          <label className="grid gap-1">
            {text.captures_token()}
            <input name="token" type="password" autoComplete="off" required className="field font-mono" />
          </label>
          <button type="submit" className="button">
            {text.apply()}
          </button>
        </form>
      )}
    </>
  );
}
