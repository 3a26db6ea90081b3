/** What routes find in the context of a request. */
import type { HttpBindings } from '@hono/node-server';
import type { Caller } from '../../core/caller.ts';

export interface HttpEnv {
  Variables: { caller: Caller };
  Bindings: HttpBindings;
}
