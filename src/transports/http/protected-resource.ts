/**
 * Tells clients which identity provider gives tokens for us (RFC 9728), as MCP clients look for it: where a 401 points
 * to (`resource_metadata`), and at the well-known place.
 */
import type { Context, Hono } from 'hono';
import { SCOPES } from '../../core/caller.ts';
import type { HttpEnv } from './env.ts';

export interface ProtectedResource {
  /** Its issuer, by which clients find its endpoints (RFC 8414). */
  issuer: string;
  /** Path of the MCP endpoint. */
  path: string;
  /** Where clients reach us from outside; by the Host header, which has been checked, when absent. */
  publicUrl?: string | undefined;
  /** What the provider calls our scopes. */
  scopes: readonly string[];
}

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
      scopes_supported: scopes,
      bearer_methods_supported: ['header'],
      resource_name: 'Portolan',
    });
  // Section 3.1: the path of the resource follows the well-known part; clients try the bare one too.
  app.get(`${WELL_KNOWN}${path}`, answer);
  app.get(WELL_KNOWN, answer);
}

/** The names of our scopes there: those that give something, or our own. */
export function scopesThere(scopes: Readonly<Record<string, readonly string[]>>): string[] {
  const names = Object.keys(scopes);
  return names.length > 0 ? names : [...SCOPES];
}

function originOf(context: Context, publicUrl: string | undefined): string {
  return new URL(publicUrl ?? context.req.url).origin;
}
