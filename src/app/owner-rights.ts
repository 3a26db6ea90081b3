/** What the owner of a schedule may do now: the person at this machine, a token of the configuration or of the database. */
import type { Config } from '../config/schema.ts';
import { knownTokens } from '../config/tokens.ts';
import { LOCAL_CALLER, nameOf, type Scope, tokenIdentity } from '../core/caller.ts';
import type { RightsOf } from '../schedules/rights.ts';
import type { Store } from '../store/open.ts';

export function ownerRights(
  config: Config,
  store: () => Promise<Pick<Store, 'tokens'>>,
  now: () => number = Date.now,
): RightsOf {
  return async (owner) => {
    if (owner === LOCAL_CALLER.id) return { caller: LOCAL_CALLER };
    const name = nameOf(owner);
    // Its tokens come with each request; nobody can be asked what the subject may do without one.
    if (owner.startsWith('jwt:'))
      return { gone: `What ${name} may do is said by an identity provider, with each request alone.` };
    const callerOf = ({
      scopes,
      sites,
    }: {
      scopes: readonly Scope[];
      sites?: readonly string[] | undefined;
    }) => ({
      caller: { id: owner, name, scopes: new Set(scopes), ...(sites === undefined ? {} : { sites }) },
    });
    const isOwner = (token: { name: string; hash: string }) =>
      tokenIdentity(token.name, token.hash) === owner;
    const configured = knownTokens(config).find(isOwner);
    if (configured) return callerOf(configured);
    const kept = (await (await store()).tokens.list()).find(isOwner);
    if (!kept) return { unknown: `The token ${name} is known to no server any more.` };
    if (kept.revokedAt !== undefined) return { gone: `The token ${name} was revoked.` };
    if (kept.expiresAt !== undefined && kept.expiresAt <= now())
      return { gone: `The token ${name} has expired.` };
    return callerOf(kept);
  };
}
