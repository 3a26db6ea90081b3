/** Writes what a look asked, what of it was not reached, and what the rules held back or want to remember. */
import { type Insertable, sql } from 'kysely';
import type { Look } from '../../core/look.ts';
import { insertRows } from '../bulk.ts';
import type { Tables } from '../schema.ts';
import { addressBytes } from './address-bytes.ts';
import type { FoldPiece } from './fold-piece.ts';
import { internPorts, NO_PORTS } from './intern.ts';
import { type FoldPlace, numberOf } from './write-assets.ts';

/** What was asked, for the proof of looking, whether or not it counts. */
export async function writeCoverage(place: FoldPlace, coverage: Look['coverage']): Promise<void> {
  const { trx, dialect, site, look } = place;
  const sets = await internPorts(
    trx,
    dialect,
    coverage.flatMap(({ ports }) => ports ?? []),
  );
  const rows = coverage.map(
    (one): Insertable<Tables['coverage']> => ({
      look_id: look.id,
      first16: addressBytes(one.first),
      last16: addressBytes(one.last),
      aspect: one.aspect,
      protocol: one.protocol ?? '',
      port_set_id: one.ports === undefined ? NO_PORTS : (sets.get(one.ports) ?? NO_PORTS),
      technique: one.technique ?? '',
      site_id: site,
      at: look.at,
    }),
  );
  const key = ['look_id', 'first16', 'last16', 'aspect', 'protocol', 'port_set_id', 'technique'] as const;
  await insertRows(trx, dialect, 'coverage', rows, { key, set: [] });
}

export async function writeGaps({ trx, dialect, look }: FoldPlace, gaps: Look['gaps']): Promise<void> {
  const rows = gaps.map(({ address, last, aspect, why }) => ({
    look_id: look.id,
    first16: addressBytes(address),
    last16: addressBytes(last ?? address),
    aspect,
    why,
  }));
  await insertRows(trx, dialect, 'coverage_gaps', rows, {
    key: ['look_id', 'first16', 'last16', 'aspect'],
    set: [],
  });
}

/** Counts this look with all before it that asked the same of the same vantage. */
export async function writeAsked(
  { trx, dialect, site, look }: FoldPlace,
  asked: FoldPiece['asked'],
): Promise<void> {
  const sets = await internPorts(
    trx,
    dialect,
    asked.flatMap(({ ports }) => ports ?? []),
  );
  const rows = asked.map(
    (one): Insertable<Tables['asked']> => ({
      site_id: site,
      first16: addressBytes(one.first),
      last16: addressBytes(one.last),
      vantage: look.vantage,
      aspect: one.aspect,
      protocol: one.protocol ?? '',
      port_set_id: one.ports === undefined ? NO_PORTS : (sets.get(one.ports) ?? NO_PORTS),
      technique: one.technique ?? '',
      first_at: look.at,
      last_at: look.at,
      looks: 1,
      look_id: look.id,
    }),
  );
  const distinct = new Map(asked.map((one, at) => [JSON.stringify(one), rows[at]]));
  await insertRows(
    trx,
    dialect,
    'asked',
    [...distinct.values()].flatMap((row) => row ?? []),
    {
      key: ['site_id', 'first16', 'last16', 'vantage', 'aspect', 'protocol', 'port_set_id', 'technique'],
      set: ['look_id', 'looks', 'first_at', 'last_at'],
      how: {
        looks: 'asked.looks + 1',
        first_at: `${dialect.least}(asked.first_at, excluded.first_at)`,
        last_at: `${dialect.greatest}(asked.last_at, excluded.last_at)`,
        look_id: 'case when excluded.last_at >= asked.last_at then excluded.look_id else asked.look_id end',
      },
    },
  );
}

export async function writeTested(
  { trx, dialect, look }: FoldPlace,
  tested: FoldPiece['tested'],
  assetIds: ReadonlyMap<string, number>,
): Promise<void> {
  const sets = await internPorts(
    trx,
    dialect,
    tested.flatMap(({ ports }) => ports ?? []),
  );
  const rows = new Map<string, Insertable<Tables['tested']>>();
  for (const one of tested) {
    const row = {
      asset_id: numberOf(assetIds, one.asset),
      addr16: addressBytes(one.address),
      vantage: one.vantage,
      aspect: one.aspect,
      protocol: one.protocol ?? '',
      port_set_id: one.ports === undefined ? NO_PORTS : (sets.get(one.ports) ?? NO_PORTS),
      last_at: one.lastAt,
      looks: 1,
      look_id: look.id,
    };
    rows.set(
      `${row.asset_id} ${one.address} ${row.vantage} ${row.aspect} ${row.protocol} ${row.port_set_id}`,
      row,
    );
  }
  await insertRows(trx, dialect, 'tested', [...rows.values()], {
    key: ['asset_id', 'addr16', 'vantage', 'aspect', 'protocol', 'port_set_id'],
    set: ['last_at', 'looks', 'look_id'],
    how: {
      looks: 'tested.looks + 1',
      last_at: `${dialect.greatest}(tested.last_at, excluded.last_at)`,
      look_id: 'case when excluded.last_at >= tested.last_at then excluded.look_id else tested.look_id end',
    },
  });
}

export async function writeSuppressed(
  { trx, dialect, look }: FoldPlace,
  suppressed: FoldPiece['suppressed'],
): Promise<void> {
  const rows = suppressed.map(({ subject, rule, why, count }) => ({
    look_id: look.id,
    subject,
    rule,
    why,
    count,
  }));
  const distinct = new Map(rows.map((row) => [`${row.rule} ${row.subject} ${row.why}`, row]));
  const key = ['look_id', 'subject', 'rule', 'why'] as const;
  await insertRows(trx, dialect, 'suppressed', [...distinct.values()], { key, set: ['count'] });
}

export async function writeNotes(
  { trx, dialect, site, look }: FoldPlace,
  notes: FoldPiece['notes'],
): Promise<void> {
  const rows = notes.map((note) => ({
    site_id: site,
    look_id: look.id,
    at: note.at,
    asset_uid: note.asset ?? null,
    rung: note.rung,
    body: JSON.stringify(note),
  }));
  await insertRows(trx, dialect, 'identity_log', rows);
}

export async function writeMemory(
  { trx, dialect, site }: FoldPlace,
  memory: FoldPiece['memory'],
): Promise<void> {
  const all = Object.entries(memory);
  const kept = all.filter(([, value]) => value !== null && value !== undefined);
  const rows = kept.map(([key, value]) => ({ site_id: site, key, body: JSON.stringify(value) }));
  await insertRows(trx, dialect, 'site_memory', rows, { key: ['site_id', 'key'], set: ['body'] });
  const forgotten = all.filter(([, value]) => value === null || value === undefined).map(([key]) => key);
  if (forgotten.length > 0)
    await sql`delete from site_memory where site_id = ${site} and key in (${sql.join(forgotten)})`.execute(
      trx,
    );
}
