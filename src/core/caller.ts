/** Who is asking. Built by a transport after it has authenticated the request; never from the request's own words. */
export const SCOPES = [
  'scan:read',
  'scan:run',
  'scan:intrusive',
  'capture:read',
  'capture:upload',
  'inventory:read',
  'inventory:write',
  'inventory:approve',
  'schedules:read',
  'schedules:write',
  'alerts:read',
  'alerts:write',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

export interface Caller {
  /** Name for people, in messages and the audit: `local` on stdio, else the token's name. It may come back. */
  name: string;
  /**
   * Owner of the caller's tasks, and never anybody else's: one token and no later one of its name, or the subject of one
   * issuer.
   */
  id: string;
  scopes: ReadonlySet<Scope>;
  /** Sites of the inventory it may see and change; all when absent. */
  sites?: readonly string[];
  /** The identity provider that vouches for it, which may also give it a token with more scopes. */
  issuer?: string;
}

/** The person at this machine: stdio and the command line. */
export const LOCAL_CALLER: Caller = { name: 'local', id: 'local', scopes: new Set(SCOPES) };

/** The identity of a token: its name, and as much of its hash as tells it from a later one of that name. */
export function tokenIdentity(name: string, hash: string): string {
  return `${name}#${hash.slice(0, 16)}`;
}

/** The subject of an issuer (OpenID Connect Core, section 2: only together do they name somebody). Neither has spaces. */
export function subjectIdentity(issuer: string, subject: string): string {
  return `jwt:${issuer} ${subject}`;
}

/** An identity as it may be written down: without the part of a hash. */
export function nameOf(identity: string): string {
  return identity.replace(/#[0-9a-f]{16}$/, '');
}
