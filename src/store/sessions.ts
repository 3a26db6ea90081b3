/** Log-ins of browsers, and the one-time codes of `portolan open`: hashes and what only a cookie can unseal. */
import type { Kysely } from 'kysely';
import type { KeptSession } from '../core/session.ts';
import type { Tables } from './schema.ts';

export class SessionStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** Keeps one. @param most of its owner that are kept; beyond it those go that were not used for longest. */
  async open(session: KeptSession, most: number): Promise<void> {
    const { hash, owner, sealed, createdAt, seenAt } = session;
    await this.#db.transaction().execute(async (db) => {
      await db
        .insertInto('sessions')
        .values({ hash, owner, sealed, created_at: createdAt, seen_at: seenAt })
        .execute();
      const kept = db
        .selectFrom('sessions')
        .select('hash')
        .where('owner', '=', owner)
        .orderBy('seen_at', 'desc')
        .orderBy('created_at', 'desc')
        .limit(most);
      await db.deleteFrom('sessions').where('owner', '=', owner).where('hash', 'not in', kept).execute();
    });
  }

  async find(hash: string): Promise<KeptSession | undefined> {
    const row = await this.#db.selectFrom('sessions').selectAll().where('hash', '=', hash).executeTakeFirst();
    if (!row) return undefined;
    const { owner, sealed, created_at: createdAt, seen_at: seenAt } = row;
    return { hash, owner, sealed, createdAt: Number(createdAt), seenAt: Number(seenAt) };
  }

  async seen(hash: string, at: number): Promise<void> {
    await this.#db.updateTable('sessions').set({ seen_at: at }).where('hash', '=', hash).execute();
  }

  async close(hash: string): Promise<void> {
    await this.#db.deleteFrom('sessions').where('hash', '=', hash).execute();
  }

  /** @param hash SHA-256 of the code in hexadecimal. */
  async addLink(hash: string, expiresAt: number): Promise<void> {
    await this.#db.insertInto('links').values({ hash, expires_at: expiresAt }).execute();
  }

  /** Whether a code waits to be used. */
  async hasLink(hash: string): Promise<boolean> {
    const row = await this.#db.selectFrom('links').select('hash').where('hash', '=', hash).executeTakeFirst();
    return row !== undefined;
  }

  /** Uses a code up. @returns whether it was good: made here, not used before, not too old. */
  async takeLink(hash: string, now: number): Promise<boolean> {
    const taken = await this.#db
      .deleteFrom('links')
      .where('hash', '=', hash)
      .returning('expires_at')
      .executeTakeFirst();
    return taken !== undefined && Number(taken.expires_at) > now;
  }

  /** Deletes what is over. */
  async prune(before: { seen: number; created: number }, now: number): Promise<void> {
    await this.#db
      .deleteFrom('sessions')
      .where((eb) => eb.or([eb('seen_at', '<', before.seen), eb('created_at', '<', before.created)]))
      .execute();
    await this.#db.deleteFrom('links').where('expires_at', '<', now).execute();
  }
}
