/**
 * The way of a message: from what happened to an incident (outbox), by what rules want told of it (items), to what is sent
 * (deliveries). Every step is one transaction that takes what it read, so that of several processes one does it, and none
 * is lost with a process. A delivery is held by an instance (store/instances.ts) and a number that each taking raises.
 */
import { randomUUID } from 'node:crypto';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type {
  AlertItem,
  AlertWord,
  Delivery,
  DeliveryState,
  HeldDelivery,
  NewItem,
  OutboxEntry,
} from '../../core/alert.ts';
import { inPieces } from '../pieces.ts';
import type { Tables } from '../schema.ts';

/** Attempts of one delivery during which those behind it wait: after that it may be its own fault. */
const HOLDS_UP = 3;

/** How what is due becomes messages. */
export interface Packing {
  ruleId: number;
  channelId: number;
  now: number;
  /** Messages of this rule there within `withinMs`. */
  most: number;
  withinMs: number;
  /** All that is due goes into one. */
  together: boolean;
  /** Most of them in one message; the rest goes into more. */
  bulk: number;
}

export class DeliveryStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** What happened and no rule was asked about yet, oldest first. */
  async outbox(limit: number): Promise<OutboxEntry[]> {
    const rows = await this.#db.selectFrom('alert_outbox').selectAll().orderBy('id').limit(limit).execute();
    return rows.map(({ id, incident, word, by, at }) => ({
      id: Number(id),
      incident,
      word: word as AlertWord,
      ...(by === null ? {} : { by }),
      at: Number(at),
    }));
  }

  /** Puts items in place of outbox entries, those of entries that somebody else has taken left out. */
  async expand(entries: readonly { id: number; items: readonly NewItem[] }[]): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      const taken = new Set<number>();
      for (const some of inPieces(entries.map(({ id }) => id))) {
        const rows = await trx.deleteFrom('alert_outbox').where('id', 'in', some).returning('id').execute();
        for (const { id } of rows) taken.add(Number(id));
      }
      const items = entries.filter(({ id }) => taken.has(id)).flatMap((entry) => entry.items);
      for (const some of inPieces(items, 100))
        await trx.insertInto('alert_items').values(some.map(itemRow)).execute();
    });
  }

  /** Where the opening of these incidents was told, or is to be, and by which rule. */
  async told(
    incidents: readonly string[],
  ): Promise<{ incident: string; ruleId: number; channelId: number; packed: boolean; word: AlertWord }[]> {
    if (incidents.length === 0) return [];
    const rows = await this.#db
      .selectFrom('alert_items')
      .select(['incident', 'rule_id', 'channel_id', 'delivery_id', 'word'])
      .where('incident', 'in', [...incidents])
      .where('word', 'in', ['opened', 'escalated', 'reopened'])
      .orderBy('id')
      .execute();
    return rows.map(({ incident, rule_id, channel_id, delivery_id, word }) => ({
      incident,
      ruleId: rule_id,
      channelId: channel_id,
      packed: delivery_id !== null,
      word: word as AlertWord,
    }));
  }

  /** Rules and channels with items whose time has come. */
  async due(now: number): Promise<{ ruleId: number; channelId: number }[]> {
    const rows = await this.#db
      .selectFrom('alert_items')
      .select(['rule_id', 'channel_id'])
      .distinct()
      .where('delivery_id', 'is', null)
      .where('due_at', '<=', now)
      .execute();
    return rows.map(({ rule_id, channel_id }) => ({ ruleId: rule_id, channelId: channel_id }));
  }

  /** Makes messages of what is due of one rule in one channel. @returns how many */
  async pack(packing: Packing): Promise<number> {
    return await this.#db.transaction().execute(async (trx) => {
      const { ruleId, channelId, now, most, withinMs, bulk } = packing;
      // Whoever else packs for it waits here.
      const { numUpdatedRows } = await trx
        .updateTable('alert_channels')
        .set((eb) => ({ packed: eb('packed', '+', 1) }))
        .where('id', '=', channelId)
        .executeTakeFirst();
      if (numUpdatedRows === 0n || (await this.#holdsUp(trx, channelId))) return 0;
      await dropMoot(trx, packing);
      const due = await trx
        .selectFrom('alert_items')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('rule_id', '=', ruleId)
        .where('channel_id', '=', channelId)
        .where('delivery_id', 'is', null)
        .where('due_at', '<=', now)
        .executeTakeFirstOrThrow();
      const made = await trx
        .selectFrom('alert_deliveries')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('rule_id', '=', ruleId)
        .where('channel_id', '=', channelId)
        .where('made_at', '>', now - withinMs)
        .executeTakeFirstOrThrow();
      const [waiting, room] = [Number(due.count), most - Number(made.count)];
      const size = !packing.together && waiting < room ? 1 : bulk;
      let messages = 0;
      for (let left = waiting; left > 0 && messages < room; left -= size) {
        await takeItems(trx, packing, Math.min(size, left));
        messages += 1;
      }
      return messages;
    });
  }

  /** Whether there is one already of the report that was due there at that time. */
  async hasReport(channelId: number, reportAt: number): Promise<boolean> {
    const had = await this.#db
      .selectFrom('alert_deliveries')
      .select('id')
      .where('channel_id', '=', channelId)
      .where('report_at', '=', reportAt)
      .executeTakeFirst();
    return had !== undefined;
  }

  /**
   * Makes the message of the report that was due there at that time. Of all that try, one does.
   * @returns whether this one has
   */
  async report(channelId: number, reportAt: number, now: number): Promise<boolean> {
    const made = await this.#db
      .insertInto('alert_deliveries')
      .values({ ...fresh(now), rule_id: 0, channel_id: channelId, items: 0, report_at: reportAt })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    return made !== undefined;
  }

  /**
   * Takes the next message that may be sent: one of a channel at a time, in their order.
   * @param mine those that this instance is sending; others of its name were lost on the way
   */
  async claim(instanceId: string, now: number, mine: readonly number[]): Promise<HeldDelivery | undefined> {
    return await this.#db.transaction().execute(async (trx) => {
      const gone = sql<boolean>`(d.instance_id not in (select id from instances) or (d.instance_id = ${instanceId}
        and d.id not in (${sql.join([0, ...mine])})))`;
      const { rows } = await sql<{ id: number; epoch: number }>`
        select d.id, d.epoch from alert_deliveries as d
        where ((d.state = 'waiting' and d.due_at <= ${now}) or (d.state = 'sending' and ${gone}))
          and not exists (select 1 from alert_deliveries as o where o.channel_id = d.channel_id and o.id <> d.id
            and ((o.state = 'sending' and (o.id < d.id or o.instance_id in (select id from instances)))
              or (o.state = 'waiting' and o.id < d.id and o.attempt <= ${HOLDS_UP})))
        order by d.id limit 1`.execute(trx);
      const [head] = rows;
      if (head === undefined) return undefined;
      const { numUpdatedRows } = await trx
        .updateTable('alert_deliveries')
        .set((eb) => ({
          state: 'sending',
          instance_id: instanceId,
          epoch: head.epoch + 1,
          attempt: eb('attempt', '+', 1),
        }))
        .where('id', '=', head.id)
        .where('epoch', '=', head.epoch)
        .where('state', 'in', ['waiting', 'sending'])
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return undefined;
      const row = await chosen(trx).where('d.id', '=', head.id).executeTakeFirst();
      return row && { ...toDelivery(row), channelId: row.channel_id, instanceId, epoch: head.epoch + 1 };
    });
  }

  /** What a message is about, some of it. */
  async items(delivery: number, limit: number): Promise<AlertItem[]> {
    const rows = await this.#db
      .selectFrom('alert_items')
      .select(['incident', 'word', 'by', 'at'])
      .where('delivery_id', '=', delivery)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(({ incident, word, by, at }) => ({
      incident,
      word: word as AlertWord,
      ...(by === null ? {} : { by }),
      at: Number(at),
    }));
  }

  /** How many of its items say what of which kind of incident. */
  async sums(
    delivery: number,
  ): Promise<{ word: AlertWord; kind: string; severity: string; count: number }[]> {
    const rows = await this.#db
      .selectFrom('alert_items')
      .innerJoin('incidents', 'incidents.uid', 'alert_items.incident')
      .select((eb) => [
        'alert_items.word',
        'incidents.kind',
        'incidents.severity',
        eb.fn.countAll<number>().as('count'),
      ])
      .where('delivery_id', '=', delivery)
      .groupBy(['alert_items.word', 'incidents.kind', 'incidents.severity'])
      .execute();
    return rows.map((row) => ({ ...row, word: row.word as AlertWord, count: Number(row.count) }));
  }

  /** The first message that was sent there about an incident: what is said later answers to it. */
  async root(channelId: number, incident: string): Promise<{ uid: string; receipt?: string } | undefined> {
    const row = await this.#db
      .selectFrom('alert_deliveries as d')
      .innerJoin('alert_items', 'alert_items.delivery_id', 'd.id')
      .select(['d.uid', 'd.receipt'])
      .where('alert_items.incident', '=', incident)
      .where('d.channel_id', '=', channelId)
      .where('d.state', '=', 'sent')
      .orderBy('d.id')
      .limit(1)
      .executeTakeFirst();
    return row && { uid: row.uid, ...(row.receipt === null ? {} : { receipt: row.receipt }) };
  }

  /** It has arrived; what waits for the same channel to work again waits no longer. @returns false when it is not ours any more */
  async sent(held: HeldDelivery, now: number, receipt?: string): Promise<boolean> {
    return await this.#db.transaction().execute(async (trx) => {
      const ours = await this.#end(trx, held, {
        state: 'sent',
        ended_at: now,
        error: null,
        receipt: receipt ?? null,
      });
      if (ours)
        await trx
          .updateTable('alert_deliveries')
          .set({ due_at: now })
          .where('channel_id', '=', held.channelId)
          .where('state', '=', 'waiting')
          .where('due_at', '>', now)
          .execute();
      return ours;
    });
  }

  /** It has not: to be tried again at that time, or never. @returns false when it is not ours any more */
  async failed(held: HeldDelivery, error: string, now: number, retryAt?: number): Promise<boolean> {
    const next =
      retryAt === undefined ? { state: 'dead', ended_at: now } : { state: 'waiting', due_at: retryAt };
    return await this.#db.transaction().execute((trx) => this.#end(trx, held, { ...next, error }));
  }

  async list(query: { state?: DeliveryState | undefined; limit: number }): Promise<Delivery[]> {
    let select = chosen(this.#db).orderBy('d.id', 'desc').limit(query.limit);
    if (query.state !== undefined) select = select.where('d.state', '=', query.state);
    return (await select.execute()).map(toDelivery);
  }

  /** Sends dead ones again, from the beginning: all, or some by their public ids. @returns how many */
  async resend(uids: readonly string[] | 'all', now: number): Promise<number> {
    let update = this.#db
      .updateTable('alert_deliveries')
      .set({ state: 'waiting', attempt: 0, due_at: now, made_at: now, ended_at: null })
      .where('state', '=', 'dead');
    if (uids !== 'all') update = update.where('uid', 'in', [...uids]);
    const { numUpdatedRows } = await update.executeTakeFirst();
    return Number(numUpdatedRows);
  }

  /** Forgets what was sent before that time, but for what may still be answered to. @returns how many rows went */
  async prune(before: number, limit: number): Promise<number> {
    return await this.#db.transaction().execute(async (trx) => {
      const items = await sql`delete from alert_items where id in (select alert_items.id from alert_items
        join alert_deliveries as d on d.id = alert_items.delivery_id
        where d.ended_at < ${before} and d.state in ('sent', 'dead')
          and not exists (select 1 from incidents where incidents.uid = alert_items.incident
            and incidents.closed_at is null) limit ${limit}) returning id`.execute(trx);
      const { rows } = await sql<{ id: number }>`delete from alert_deliveries where id in (
        select d.id from alert_deliveries as d where d.ended_at < ${before} and d.state in ('sent', 'dead')
          and not exists (select 1 from alert_items where alert_items.delivery_id = d.id) limit ${limit})
        returning id`.execute(trx);
      return items.rows.length + rows.length;
    });
  }

  /** Whether a message was refused lately, which those behind it wait for. */
  async #holdsUp(trx: Transaction<Tables>, channelId: number): Promise<boolean> {
    const row = await trx
      .selectFrom('alert_deliveries')
      .select('id')
      .where('channel_id', '=', channelId)
      .where('state', '=', 'waiting')
      .where('attempt', '>', 0)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  async #end(
    trx: Transaction<Tables>,
    { id, instanceId, epoch }: HeldDelivery,
    set: Partial<Selectable<Tables['alert_deliveries']>>,
  ): Promise<boolean> {
    const { numUpdatedRows } = await trx
      .updateTable('alert_deliveries')
      .set(set)
      .where('id', '=', id)
      .where('state', '=', 'sending')
      .where('instance_id', '=', instanceId)
      .where('epoch', '=', epoch)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }
}

/** Of what has waited, that which is no longer so: over when its window ended, or somebody has taken care of it. */
async function dropMoot(trx: Transaction<Tables>, { ruleId, channelId, now }: Packing): Promise<void> {
  const incident = (which: ReturnType<typeof sql>) => sql`exists (select 1 from incidents
    left join events on events.incident_id = incidents.id
    where incidents.uid = alert_items.incident and ${which})`;
  await sql`delete from alert_items where rule_id = ${ruleId} and channel_id = ${channelId}
    and delivery_id is null and due_at <= ${now} and (
      (word in ('opened', 'reopened') and held = 'window' and ${incident(sql`incidents.closed_at is not null`)})
      or (word in ('opened', 'reopened') and held is not null
        and ${incident(sql`events.state in ('accepted', 'ignored', 'muted')`)})
      or (word = 'escalated'
        and ${incident(sql`(incidents.closed_at is not null or events.state <> 'open')`)}))`.execute(trx);
}

async function takeItems(trx: Transaction<Tables>, packing: Packing, items: number): Promise<void> {
  const { ruleId, channelId, now } = packing;
  const { id } = await trx
    .insertInto('alert_deliveries')
    .values({ ...fresh(now), rule_id: ruleId, channel_id: channelId, items })
    .returning('id')
    .executeTakeFirstOrThrow();
  await sql`update alert_items set delivery_id = ${id} where id in (
    select id from alert_items where rule_id = ${ruleId} and channel_id = ${channelId}
      and delivery_id is null and due_at <= ${now} order by id limit ${items})`.execute(trx);
}

const fresh = (now: number) => ({
  uid: `d_${randomUUID().replaceAll('-', '')}`,
  state: 'waiting',
  made_at: now,
  due_at: now,
});

const itemRow = ({ ruleId, channelId, incident, word, by, at, dueAt, held }: NewItem) => ({
  rule_id: ruleId,
  channel_id: channelId,
  incident,
  word,
  by: by ?? null,
  at,
  due_at: dueAt,
  held: held ?? null,
});

const chosen = (db: Kysely<Tables>) =>
  db
    .selectFrom('alert_deliveries as d')
    .innerJoin('alert_channels', 'alert_channels.id', 'd.channel_id')
    .leftJoin('alert_rules', 'alert_rules.id', 'd.rule_id')
    .selectAll('d')
    .select(['alert_channels.name as channel', 'alert_rules.name as rule']);

function toDelivery(
  row: Selectable<Tables['alert_deliveries']> & { channel: string; rule: string | null },
): Delivery {
  return {
    id: Number(row.id),
    uid: row.uid,
    rule: row.rule ?? '',
    channel: row.channel,
    state: row.state as DeliveryState,
    items: row.items,
    madeAt: Number(row.made_at),
    dueAt: Number(row.due_at),
    attempt: row.attempt,
    ...(row.error === null ? {} : { error: row.error }),
    ...(row.ended_at === null ? {} : { endedAt: Number(row.ended_at) }),
    ...(row.report_at === null ? {} : { reportAt: Number(row.report_at) }),
  };
}
