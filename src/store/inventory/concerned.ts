/** Which assets a look concerns: those at addresses that it covered or saw, and those that have a mark that it saw. */
import { type Kysely, sql } from 'kysely';
import type { Look, MarkType } from '../../core/look.ts';
import { inPieces } from '../pieces.ts';
import type { Tables } from '../schema.ts';
import { addressBytes } from './address-bytes.ts';
import { spanOf } from './asked-spans.ts';

/** Marks that never tell a host alone: nobody is looked for by them. */
const HINTS: ReadonlySet<MarkType> = new Set(['ptr', 'asked_name', 'cert_name']);
/**
 * A mark that more assets have than this identifies nobody (a key that firmware ships, the name "localhost"): those that
 * were seen last are enough for the rules to see that.
 */
const MOST_OF_A_MARK = 8;

/** What is looked for, of one look. */
export interface Wanted {
  site: string;
  spans: { first: string; last: string }[];
  /** Addresses outside of the spans. */
  addresses: string[];
  marks: { type: MarkType; value: string }[];
}

export function wantedOf(look: Look): Wanted {
  const spans = new Map(look.coverage.map(({ first, last }) => [`${first} ${last}`, { first, last }]));
  const numbers = [...spans.values()].flatMap((span) => spanOf(span) ?? []);
  const seen = new Set(look.sightings.flatMap(({ address }) => address ?? []));
  const outside = [...seen].filter((address) => {
    const at = spanOf({ first: address, last: address });
    return (
      at &&
      !numbers.some(
        ({ family, first, last }) => family === at.family && first <= at.first && at.first <= last,
      )
    );
  });
  const marks = new Map(
    look.sightings.flatMap(({ marks: own }) =>
      own.flatMap(({ type, value }) => (HINTS.has(type) ? [] : [[`${type} ${value}`, { type, value }]])),
    ),
  );
  return { site: look.site, spans: [...spans.values()], addresses: outside, marks: [...marks.values()] };
}

/** Their numbers, in order. */
export async function concernedAssets(db: Kysely<Tables>, site: number, wanted: Wanted): Promise<number[]> {
  const ids = new Set<number>();
  const add = (rows: readonly { asset_id: number }[]) => {
    for (const { asset_id } of rows) ids.add(asset_id);
  };
  const current = () =>
    db.selectFrom('addresses').select('asset_id').where('site_id', '=', site).where('valid_to', 'is', null);
  for (const { first, last } of wanted.spans)
    add(
      await current()
        .where('addr16', '>=', addressBytes(first))
        .where('addr16', '<=', addressBytes(last))
        .execute(),
    );
  for (const some of inPieces(wanted.addresses))
    add(await current().where('addr16', 'in', some.map(addressBytes)).execute());
  for (const [type, same] of Map.groupBy(wanted.marks, (mark) => mark.type))
    for (const some of inPieces(same)) {
      const { rows } = await sql<{ asset_id: number }>`
        select asset_id from (
          select asset_id, row_number() over (partition by value order by last_seen desc, asset_id) as place
          from identifiers
          where site_id = ${site} and type = ${type} and value in (${sql.join(some.map(({ value }) => value))})) as marked
        where place <= ${MOST_OF_A_MARK}`.execute(db);
      add(rows);
    }
  await addConstrained(db, site, ids);
  return [...ids].sort((a, b) => a - b);
}

/** A user's word binds assets that nothing else brings together. */
async function addConstrained(db: Kysely<Tables>, site: number, ids: Set<number>): Promise<void> {
  const { rows } = await sql<{ a: number; b: number }>`
    select one.id as a, other.id as b from identity_constraints
    inner join assets as one on one.uid = identity_constraints.a
    inner join assets as other on other.uid = identity_constraints.b
    where identity_constraints.site_id = ${site} and one.stale = 0 and other.stale = 0`.execute(db);
  for (const { a, b } of rows) {
    if (ids.has(a)) ids.add(b);
    else if (ids.has(b)) ids.add(a);
  }
}
