import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type FormEvent, useEffect } from 'react';
import { logIn, sessionQuery } from '../api/session.ts';
import { Problem } from '../parts/problem.tsx';
import * as text from '../texts/messages.js';
import { Looks } from './looks.tsx';

const route = getRouteApi('/login');

/** A token, or the code of a one-time link behind `#code=`, for a session. */
export function LogIn() {
  const { next = '/' } = route.useSearch();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: logIn,
    onSuccess: async (session) => {
      client.setQueryData(sessionQuery.queryKey, session);
      await navigate({ href: next });
    },
  });
  useEffect(() => {
    const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1];
    if (code === undefined) return;
    // Out of the address at once: it is used up, and nothing for a history.
    history.replaceState(history.state, '', location.pathname + location.search);
    mutate({ code });
  }, [mutate]);
  // Who it was, as far as this page knows, is over: asked anew when somebody goes on. Only now, as pages show who it is.
  useEffect(() => client.removeQueries({ queryKey: sessionQuery.queryKey }), [client]);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get('token');
    if (typeof token === 'string' && token.trim() !== '') mutate({ token: token.trim() });
  };
  return (
    <main className="mx-auto grid max-w-md grid-cols-[minmax(0,1fr)] gap-5 p-6 pt-[12vh]">
      <h1>{text.log_in_title()}</h1>
      <p>{text.log_in_why()}</p>
      {error && <Problem error={error} />}
      <form onSubmit={submit} className="sheet grid gap-3 p-4">
        <label className="grid gap-1">
          <span className="font-semibold">{text.token()}</span>
          <input name="token" type="password" autoComplete="off" required className="field font-mono" />
        </label>
        <button type="submit" className="button button-main justify-center" disabled={isPending}>
          {isPending ? text.loading() : text.log_in()}
        </button>
      </form>
      <p className="text-sm break-words text-quiet">
        {text.log_in_how()} <code>portolan open</code> · <code>portolan token create NAME</code>
      </p>
      <Looks />
    </main>
  );
}
