/**
 * What a refused client is told of the token it needs (RFC 6750, section 3; RFC 9728, section 5.1; MCP authorization of
 * 2026-07-28, "Scope Challenge Handling"). Scopes are named only where an identity provider gives tokens: nobody else
 * could do anything with them.
 */
import type { Context } from 'hono';
import type { Caller, Scope } from '../../core/caller.ts';
import { BASIC_SCOPES, metadataUrl, type ProtectedResource, scopesThere } from './protected-resource.ts';

/** WWW-Authenticate of a 401. */
export function tokenChallenge(
  context: Context,
  resource: ProtectedResource | undefined,
  error: 'invalid_request' | 'invalid_token' | undefined,
): string {
  return bearer({
    error,
    ...(resource ? { scope: words(BASIC_SCOPES, resource), ...whereFrom(context, resource) } : {}),
  });
}

/**
 * WWW-Authenticate of a 403: which scopes the next token must have, those of this one among them, for it takes its
 * place. Undefined for a caller who cannot get another one by itself.
 */
export function scopeChallenge(
  context: Context,
  resource: ProtectedResource | undefined,
  { issuer, scopes }: Caller,
  needed: Scope,
): string | undefined {
  if (!resource || issuer === undefined) return undefined;
  return bearer({
    error: 'insufficient_scope',
    error_description: `This needs the scope ${needed}.`,
    scope: words([...scopes, needed], resource),
    ...whereFrom(context, resource),
  });
}

function whereFrom(context: Context, resource: ProtectedResource) {
  return { resource_metadata: metadataUrl(context, resource) };
}

function words(scopes: readonly Scope[], { scopes: names }: ProtectedResource): string | undefined {
  return scopesThere(scopes, names).join(' ') || undefined;
}

function bearer(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries({ realm: 'portolan', ...parameters }).filter(
    ([, value]) => value !== undefined,
  );
  return `Bearer ${given.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
}
