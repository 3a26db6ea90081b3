/** What routes find in the context of a request. */
import type { HttpBindings } from '@hono/node-server';
import type { Caller, Scope } from '../../core/caller.ts';
import type { PortolanError } from '../../core/errors.ts';

export interface HttpEnv {
  Variables: {
    caller: Caller;
    /** What a 403 for a missing scope says in WWW-Authenticate, to callers who can get a token that has it. */
    scopeChallenge: (needed: Scope) => string | undefined;
    /** Why the request was refused, when it was. */
    refusal?: PortolanError;
  };
  Bindings: HttpBindings;
}
