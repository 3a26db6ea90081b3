/** Channels, rules and maintenance windows, as people set them. */
import type { Kysely, Selectable } from 'kysely';
import type { AlertChannel, AlertRule, AlertWindow, ReportTiming } from '../../core/alert.ts';
import type { Severity } from '../../core/asset.ts';
import type { Tables } from '../schema.ts';

export class AlertSettingsStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async channels(): Promise<AlertChannel[]> {
    const rows = await this.#db.selectFrom('alert_channels').selectAll().orderBy('name').execute();
    return rows.map(toChannel);
  }

  /** Makes a channel, or changes the one of that name, which keeps its report. */
  async putChannel(channel: Omit<AlertChannel, 'id' | 'report'>): Promise<void> {
    const facts = {
      kind: channel.kind,
      config: JSON.stringify(channel.config),
      min_severity: channel.minSeverity,
      made_by: channel.madeBy,
      made_at: channel.madeAt,
    };
    await this.#db
      .insertInto('alert_channels')
      .values({ name: channel.name, ...facts })
      .onConflict((conflict) => conflict.columns(['org', 'name']).doUpdateSet(facts))
      .execute();
  }

  /** @returns whether there is a channel of that name */
  async setReport(channel: string, report: ReportTiming | undefined): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('alert_channels')
      .set({ report: report === undefined ? null : JSON.stringify(report) })
      .where('name', '=', channel)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** With all that was to be sent there. @returns whether there was one of that name */
  async removeChannel(name: string): Promise<boolean> {
    return await this.#db.transaction().execute(async (trx) => {
      const row = await trx
        .deleteFrom('alert_channels')
        .where('name', '=', name)
        .returning('id')
        .executeTakeFirst();
      if (row === undefined) return false;
      for (const table of ['alert_items', 'alert_deliveries'] as const)
        await trx.deleteFrom(table).where('channel_id', '=', row.id).execute();
      return true;
    });
  }

  /** In the order in which they are asked. */
  async rules(): Promise<AlertRule[]> {
    const rows = await this.#db.selectFrom('alert_rules').selectAll().orderBy('name').execute();
    return rows.map(toRule);
  }

  /** Makes a rule, or changes the one of that name, which keeps its beginning. */
  async putRule(rule: Omit<AlertRule, 'id'>): Promise<void> {
    const facts = {
      query: rule.query,
      channels: JSON.stringify(rule.channels),
      timing: JSON.stringify(rule.timing),
      schedule: rule.schedule ?? null,
      enabled: Number(rule.enabled),
      made_by: rule.madeBy,
    };
    await this.#db
      .insertInto('alert_rules')
      .values({ name: rule.name, made_at: rule.madeAt, ...facts })
      .onConflict((conflict) => conflict.columns(['org', 'name']).doUpdateSet(facts))
      .execute();
  }

  /** With what waits of it. @returns whether there was one of that name */
  async removeRule(name: string): Promise<boolean> {
    return await this.#db.transaction().execute(async (trx) => {
      const row = await trx
        .deleteFrom('alert_rules')
        .where('name', '=', name)
        .returning('id')
        .executeTakeFirst();
      if (row === undefined) return false;
      await trx
        .deleteFrom('alert_items')
        .where('rule_id', '=', row.id)
        .where('delivery_id', 'is', null)
        .execute();
      return true;
    });
  }

  async windows(): Promise<AlertWindow[]> {
    const rows = await this.#db.selectFrom('alert_windows').selectAll().orderBy('from_at').execute();
    return rows.map(({ uid, query, from_at, to_at, reason, made_by }) => ({
      uid,
      query,
      from: Number(from_at),
      to: Number(to_at),
      reason,
      madeBy: made_by,
    }));
  }

  async addWindow(window: AlertWindow): Promise<void> {
    const { uid, query, from, to, reason, madeBy } = window;
    await this.#db
      .insertInto('alert_windows')
      .values({ uid, query, from_at: from, to_at: to, reason, made_by: madeBy })
      .execute();
  }

  /** What waits for its end waits no longer. @returns whether there was one */
  async removeWindow(uid: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('alert_windows')
      .where('uid', '=', uid)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }
}

// What these texts hold was written here alone.
const toChannel = (row: Selectable<Tables['alert_channels']>): AlertChannel => ({
  id: Number(row.id),
  name: row.name,
  kind: row.kind,
  config: JSON.parse(row.config),
  minSeverity: row.min_severity as Severity,
  ...(row.report === null ? {} : { report: JSON.parse(row.report) }),
  madeBy: row.made_by,
  madeAt: Number(row.made_at),
});

const toRule = (row: Selectable<Tables['alert_rules']>): AlertRule => ({
  id: Number(row.id),
  name: row.name,
  query: row.query,
  channels: JSON.parse(row.channels),
  timing: JSON.parse(row.timing),
  ...(row.schedule === null ? {} : { schedule: row.schedule }),
  enabled: row.enabled === 1,
  madeBy: row.made_by,
  madeAt: Number(row.made_at),
});
