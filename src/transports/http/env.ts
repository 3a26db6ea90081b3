/** What routes find in the context of a request. */
import type { HttpBindings } from '@hono/node-server';
import type { Caller, Scope } from '../../core/caller.ts';
import type { PortolanError } from '../../core/errors.ts';

export interface HttpEnv {
  Variables: {
    caller: Caller;
    /** What a 403 for a missing scope says in WWW-Authenticate, to callers who can get a token that has it. */
    scopeChallenge: (needed: Scope) => string | undefined;
    /** Of a browser that has logged in. */
    session?: {
      how: 'token' | 'link';
      /** What its requests say to change something. */
      csrf: string;
      /** Until it is over, when it is not used any more. */
      expiresInSeconds: number;
      end(): Promise<void>;
    };
    /** Why the request was refused, when it was. */
    refusal?: PortolanError;
  };
  Bindings: HttpBindings;
}
