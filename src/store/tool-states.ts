/** Which tools an administrator has switched off; the others have no row. */
import type { Kysely } from 'kysely';
import type { Tables } from './schema.ts';

export class ToolStateStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async disabled(): Promise<string[]> {
    const rows = await this.#db.selectFrom('disabled_tools').select('name').orderBy('name').execute();
    return rows.map(({ name }) => name);
  }

  /** @param by name of the caller who does it. @param now milliseconds since the epoch. */
  async disable(name: string, by: string, now: number): Promise<void> {
    await this.#db
      .insertInto('disabled_tools')
      .values({ name, disabled_by: by, disabled_at: now })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
  }

  async enable(name: string): Promise<void> {
    await this.#db.deleteFrom('disabled_tools').where('name', '=', name).execute();
  }
}
