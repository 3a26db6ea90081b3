/**
 * Tells clients which identity provider gives tokens for us (RFC 9728), as MCP clients look for it: where a 401 points
 * to (`resource_metadata`), and at the well-known place.
 */
import type { Context, Hono } from 'hono';
import type { Scope } from '../../core/caller.ts';
import type { HttpEnv } from './env.ts';

export interface ProtectedResource {
  /** Its issuer, by which clients find its endpoints (RFC 8414). */
  issuer: string;
  /** Path of the MCP endpoint. */
  path: string;
  /** Where clients reach us from outside; by the Host header, which has been checked, when absent. */
  publicUrl?: string | undefined;
  /** Which scopes of ours a scope there gives; those that are not named have our names. */
  scopes: ScopeNames;
}

export type ScopeNames = Readonly<Record<string, readonly Scope[]>>;

/** What a client needs for its everyday work; whatever needs more asks for more when it is called. */
export const BASIC_SCOPES: readonly Scope[] = ['scan:read', 'scan:run'];

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** Where the metadata is, for WWW-Authenticate. */
export function metadataUrl(context: Context, { path, publicUrl }: ProtectedResource): string {
  return `${originOf(context, publicUrl)}${WELL_KNOWN}${path}`;
}

/** Serves it, open to everybody: whoever needs it has no token yet. */
export function serveMetadata(app: Hono<HttpEnv>, resource: ProtectedResource): void {
  const { issuer, path, publicUrl, scopes } = resource;
  const answer = (context: Context) =>
    context.json({
      resource: `${originOf(context, publicUrl)}${path}`,
      authorization_servers: [issuer],
      // The least that is of use, not all there are: clients ask for every one of these.
      scopes_supported: scopesThere(BASIC_SCOPES, scopes),
      bearer_methods_supported: ['header'],
      resource_name: 'Portolan',
    });
  // Section 3.1: the path of the resource follows the well-known part; clients try the bare one too.
  app.get(`${WELL_KNOWN}${path}`, answer);
  app.get(WELL_KNOWN, answer);
}

/** RFC 6749, appendix A.4: what may stand in a `scope` parameter. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** What to ask the provider for to be given these: for each the scope there that gives it and the least besides. */
export function scopesThere(wanted: readonly Scope[], names: ScopeNames): string[] {
  const there = Object.entries(names).filter(([name]) => SCOPE_TOKEN.test(name));
  const asked = wanted.flatMap((scope) => {
    const [narrowest] = there
      .filter(([, gives]) => gives.includes(scope))
      .sort(([, some], [, others]) => some.length - others.length);
    if (narrowest) return [narrowest[0]];
    // A name of ours that stands for something else there does not give this.
    return Object.hasOwn(names, scope) ? [] : [scope];
  });
  return [...new Set(asked)];
}

function originOf(context: Context, publicUrl: string | undefined): string {
  return new URL(publicUrl ?? context.req.url).origin;
}
