/** Who is logged in, and what they may do. The server checks each call; this only decides what is shown. */
import { queryOptions, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { Failure } from './failure.ts';
import { json, keepCsrf, request } from './request.ts';

const Session = z.object({
  name: z.string(),
  scopes: z.array(z.string()),
  sites: z.optional(z.array(z.string())),
  csrf: z.optional(z.string()),
  how: z.enum(['token', 'link', 'local']),
  /** Machines that can be scanned from, beside the server itself. */
  scanners: z._default(z.array(z.string()), []),
  version: z.string(),
});
export type Session = z.infer<typeof Session>;

/** Null: nobody is logged in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async (): Promise<Session | null> => {
    try {
      return entered(await (await request('/session')).json());
    } catch (error) {
      if (error instanceof Failure && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: Number.POSITIVE_INFINITY,
});

/** Exchanges a token, or the code of a one-time link, for a session. @throws Failure */
export async function logIn(proof: { token: string } | { code: string }): Promise<Session> {
  await request('/session', json('POST', proof));
  // Asked anew: a browser that does not keep the cookie is found out here.
  return entered(await (await request('/session')).json());
}

export async function logOut(): Promise<void> {
  await request('/session', { method: 'DELETE' });
  keepCsrf(undefined);
}

function entered(body: unknown): Session {
  const session = Session.parse(body);
  keepCsrf(session.csrf);
  return session;
}

/** For pages, which are shown to those who are logged in. */
export function useSession(): Session & { can: (scope: string) => boolean } {
  const { data } = useSuspenseQuery(sessionQuery);
  const client = useQueryClient();
  if (data === null) {
    void client.invalidateQueries({ queryKey: ['session'] });
    throw new Failure(401, 'unauthorized', 'Nobody is logged in.', '');
  }
  return { ...data, can: (scope) => data.scopes.includes(scope) };
}
