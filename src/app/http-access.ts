/** Who may call the HTTP server: tokens of the configuration, those of the database, and those of an identity provider. */
import type { Config } from '../config/schema.ts';
import { knownTokens } from '../config/tokens.ts';
import type { Store } from '../store/open.ts';
import {
  type Authenticator,
  anyOf,
  keptTokenAuthenticator,
  tokenAuthenticator,
} from '../transports/http/auth.ts';
import { jwtAuthenticator } from '../transports/http/jwt.ts';
import type { HttpOptions } from '../transports/http/server.ts';

export type Access = Pick<
  HttpOptions,
  'authenticator' | 'resource' | 'allowUrlToken' | 'failuresPerMinute' | 'trustedProxies'
>;

/**
 * What startHttp is told. There is no authenticator as long as nobody ever made a token in any way; a token that was
 * revoked still counts, so that revoking the last one opens nothing.
 */
export async function accessOf(config: Config, tokens: () => Promise<Store['tokens']>): Promise<Access> {
  const { auth, server } = config;
  const { issuer, audience, jwksUrl } = auth;
  const authenticators: Authenticator[] = [];
  const provider = issuer !== undefined && audience !== undefined && jwksUrl !== undefined;
  if (provider) authenticators.push(jwtAuthenticator({ ...auth, issuer, audience, jwksUrl }));
  const some = authenticators.length > 0 || knownTokens(config).length > 0;
  if (some || (await (await tokens()).list()).length > 0) {
    // Of the configuration too, though it may have none yet: it may change while we run.
    authenticators.push(
      tokenAuthenticator(() => knownTokens(config)),
      keptTokenAuthenticator(async () =>
        (await (await tokens()).list()).filter(({ revokedAt }) => revokedAt === undefined),
      ),
    );
  }
  return {
    ...(authenticators.length > 0 ? { authenticator: anyOf(authenticators) } : {}),
    ...(provider ? { resource: { issuer, publicUrl: server.publicUrl, scopes: auth.scopes } } : {}),
    allowUrlToken: auth.allowUrlToken,
    failuresPerMinute: () => auth.failuresPerMinute,
    trustedProxies: server.trustedProxies,
  };
}
