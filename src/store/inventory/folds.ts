/**
 * Where looks become knowledge. One fold of a site at a time is taken: whoever read the site before another fold was
 * written is refused and folds again. A fold that is too large for one transaction is laid down as parts first, and its
 * taking is one step; what is left to be written then goes on after any crash, by whoever comes first.
 */
import type { Kysely, Transaction } from 'kysely';
import type { Constraint, Known, Network } from '../../core/fold.ts';
import type { Coverage } from '../../core/look.ts';
import { type Dialect, locked } from '../dialect.ts';
import { inPieces } from '../pieces.ts';
import type { Tables } from '../schema.ts';
import { addressBytes, addressText } from './address-bytes.ts';
import { assetsText, type How, type WantedServices, wantedServices } from './asset-text.ts';
import { UNDECIDED } from './change-reads.ts';
import { concernedAssets, type Wanted } from './concerned.ts';
import { expectationsOf } from './expectations.ts';
import type { FoldPiece } from './fold-piece.ts';
import { NO_PORTS } from './intern.ts';
import { beginRebuild, finishRebuild, rebuildStep } from './rebuild.ts';
import { findSite, siteNumber } from './sites.ts';
import { assetNumbers, type FoldPlace, writeAssets } from './write-assets.ts';
import { closeIncidents, writeEvents } from './write-events.ts';
import {
  writeAsked,
  writeCoverage,
  writeGaps,
  writeMemory,
  writeNotes,
  writeSuppressed,
  writeTested,
} from './write-look.ts';

/** All that a fold needs to know but the assets, which are read some at a time. */
export type Frame = Omit<Known, 'assets' | 'tested' | 'openIncidents'> & {
  assetIds: number[];
  /** Those about no asset. */
  openIncidents: string[];
};

export class FoldStore {
  readonly #db: Kysely<Tables>;
  readonly #dialect: Dialect;

  constructor(db: Kysely<Tables>, dialect: Dialect) {
    this.#db = db;
    this.#dialect = dialect;
  }

  /** @returns undefined while another fold of the site is being written: {@link goOn} helps it first. */
  async frame(wanted: Wanted): Promise<Frame | undefined> {
    const site = await siteNumber(this.#db, wanted.site);
    const row = await this.#db
      .selectFrom('sites')
      .select(['fold_seq', 'writing', 'rebuilding', 'newest'])
      .where('id', '=', site)
      .executeTakeFirstOrThrow();
    if (row.writing !== null || row.rebuilding === 1) return undefined;
    return {
      site: wanted.site,
      foldSeq: row.fold_seq,
      ...(row.newest === null ? {} : { newest: row.newest }),
      assetIds: await concernedAssets(this.#db, site, wanted),
      asked: await this.#asked(site, wanted),
      networks: await this.#networks(site),
      constraints: await this.#constraints(site),
      memory: await this.#memory(site),
      openIncidents: await this.#siteIncidents(site),
      expectations: await expectationsOf(this.#db, site),
    };
  }

  /** Which assets a look concerns, and how many folds went before; as {@link frame}. */
  async concerns(wanted: Wanted): Promise<Pick<Frame, 'foldSeq' | 'assetIds'> | undefined> {
    const site = await siteNumber(this.#db, wanted.site);
    const row = await this.#db
      .selectFrom('sites')
      .select(['fold_seq', 'writing', 'rebuilding'])
      .where('id', '=', site)
      .executeTakeFirstOrThrow();
    if (row.writing !== null || row.rebuilding === 1) return undefined;
    return { foldSeq: row.fold_seq, assetIds: await concernedAssets(this.#db, site, wanted) };
  }

  /** Some assets: a text for parseWhole or parseSettled (read-assets.ts). */
  async assets(ids: readonly number[], how: How): Promise<string> {
    return await assetsText(this.#db, this.#dialect, ids, how);
  }

  /** Services of assets that were read without what is settled: JSON of ServiceText (service-text.ts). */
  async services(wanted: WantedServices): Promise<string> {
    return await wantedServices(this.#db, this.#dialect, wanted);
  }

  /** What services say of themselves, by number: JSON of a ServiceSighting, which never changes. */
  async fingerprints(ids: readonly number[]): Promise<[id: number, body: string][]> {
    const found: [number, string][] = [];
    for (const some of inPieces(ids)) {
      const rows = await this.#db
        .selectFrom('fingerprints')
        .select(['id', 'body'])
        .where('id', 'in', some)
        .execute();
      found.push(...rows.map(({ id, body }): [number, string] => [Number(id), body]));
    }
    return found;
  }

  /**
   * Writes the whole of a fold, and takes the look off the queue.
   * @param body JSON of a FoldPiece, here as in {@link lay}: a text crosses to another thread many times faster
   * @returns false when another fold went between, or somebody else has folded the look: nothing is written then.
   */
  async apply(look: number, foldSeq: number, body: string): Promise<boolean> {
    return await this.#db.transaction().execute(async (trx) => {
      const place = await this.#take(trx, look, foldSeq);
      if (!place) return false;
      const piece: FoldPiece = JSON.parse(body);
      await writePiece(place, piece);
      await done(trx, look);
      return true;
    });
  }

  /** Lays down a part of a fold; nothing is known of it until {@link commit}. @param attempt whose it is */
  async lay(look: number, attempt: string, part: number, body: string): Promise<void> {
    await this.#db.insertInto('fold_parts').values({ look_id: look, attempt, part, body }).execute();
  }

  /**
   * Takes a fold whose parts lie there: from now on it is written, whatever happens.
   * @returns as {@link apply}; when it is not taken its parts are gone
   */
  async commit(look: number, foldSeq: number, attempt: string): Promise<boolean> {
    return await this.#db.transaction().execute(async (trx) => {
      const place = await this.#take(trx, look, foldSeq);
      if (!place) {
        await trx.deleteFrom('fold_parts').where('attempt', '=', attempt).execute();
        return false;
      }
      await clearParts(trx, place.site);
      await trx
        .updateTable('sites')
        .set({ writing: look, attempt, refolds: Number(place.again) })
        .where('id', '=', place.site)
        .execute();
      return true;
    });
  }

  /** Does the next step of what is half done in a site. @returns whether there may be more */
  async goOn(siteName: string): Promise<boolean> {
    const site = await findSite(this.#db, siteName);
    if (site === undefined) return false;
    return await this.#db.transaction().execute(async (trx) => {
      const row = await this.#lockSite(trx, site);
      if (row.rebuilding === 1) return await rebuildStep(trx, site);
      if (row.writing === null) return row.rebuilding === 2 && (await finishRebuild(trx, site));
      const look = Number(row.writing);
      const next = await trx
        .selectFrom('fold_parts')
        .select(['attempt', 'part', 'body'])
        .where('look_id', '=', look)
        .where('attempt', '=', row.attempt)
        .orderBy('part')
        .limit(1)
        .executeTakeFirst();
      if (next) {
        const piece: FoldPiece = JSON.parse(next.body);
        await writePiece(await this.#place(trx, site, look, row.refolds === 1), piece);
        await trx
          .deleteFrom('fold_parts')
          .where('look_id', '=', look)
          .where('attempt', '=', next.attempt)
          .where('part', '=', next.part)
          .execute();
        return true;
      }
      await done(trx, look);
      await trx.updateTable('sites').set({ writing: null, attempt: null }).where('id', '=', site).execute();
      return true;
    });
  }

  /**
   * Takes away all that was made of the looks of a site, to fold them anew: {@link goOn} and folding do the rest.
   * One that goes on already is left to go on.
   * @returns false while a fold of it is half written
   */
  async rebuild(siteName: string): Promise<boolean> {
    const site = await siteNumber(this.#db, siteName);
    return await this.#db.transaction().execute(async (trx) => {
      const row = await this.#lockSite(trx, site);
      if (row.writing !== null) return false;
      if (row.rebuilding === 0) await beginRebuild(trx, site);
      return true;
    });
  }

  /** Raises the count of folds, if nobody did so since it was read, and marks the look as folded by that number. */
  async #take(trx: Transaction<Tables>, look: number, foldSeq: number): Promise<FoldPlace | undefined> {
    const row = await trx
      .selectFrom('looks')
      .select(['site_id', 'state'])
      .where('id', '=', look)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const site = await this.#lockSite(trx, row.site_id);
    const now = await trx
      .selectFrom('looks')
      .select(['state', 'fold_no'])
      .where('id', '=', look)
      .executeTakeFirst();
    if (
      site.fold_seq !== foldSeq ||
      site.writing !== null ||
      site.rebuilding === 1 ||
      now?.state !== 'waiting'
    )
      return undefined;
    const place = await this.#place(trx, row.site_id, look, now.fold_no !== null);
    await trx
      .updateTable('sites')
      .set({ fold_seq: foldSeq + 1, newest: Math.max(Number(site.newest ?? 0), place.look.at) })
      .where('id', '=', row.site_id)
      .execute();
    await trx
      .updateTable('looks')
      .set({ state: 'folded', fold_no: foldSeq + 1 })
      .where('id', '=', look)
      .execute();
    return place;
  }

  async #lockSite(trx: Transaction<Tables>, site: number) {
    const row = trx
      .selectFrom('sites')
      .select(['fold_seq', 'writing', 'attempt', 'rebuilding', 'newest', 'refolds'])
      .where('id', '=', site);
    return await locked(this.#dialect, row).executeTakeFirstOrThrow();
  }

  async #place(trx: Transaction<Tables>, site: number, look: number, again: boolean): Promise<FoldPlace> {
    const row = await trx
      .selectFrom('looks')
      .select(['ended_at', 'vantage'])
      .where('id', '=', look)
      .executeTakeFirstOrThrow();
    return {
      trx,
      dialect: this.#dialect,
      site,
      look: { id: look, at: Number(row.ended_at), vantage: row.vantage },
      again,
    };
  }

  async #asked(site: number, wanted: Wanted): Promise<Known['asked']> {
    const spans = [...wanted.spans, ...wanted.addresses.map((one) => ({ first: one, last: one }))];
    const found = new Map<string, Known['asked'][number]>();
    for (const { first, last } of spans) {
      const rows = await this.#db
        .selectFrom('asked')
        .innerJoin('looks', 'looks.id', 'asked.look_id')
        .leftJoin('port_sets', 'port_sets.id', 'asked.port_set_id')
        .selectAll('asked')
        .select(['port_sets.ranges', 'looks.hash'])
        .where('asked.site_id', '=', site)
        .where('asked.first16', '<=', addressBytes(last))
        .where('asked.last16', '>=', addressBytes(first))
        .execute();
      for (const row of rows) {
        const one = {
          vantage: row.vantage,
          first: addressText(row.first16),
          last: addressText(row.last16),
          aspect: row.aspect as Coverage['aspect'],
          ...(row.protocol === '' ? {} : { protocol: row.protocol as NonNullable<Coverage['protocol']> }),
          ...(row.port_set_id === NO_PORTS || row.ranges === null ? {} : { ports: row.ranges }),
          ...(row.technique === '' ? {} : { technique: row.technique }),
          firstAt: row.first_at,
          lastAt: row.last_at,
          looks: row.looks,
          look: row.hash,
        };
        found.set(JSON.stringify(one), one);
      }
    }
    return [...found.values()];
  }

  async #networks(site: number): Promise<Network[]> {
    const rows = await this.#db
      .selectFrom('networks')
      .selectAll()
      .where('site_id', '=', site)
      .orderBy('first16')
      .execute();
    return rows.map(({ first16, last16, name, kind, gateway }) => ({
      first: addressText(first16),
      last: addressText(last16),
      ...(name === null ? {} : { name }),
      ...(kind === null ? {} : { kind: kind as NonNullable<Network['kind']> }),
      ...(gateway === null ? {} : { gateway }),
    }));
  }

  async #constraints(site: number): Promise<Constraint[]> {
    const rows = await this.#db
      .selectFrom('identity_constraints')
      .select(['a', 'b', 'word'])
      .where('site_id', '=', site)
      .orderBy('made_at')
      .execute();
    return rows.map(({ a, b, word }) => ({ a, b, word: word === 'must' ? 'must' : 'cannot' }));
  }

  /** Keys of open incidents that are about no asset. */
  async #siteIncidents(site: number): Promise<string[]> {
    // In two steps: otherwise all open incidents of the site are gone through, of which most are about an asset.
    const events = await this.#db
      .selectFrom('events')
      .select('incident_id')
      .distinct()
      .where('asset_id', 'is', null)
      .where(UNDECIDED)
      .execute();
    const keys: string[] = [];
    for (const ids of inPieces(events.flatMap(({ incident_id }) => incident_id ?? []))) {
      const rows = await this.#db
        .selectFrom('incidents')
        .select('dedupe_key')
        .where('id', 'in', ids)
        .where('site_id', '=', site)
        .where('closed_at', 'is', null)
        .execute();
      keys.push(...rows.map(({ dedupe_key }) => dedupe_key));
    }
    return keys;
  }

  async #memory(site: number): Promise<Record<string, unknown>> {
    const rows = await this.#db
      .selectFrom('site_memory')
      .select(['key', 'body'])
      .where('site_id', '=', site)
      .execute();
    return Object.fromEntries(rows.map(({ key, body }): [string, unknown] => [key, JSON.parse(body)]));
  }
}

async function writePiece(place: FoldPlace, piece: FoldPiece): Promise<void> {
  const ids = await writeAssets(place, piece.assets);
  const others = [...piece.tested, ...piece.events].flatMap(({ asset }) =>
    asset === undefined || ids.has(asset) ? [] : [asset],
  );
  for (const [uid, id] of await assetNumbers(place, [...new Set(others)])) ids.set(uid, id);
  await writeTested(place, piece.tested, ids);
  await writeCoverage(place, piece.coverage);
  await writeAsked(place, piece.asked);
  await writeGaps(place, piece.gaps);
  await closeIncidents(place, piece.closed);
  await writeEvents(place, piece.events, ids);
  await writeSuppressed(place, piece.suppressed);
  await writeNotes(place, piece.notes);
  await writeMemory(place, piece.memory);
}

async function done(trx: Transaction<Tables>, look: number): Promise<void> {
  await trx
    .updateTable('looks')
    .set({ folded_at: Date.now() })
    .where('id', '=', look)
    .where('folded_at', 'is', null)
    .execute();
}

/** Parts of folds that were never taken and never will be, as their looks are folded: a process died over them. */
async function clearParts(trx: Transaction<Tables>, site: number): Promise<void> {
  await trx
    .deleteFrom('fold_parts')
    .where('look_id', 'in', (eb) =>
      eb
        .selectFrom('looks')
        .select('id')
        .where('site_id', '=', site)
        .where('state', '=', 'folded')
        .where('folded_at', 'is not', null),
    )
    .execute();
}
