/** What whoever owns a schedule may do now. Built in app, which knows where tokens are kept. */
import type { Caller, Scope } from '../core/caller.ts';

/** `unknown`: nothing is known here of the owner, though another process may know it. */
export type Rights = { caller: Caller } | { gone: string } | { unknown: string };

export type RightsOf = (owner: string) => Promise<Rights>;

/** What an owner needs: to keep schedules, and to scan. Intrusive scans need more, as always. */
const NEEDED = ['schedules:write', 'scan:run'] as const satisfies readonly Scope[];

/** In words, what the rights lack for running a schedule; undefined when they are enough. */
export function lacks(caller: Caller): string | undefined {
  const missing = NEEDED.filter((scope) => !caller.scopes.has(scope));
  return missing.length === 0 ? undefined : `${caller.name} has not the scope ${missing.join(' and ')}`;
}
