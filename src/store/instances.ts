/** Which Portolan processes use this database, so that the tasks of a dead one are found. */
import type { Kysely, Selectable } from 'kysely';
import type { Tables } from './schema.ts';

export type Instance = Selectable<Tables['instances']>;

export class InstanceStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async register(instance: Omit<Instance, 'leaving'>): Promise<void> {
    // Again after a start that the database broke off.
    const { id: _, ...facts } = instance;
    await this.#db
      .insertInto('instances')
      .values(instance)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(facts))
      .execute();
  }

  async heartbeat(id: string, now: number): Promise<void> {
    await this.#db.updateTable('instances').set({ heartbeat_at: now }).where('id', '=', id).execute();
  }

  /** It was asked to end: its tasks are taken over later without counting that as a crash. */
  async leave(id: string): Promise<void> {
    await this.#db.updateTable('instances').set({ leaving: 1 }).where('id', '=', id).execute();
  }

  /** Every other process that ever registered and was not yet removed, living or dead. */
  async others(id: string): Promise<Instance[]> {
    return await this.#db.selectFrom('instances').selectAll().where('id', '!=', id).execute();
  }

  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom('instances').where('id', '=', id).execute();
  }
}
