import { z } from 'zod';
import { SCOPES, type Scope } from '../core/caller.ts';
import { SITE_NAME } from './network-entry.ts';
import { isSampleHash } from './samples.ts';

/** A token of the HTTP server, kept as its hash: who has the file cannot use it. */
export interface TokenEntry {
  /** Owner of the tasks started with it, and its name in the logs. */
  name: string;
  /** SHA-256 of the token in hexadecimal. A random 256-bit token needs no slow hash. */
  hash: string;
  scopes: Scope[];
  /** Sites of the inventory that it may see and change; all when absent. */
  sites?: string[] | undefined;
}

/** Fields of an entry that are never shown. */
export const SECRET_FIELDS: readonly (keyof TokenEntry)[] = ['hash'];

export function tokenEntry(): z.ZodType<TokenEntry> {
  return z.strictObject({
    name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'up to 64 letters, digits, dots, dashes or underscores'),
    hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'the SHA-256 of the token in 64 lower-case hexadecimal digits')
      .refine(
        (hash) => !isSampleHash(hash),
        'the hash of a token of your own, not of a sample that everybody knows (`portolan token create NAME --entry` makes one)',
      ),
    scopes: z.array(z.enum(SCOPES)).min(1),
    sites: z.array(z.string().regex(SITE_NAME, 'names of sites')).min(1).optional(),
  });
}

/** What a scope of an identity provider gives here, by its name there. */
export type ScopeNames = Record<string, Scope[]>;

export function scopeNames(): z.ZodType<ScopeNames> {
  return z.record(z.string().min(1).max(256), z.array(z.enum(SCOPES)));
}
