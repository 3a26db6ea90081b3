/** Schedules and their runs. Whoever inserts the run of a time has it: the key of the table lets nobody else. */
import { type Insertable, type Kysely, type Selectable, type SqlBool, sql } from 'kysely';
import { ScanRequest } from '../core/request.ts';
import {
  type Missed,
  OPEN_OUTCOMES,
  type Overlap,
  type RunOutcome,
  type Schedule,
  type ScheduleRun,
  type ScheduleState,
  type ScheduleWithLast,
} from '../core/schedule.ts';
import { FINAL_STATES, TaskState } from '../core/task.ts';
import { inPieces } from './pieces.ts';
import type { Tables } from './schema.ts';

type Row = Selectable<Tables['schedules']>;
type RunRow = Selectable<Tables['schedule_runs']>;

/** A run that goes on or is to begin, with what belongs to it. */
export interface OpenRun extends ScheduleRun {
  schedule: Schedule;
  /** When somebody last tried to begin it. */
  triedAt: number;
  /** Of its scan; absent when there is none. */
  taskState?: TaskState;
  /** Why the scan failed. */
  taskError?: string;
}

export interface NewRun {
  dueAt: number;
  outcome: RunOutcome;
  reason?: string;
  taskId?: string;
}

/** What of a schedule changes as time goes on; what is undefined is taken away. */
export interface Turn {
  state: ScheduleState;
  reason: string | undefined;
  pausedUntil: number | undefined;
  nextDue: number | undefined;
  nextAt: number | undefined;
}

export class ScheduleStore {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** @returns false when there is one of that name, or there are `most` already. */
  async add(schedule: Schedule, most: number): Promise<'added' | 'name_taken' | 'too_many'> {
    return await this.#db.transaction().execute(async (trx) => {
      const { count } = await trx
        .selectFrom('schedules')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      if (Number(count) >= most) return 'too_many';
      const { numInsertedOrUpdatedRows } = await trx
        .insertInto('schedules')
        .values({ uid: schedule.uid, created_at: schedule.createdAt, ...columnsOf(schedule) })
        .onConflict((conflict) => conflict.columns(['org', 'name']).doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n ? 'added' : 'name_taken';
    });
  }

  /** Writes all of it, as somebody changed it. @param seen as it was when they looked. @returns false when it is another by now */
  async replace(schedule: Schedule, seen: Pick<Schedule, 'changedAt' | 'state'>): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('schedules')
      .set(columnsOf(schedule))
      .where('uid', '=', schedule.uid)
      .where('changed_at', '=', seen.changedAt)
      .where('state', '=', seen.state)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async get(name: string): Promise<ScheduleWithLast | undefined> {
    const [found] = await this.list({ name });
    return found;
  }

  /** By name, each with its last run. */
  async list(chosen: { owner?: string; name?: string } = {}): Promise<ScheduleWithLast[]> {
    let select = this.#db.selectFrom('schedules').selectAll();
    if (chosen.owner !== undefined) select = select.where('owner', '=', chosen.owner);
    if (chosen.name !== undefined) select = select.where('name', '=', chosen.name);
    const rows = await select.orderBy('name').execute();
    const latest = await this.#runs()
      .where(
        sql<SqlBool>`schedule_runs.due_at = (select max(other.due_at) from schedule_runs as other
          where other.schedule_id = schedule_runs.schedule_id)`,
      )
      .execute();
    const last = new Map(latest.map((run) => [Number(run.schedule_id), toRun(run)]));
    return rows.map((row) => {
      const run = last.get(Number(row.id));
      return { ...toSchedule(row), ...(run ? { last: run } : {}) };
    });
  }

  /** @returns false when there is none of it. */
  async remove(uid: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('schedules')
      .where('uid', '=', uid)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  /** Those whose next time has come, the one that waits longest first; also paused ones whose pause is over. */
  async due(now: number, limit: number): Promise<Schedule[]> {
    const rows = await this.#db
      .selectFrom('schedules')
      .selectAll()
      .where('next_at', '<=', now)
      .where('state', 'in', ['active', 'paused'])
      .orderBy('next_at')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(toSchedule);
  }

  /** When the next one is due. */
  async nextAt(): Promise<number | undefined> {
    const row = await this.#db
      .selectFrom('schedules')
      .select((eb) => eb.fn.min('next_at').as('at'))
      .where('state', 'in', ['active', 'paused'])
      .executeTakeFirst();
    return row?.at == null ? undefined : Number(row.at);
  }

  /**
   * Keeps what becomes of one time, and when the next is. Of all that try, one has the time; the row of another stays as
   * it is. Nothing is kept of a schedule that was removed, paused or stopped meanwhile.
   * @param seen the time that was due when they looked: whoever gave it another meanwhile is right
   * @returns whether this one has it
   */
  async fire(uid: string, seen: number | undefined, run: NewRun, turn: Turn, now: number): Promise<boolean> {
    return await this.#db.transaction().execute(async (trx) => {
      const had = await trx
        .insertInto('schedule_runs')
        .columns(['schedule_id', 'due_at', 'outcome', 'reason', 'task_id', 'tried_at', 'decided_at'])
        .expression((eb) =>
          eb
            .selectFrom('schedules')
            .select([
              'schedules.id',
              sql<number>`cast(${run.dueAt} as bigint)`.as('due_at'),
              sql<string>`cast(${run.outcome} as text)`.as('outcome'),
              sql<string | null>`cast(${run.reason ?? null} as text)`.as('reason'),
              sql<string | null>`cast(${run.taskId ?? null} as text)`.as('task_id'),
              sql<number>`cast(${now} as bigint)`.as('tried_at'),
              sql<number>`cast(${now} as bigint)`.as('decided_at'),
            ])
            .where('schedules.uid', '=', uid)
            .where('schedules.state', '=', 'active'),
        )
        .onConflict((conflict) => conflict.doNothing())
        .returning('due_at')
        .executeTakeFirst();
      await turned(trx, uid, seen, turn).execute();
      return had !== undefined;
    });
  }

  /** The next time alone, or another state. @returns false when somebody changed it meanwhile */
  async turn(uid: string, seen: number | undefined, turn: Turn): Promise<boolean> {
    const { numUpdatedRows } = await turned(this.#db, uid, seen, turn).executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** A run that somebody asked for now. @returns false when there is one of that very millisecond */
  async ask(uid: string, run: NewRun, now: number): Promise<boolean> {
    const { id } = await this.#db
      .selectFrom('schedules')
      .select('id')
      .where('uid', '=', uid)
      .executeTakeFirstOrThrow();
    const row: Insertable<Tables['schedule_runs']> = {
      schedule_id: Number(id),
      due_at: run.dueAt,
      outcome: run.outcome,
      reason: run.reason ?? null,
      task_id: run.taskId ?? null,
      // Nobody has tried yet.
      tried_at: 0,
      decided_at: now,
    };
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('schedule_runs')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  /** Runs that go on or are to begin, oldest first. */
  async open(limit: number, uid?: string): Promise<OpenRun[]> {
    let select = this.#runs()
      .innerJoin('schedules', 'schedules.id', 'schedule_runs.schedule_id')
      .selectAll('schedules')
      .select(['schedule_runs.reason as run_reason', 'tasks.error as task_error'])
      .where('schedule_runs.outcome', 'in', OPEN_OUTCOMES);
    if (uid !== undefined) select = select.where('schedules.uid', '=', uid);
    const rows = await select
      .orderBy('schedule_runs.due_at')
      .orderBy('schedule_runs.schedule_id')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      schedule: toSchedule(row),
      dueAt: Number(row.due_at),
      outcome: row.outcome as RunOutcome,
      ...(row.run_reason === null ? {} : { reason: row.run_reason }),
      ...(row.task_id === null ? {} : { taskId: row.task_id }),
      decidedAt: Number(row.decided_at),
      triedAt: Number(row.tried_at),
      ...(row.task_state === null ? {} : { taskState: TaskState.parse(row.task_state) }),
      ...(row.task_error === null ? {} : { taskError: messageOf(row.task_error) }),
    }));
  }

  /** Lets one of all who would begin a run do so. @param triedAt as it was when they looked */
  async take({ schedule: { uid }, dueAt, triedAt }: OpenRun, now: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#run(uid, dueAt)
      .set({ tried_at: now })
      .where('tried_at', '=', triedAt)
      .where('outcome', '=', 'due')
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** @param from the outcomes that it may have until now. @returns false when it has another by now */
  async decide(
    uid: string,
    dueAt: number,
    from: readonly RunOutcome[],
    { outcome, reason }: Pick<ScheduleRun, 'outcome' | 'reason'>,
    now: number,
  ): Promise<boolean> {
    const { numUpdatedRows } = await this.#run(uid, dueAt)
      .set({ outcome, reason: reason ?? null, decided_at: now })
      .where('outcome', 'in', from)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Newest first. */
  async runs(uid: string, limit: number): Promise<ScheduleRun[]> {
    const rows = await this.#runs()
      .where('schedule_runs.schedule_id', '=', (eb) =>
        eb.selectFrom('schedules').select('schedules.id').where('uid', '=', uid),
      )
      .orderBy('schedule_runs.due_at', 'desc')
      .limit(limit)
      .execute();
    return rows.map(toRun);
  }

  /** Of all schedules, those that were due from one time on and before the other, oldest first. */
  async runsBetween(from: number, to: number, limit: number): Promise<(ScheduleRun & { uid: string })[]> {
    const rows = await this.#runs()
      .innerJoin('schedules', 'schedules.id', 'schedule_runs.schedule_id')
      .select('schedules.uid')
      .where('due_at', '>=', from)
      .where('due_at', '<', to)
      .orderBy('due_at')
      .limit(limit)
      .execute();
    return rows.map((row) => ({ ...toRun(row), uid: row.uid }));
  }

  /** The schedules whose scans these looks are, those that asked a scan of theirs once more too. @param looks hashes */
  async ofLooks(looks: readonly string[]): Promise<{ look: string; name: string; notify?: string }[]> {
    const tasks: { look: string; task: string }[] = [];
    for (const some of inPieces(looks)) {
      const rows = await this.#db
        .selectFrom('looks')
        .select(['hash', 'task_id'])
        .where('hash', 'in', some)
        .where('task_id', 'is not', null)
        .execute();
      for (const { hash, task_id } of rows) if (task_id !== null) tasks.push({ look: hash, task: task_id });
    }
    const requests = await this.#requests(tasks.map(({ task }) => task));
    const again = [...requests.values()].flatMap(({ recheckOf }) => recheckOf ?? []);
    const first = await this.#requests(again);
    const named = tasks.flatMap(({ look, task }) => {
      const { schedule, recheckOf = '' } = requests.get(task) ?? {};
      const uid = schedule ?? first.get(recheckOf)?.schedule;
      return uid === undefined ? [] : [{ look, uid }];
    });
    if (named.length === 0) return [];
    const rows = await this.#db.selectFrom('schedules').select(['uid', 'name', 'notify']).execute();
    const schedules = new Map(rows.map((row) => [row.uid, row]));
    return named.flatMap(({ look, uid }) => {
      const found = schedules.get(uid);
      if (found === undefined) return [];
      return [{ look, name: found.name, ...(found.notify === null ? {} : { notify: found.notify }) }];
    });
  }

  /** What was asked of these tasks, by their ids. */
  async #requests(tasks: readonly string[]): Promise<Map<string, ScanRequest>> {
    const found = new Map<string, ScanRequest>();
    for (const some of inPieces([...new Set(tasks)])) {
      const rows = await this.#db
        .selectFrom('tasks')
        .select(['id', 'request'])
        .where('id', 'in', some)
        .execute();
      for (const { id, request } of rows) found.set(id, ScanRequest.parse(JSON.parse(request)));
    }
    return found;
  }

  /** Forgets runs that were due before this and are over. @returns how many went, up to `most` */
  async prune(dueBefore: number, most: number): Promise<number> {
    const { numAffectedRows } = await sql`
      delete from schedule_runs where (schedule_id, due_at) in (
        select schedule_id, due_at from schedule_runs
        where due_at < ${dueBefore} and outcome not in ('due', 'running', 'paused')
        limit ${sql.lit(most)})`.execute(this.#db);
    return Number(numAffectedRows ?? 0);
  }

  #runs() {
    return this.#db
      .selectFrom('schedule_runs')
      .leftJoin('tasks', 'tasks.id', 'schedule_runs.task_id')
      .selectAll('schedule_runs')
      .select([
        'tasks.state as task_state',
        'tasks.started_at as task_started',
        'tasks.ended_at as task_ended',
      ]);
  }

  #run(uid: string, dueAt: number) {
    return this.#db
      .updateTable('schedule_runs')
      .where('schedule_id', '=', (eb) =>
        eb.selectFrom('schedules').select('schedules.id').where('uid', '=', uid),
      )
      .where('due_at', '=', dueAt);
  }
}

function turned(db: Kysely<Tables>, uid: string, seen: number | undefined, turn: Turn) {
  const update = db
    .updateTable('schedules')
    .set({
      state: turn.state,
      reason: turn.reason ?? null,
      paused_until: turn.pausedUntil ?? null,
      next_due: turn.nextDue ?? null,
      next_at: turn.nextAt ?? null,
    })
    .where('uid', '=', uid)
    .where('state', 'in', ['active', 'paused']);
  return seen === undefined ? update.where('next_due', 'is', null) : update.where('next_due', '=', seen);
}

function columnsOf(schedule: Schedule) {
  return {
    name: schedule.name,
    owner: schedule.owner,
    site: schedule.site,
    request: JSON.stringify(schedule.request),
    rule: schedule.when,
    zone: schedule.zone,
    jitter_s: schedule.jitterSeconds,
    allowed_window: schedule.window ?? null,
    missed: schedule.missed,
    overlap: schedule.overlap,
    anchor_at: schedule.anchorAt,
    notify: schedule.notify ?? null,
    state: schedule.state,
    reason: schedule.reason ?? null,
    paused_until: schedule.pausedUntil ?? null,
    next_due: schedule.nextDue ?? null,
    next_at: schedule.nextAt ?? null,
    changed_at: schedule.changedAt,
  };
}

function toSchedule(row: Row): Schedule {
  return {
    uid: row.uid,
    name: row.name,
    owner: row.owner,
    site: row.site,
    request: ScanRequest.parse(JSON.parse(row.request)),
    when: row.rule,
    zone: row.zone,
    jitterSeconds: row.jitter_s,
    ...(row.allowed_window === null ? {} : { window: row.allowed_window }),
    // These words are written above alone.
    missed: row.missed as Missed,
    overlap: row.overlap as Overlap,
    anchorAt: Number(row.anchor_at),
    ...(row.notify === null ? {} : { notify: row.notify }),
    state: row.state as ScheduleState,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.paused_until === null ? {} : { pausedUntil: Number(row.paused_until) }),
    ...(row.next_due === null ? {} : { nextDue: Number(row.next_due) }),
    ...(row.next_at === null ? {} : { nextAt: Number(row.next_at) }),
    createdAt: Number(row.created_at),
    changedAt: Number(row.changed_at),
  };
}

/** What of the scan of a run is read with it. */
interface JoinedRun {
  task_state: string | null;
  task_started: number | string | null;
  task_ended: number | string | null;
}

/** A scan that has ended is told as such at once, before the run's own row says so. */
function toRun(row: RunRow & JoinedRun): ScheduleRun {
  const { task_started: started, task_ended: ended } = row;
  const state =
    row.outcome === 'running' && row.task_state !== null ? TaskState.parse(row.task_state) : undefined;
  return {
    dueAt: Number(row.due_at),
    outcome:
      state !== undefined && FINAL_STATES.has(state) ? (state as RunOutcome) : (row.outcome as RunOutcome),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.task_id === null ? {} : { taskId: row.task_id }),
    ...(started === null || ended === null ? {} : { seconds: (Number(ended) - Number(started)) / 1000 }),
    decidedAt: Number(row.decided_at),
  };
}

function messageOf(error: string): string {
  const { message }: { message?: string } = JSON.parse(error);
  return message ?? 'It failed.';
}
