/**
 * Signed tokens of an identity provider (JWT, RFC 7519, as access tokens in the sense of RFC 9068). Nothing in a token
 * is believed before its signature, issuer, audience and times have been checked.
 */
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { type Caller, SCOPES, type Scope, subjectIdentity } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import type { Authenticator } from './auth.ts';

export interface IdentityProvider {
  issuer: string;
  /** What the provider calls us; a token for another service is refused. */
  audience: string;
  jwksUrl: string;
  /** Claim with the caller's name, such as `sub`. */
  nameClaim: string;
  /** Claim with scopes: a list, or words with spaces between. */
  scopesClaim: string;
  /** Scopes of ours by scope there; those that are not named stand for themselves. */
  scopes: Readonly<Record<string, readonly Scope[]>>;
}

// Signatures with a key pair only: `none` and shared secrets are never valid (RFC 8725, sections 3.1 and 3.2).
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_SKEW_SECONDS = 30;
const KEYS_TIMEOUT_MS = 5000;
/** After the keys could not be fetched we do not ask again for so long. */
const KEYS_RETRY_MS = 10_000;
/** `eyJ…`.`…`.`…`: everything else is not asked about. */
const JWT = /^ey[\w-]+\.[\w-]+\.[\w-]*$/;
// Printable, no spaces, and not to be mistaken for another: it stands in the audit.
const NAME = /^[\x21-\x7e]{1,128}$/;
/** OpenID Connect Core, section 2: up to 255 ASCII characters. */
const SUBJECT = /^[\x21-\x7e]{1,255}$/;

/**
 * Callers are named `jwt:` and their name there, so that none takes the name of one of our own tokens; what they own is
 * the issuer's subject's, as a name there may be given to somebody else.
 */
export function jwtAuthenticator(provider: IdentityProvider, now: () => number = Date.now): Authenticator {
  let loading: ReturnType<typeof load> | undefined;
  const load = async () => {
    const jose = await import('jose');
    return { jose, keyFor: keysOf(jose, provider.jwksUrl, now) };
  };
  return {
    async authenticate(token) {
      if (!JWT.test(token)) return undefined;
      loading ??= load();
      const { jose, keyFor } = await loading;
      try {
        const { payload } = await jose.jwtVerify(token, keyFor, {
          issuer: provider.issuer,
          audience: provider.audience,
          algorithms: ALGORITHMS,
          clockTolerance: CLOCK_SKEW_SECONDS,
          requiredClaims: ['exp', 'sub'],
          currentDate: new Date(now()),
        });
        return callerOf(payload, provider);
      } catch (error) {
        if (error instanceof PortolanError) throw error;
        return undefined;
      }
    },
  };
}

/** The provider's public keys: fetched when needed, kept for some minutes, not asked for again at once when that fails. */
function keysOf(jose: typeof import('jose'), url: string, now: () => number): JWTVerifyGetKey {
  const keys = jose.createRemoteJWKSet(new URL(url), { timeoutDuration: KEYS_TIMEOUT_MS });
  let silentUntil = 0;
  return async (header, token) => {
    if (!keys.fresh && silentUntil > now()) throw unreachable();
    try {
      return await keys(header, token);
    } catch (error) {
      // With keys at hand, the fault is the token's: it names a key that is not among them.
      if (keys.fresh) throw error;
      silentUntil = now() + KEYS_RETRY_MS;
      throw unreachable(error);
    }
  };
}

function unreachable(cause?: unknown): PortolanError {
  return new PortolanError(
    'unauthorized',
    'The keys of the identity provider cannot be fetched, so its tokens cannot be checked.',
    'Try again in a moment; the operator looks at auth.jwksUrl.',
    { retryAfterSeconds: KEYS_RETRY_MS / 1000, cause },
  );
}

function callerOf(payload: JWTPayload, provider: IdentityProvider): Caller | undefined {
  const name = payload[provider.nameClaim];
  const { sub } = payload;
  if (typeof name !== 'string' || !NAME.test(name)) return undefined;
  if (sub === undefined || !SUBJECT.test(sub)) return undefined;
  const claimed = wordsOf(payload[provider.scopesClaim]);
  const scopes = claimed.flatMap((word) =>
    Object.hasOwn(provider.scopes, word)
      ? (provider.scopes[word] ?? [])
      : SCOPES.filter((one) => one === word),
  );
  const { issuer } = provider;
  return { name: `jwt:${name}`, id: subjectIdentity(issuer, sub), scopes: new Set(scopes), issuer };
}

function wordsOf(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ');
  return Array.isArray(claim) ? claim.filter((word) => typeof word === 'string') : [];
}
