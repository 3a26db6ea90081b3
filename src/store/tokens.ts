/** Bearer tokens made by `portolan token create`: names, hashes, scopes and how long they hold. Never the tokens. */
import type { Kysely, Selectable } from 'kysely';
import { SCOPES, type Scope } from '../core/caller.ts';
import type { Tables } from './schema.ts';

/** Times are milliseconds since the epoch. */
export interface StoredToken {
  name: string;
  /** SHA-256 of the token in hexadecimal. */
  hash: string;
  scopes: Scope[];
  /** Sites of the inventory that it is bound to; all when absent. */
  sites?: string[] | undefined;
  createdAt: number;
  /** Absent: it holds until it is revoked. */
  expiresAt?: number;
  revokedAt?: number;
}

export class TokenStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** Stores a token unless one of that name is valid now. @returns whether it was stored. */
  async create(token: StoredToken, now: number): Promise<boolean> {
    return await this.#db.transaction().execute(async (db) => {
      const valid = await db
        .selectFrom('tokens')
        .select('hash')
        .where('name', '=', token.name)
        .where('revoked_at', 'is', null)
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
        .executeTakeFirst();
      if (valid) return false;
      await db
        .insertInto('tokens')
        .values({
          name: token.name,
          hash: token.hash,
          scopes: JSON.stringify(token.scopes),
          sites: token.sites === undefined ? null : JSON.stringify(token.sites),
          created_at: token.createdAt,
          expires_at: token.expiresAt ?? null,
          revoked_at: token.revokedAt ?? null,
        })
        .execute();
      return true;
    });
  }

  /** Every token there ever was, newest first. */
  async list(): Promise<StoredToken[]> {
    const rows = await this.#db.selectFrom('tokens').selectAll().orderBy('created_at', 'desc').execute();
    return rows.map(toToken);
  }

  /** Ends every token of this name. @returns how many were valid until now. */
  async revoke(name: string, now: number): Promise<number> {
    const { numUpdatedRows } = await this.#db
      .updateTable('tokens')
      .set({ revoked_at: now })
      .where('name', '=', name)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    return Number(numUpdatedRows);
  }
}

function toToken(row: Selectable<Tables['tokens']>): StoredToken {
  const scopes: unknown[] = JSON.parse(row.scopes);
  return {
    name: row.name,
    hash: row.hash,
    // A scope that a later version knew and this one does not gives nothing here.
    scopes: SCOPES.filter((scope) => scopes.includes(scope)),
    ...(row.sites === null ? {} : { sites: sitesOf(row.sites) }),
    createdAt: Number(row.created_at),
    ...(row.expires_at === null ? {} : { expiresAt: Number(row.expires_at) }),
    ...(row.revoked_at === null ? {} : { revokedAt: Number(row.revoked_at) }),
  };
}

/** What cannot be read binds to a site that there never is, rather than to none. */
function sitesOf(text: string): string[] {
  const sites: unknown = JSON.parse(text);
  const names = Array.isArray(sites) ? sites.filter((one) => typeof one === 'string') : [];
  return names.length > 0 ? names : [''];
}
