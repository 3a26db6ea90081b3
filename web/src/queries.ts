/** The one store of what was read from the server. */
import { QueryClient } from '@tanstack/react-query';
import { Failure, UNREACHABLE } from './api/failure.ts';

/** What the server refused it refuses again; what did not arrive may arrive the next time. */
function worthAnother(count: number, error: Error): boolean {
  return count < 3 && !(error instanceof Failure && error.code !== UNREACHABLE && error.status < 500);
}

export const queries = new QueryClient({
  // Events tell when something changed (api/live.ts); the age alone makes nothing stale.
  defaultOptions: { queries: { retry: worthAnother, staleTime: 30_000, refetchOnWindowFocus: false } },
});
