/** Sites: namespaces of addresses. One is made by being named. */
import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Tables } from '../schema.ts';

/** The number of the site of this name, made when there is none. */
export async function siteNumber(db: Kysely<Tables>, name: string): Promise<number> {
  const known = await findSite(db, name);
  if (known !== undefined) return known;
  await db
    .insertInto('sites')
    .values({ name, uid: newUid('s') })
    .onConflict((conflict) => conflict.columns(['org', 'name']).doNothing())
    .execute();
  const made = await findSite(db, name);
  if (made === undefined) throw new Error(`the site ${name} was not kept`);
  return made;
}

export async function findSite(db: Kysely<Tables>, name: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('sites')
    .select('id')
    .where('org', '=', 1)
    .where('name', '=', name)
    .executeTakeFirst();
  return row && Number(row.id);
}

/** A public name: a letter, `_` and 16 characters. */
export const newUid = (kind: string): string => `${kind}_${randomBytes(12).toString('base64url')}`;
