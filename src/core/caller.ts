/** Who is asking. Built by a transport after it has authenticated the request; never from the request's own words. */
export const SCOPES = ['scan:read', 'scan:run', 'scan:intrusive', 'capture:read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Caller {
  /** Name for the audit and for the ownership of tasks: `local` on stdio, else the token's name. */
  name: string;
  scopes: ReadonlySet<Scope>;
}

/** The person at this machine: stdio and the command line. */
export const LOCAL_CALLER: Caller = { name: 'local', scopes: new Set(SCOPES) };
