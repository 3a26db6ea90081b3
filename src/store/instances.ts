/** Which Portolan processes use this database, so that the tasks of a dead one are found. */
import type { Kysely, Selectable } from 'kysely';
import type { Tables } from './schema.ts';

export type Instance = Selectable<Tables['instances']>;

/** A process as it was at one look: whatever is done about its silence is void once it has beaten again. */
export type Heard = Pick<Instance, 'id' | 'beat' | 'heartbeat_at'>;

export class InstanceStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async register(instance: Omit<Instance, 'leaving' | 'beat'>): Promise<void> {
    // Again after a start that the database broke off, or when others took this process for dead.
    const { id: _, ...facts } = instance;
    await this.#db
      .insertInto('instances')
      .values(instance)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(facts))
      .execute();
  }

  /** Shows that a process lives. @returns false when it is not registered: others took it for dead */
  async beat(id: string, now: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('instances')
      .set((eb) => ({ beat: eb('beat', '+', 1), heartbeat_at: now }))
      .where('id', '=', id)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** It was asked to end: its tasks are taken over later without counting that as a crash. */
  async leave(id: string): Promise<void> {
    await this.#db.updateTable('instances').set({ leaving: 1 }).where('id', '=', id).execute();
  }

  /** Every other process that ever registered and was not yet removed, living or dead. */
  async others(id: string): Promise<Instance[]> {
    return await this.#db.selectFrom('instances').selectAll().where('id', '!=', id).execute();
  }

  /** @param heard removes it only while it has not beaten since */
  async remove(id: string, heard?: Heard): Promise<void> {
    const unmoved = heard ? { beat: heard.beat, heartbeat_at: heard.heartbeat_at } : {};
    await this.#db
      .deleteFrom('instances')
      .where(({ and }) => and({ id, ...unmoved }))
      .execute();
  }
}
