/** What many rows share is kept once: sets of ports (a network has a handful) and what services say of themselves (some thousands). */
import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { ServiceSighting } from '../../core/look.ts';
import { portSet } from '../../core/port-set.ts';
import { insertRows } from '../bulk.ts';
import type { Dialect } from '../dialect.ts';
import { inPieces } from '../pieces.ts';
import type { Tables } from '../schema.ts';

/** No ports: of coverage that is not about any. */
export const NO_PORTS = 0;

export const hashOf = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 22);

/** Numbers of port sets by their text. */
export async function internPorts(
  trx: Transaction<Tables>,
  dialect: Dialect,
  texts: Iterable<string>,
): Promise<Map<string, number>> {
  const rows = [...new Set(texts)].map((ranges) => ({
    hash: hashOf(ranges),
    ranges,
    count: portSet(ranges).length,
  }));
  const ids = await intern(trx, dialect, 'port_sets', rows, (fresh) =>
    insertRows(trx, dialect, 'port_sets', fresh, { key: ['hash'], set: [] }),
  );
  return new Map(rows.map(({ hash, ranges }) => [ranges, ids.get(hash) ?? NO_PORTS]));
}

/** One text for what is the same service, whatever the order of its fields. */
export function fingerprintText(said: ServiceSighting): string {
  const { name, product, version, tunnel, cpe, method, confidence } = said;
  return JSON.stringify({ name, product, version, tunnel, cpe, method, confidence });
}

/** Numbers of fingerprints by their text. */
export async function internFingerprints(
  trx: Transaction<Tables>,
  dialect: Dialect,
  said: ReadonlyMap<string, ServiceSighting>,
): Promise<Map<string, number>> {
  const rows = [...said].map(([body, { name, product, version }]) => ({
    hash: hashOf(body),
    name: name ?? null,
    product: product ?? null,
    version: version ?? null,
    body,
  }));
  const ids = await intern(trx, dialect, 'fingerprints', rows, (fresh) =>
    insertRows(trx, dialect, 'fingerprints', fresh, { key: ['hash'], set: [] }),
  );
  return new Map(rows.flatMap(({ hash, body }) => entry(body, ids.get(hash))));
}

const entry = (key: string, id: number | undefined): [string, number][] =>
  id === undefined ? [] : [[key, id]];

/** In the order of their hashes, so that two who bring the same ones wait for each other in one direction. */
async function intern<Row extends { hash: string }>(
  trx: Transaction<Tables>,
  dialect: Dialect,
  table: 'port_sets' | 'fingerprints',
  rows: readonly Row[],
  insert: (rows: readonly Row[]) => Promise<void>,
): Promise<Map<string, number>> {
  const ids = await idsOf(trx, dialect, table, rows);
  const fresh = rows.filter(({ hash }) => !ids.has(hash));
  if (fresh.length === 0) return ids;
  await insert(fresh.sort((a, b) => (a.hash < b.hash ? -1 : 1)));
  for (const [hash, id] of await idsOf(trx, dialect, table, fresh)) ids.set(hash, id);
  return ids;
}

async function idsOf(
  trx: Transaction<Tables>,
  dialect: Dialect,
  table: 'port_sets' | 'fingerprints',
  rows: readonly { hash: string }[],
): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  for (const some of inPieces(rows.map(({ hash }) => hash))) {
    const known = await trx
      .selectFrom(table)
      .select(['id', 'hash'])
      .where(dialect.isAmong('hash', some))
      .execute();
    for (const { id, hash } of known) ids.set(hash, Number(id));
  }
  return ids;
}
