/** Requests to the server that the page came from. The cookie goes along by itself; what changes something shows the token. */
import { Failure, failureOf, UNREACHABLE } from './failure.ts';

let csrf: string | undefined;
let onLoggedOut = () => {};

/** The word that a request by cookie must bring along, from `GET /session`. */
export function keepCsrf(word: string | undefined): void {
  csrf = word;
}

/** What a request by cookie that changes something brings along. */
export function csrfHeader(): Record<string, string> {
  return csrf === undefined ? {} : { 'X-Portolan-CSRF': csrf };
}

/** Told when the server knows the session no longer. */
export function whenLoggedOut(tell: () => void): void {
  onLoggedOut = tell;
}

/** Finds out whether the server still knows the session. */
export async function checkSession(): Promise<void> {
  await request('/session').catch((error: unknown) => {
    if (error instanceof Failure && error.status === 401) onLoggedOut();
  });
}

/** @throws Failure whatever the server refuses, and `unreachable` when it does not answer. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('Accept', headers.get('Accept') ?? 'application/json');
  if (init.method !== undefined)
    for (const [name, value] of Object.entries(csrfHeader())) headers.set(name, value);
  const response = await fetch(path, { ...init, headers, credentials: 'same-origin' }).catch(
    (error: unknown) => {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw new Failure(0, UNREACHABLE, 'The server does not answer.', '');
    },
  );
  if (response.ok) return response;
  const failure = await failureOf(response);
  // The door's refusal, not that of a tool that wants a token of its own.
  const atDoor = failure.status === 401 && response.headers.has('WWW-Authenticate');
  if (atDoor && path !== '/session') onLoggedOut();
  throw failure;
}

/** What is sent as JSON. */
export function json(method: 'POST' | 'DELETE', body: unknown): RequestInit {
  return { method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
}
