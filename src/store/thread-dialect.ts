/**
 * SQLite for kysely, in a thread of its own (thread.ts). A database that is locked, or whose disk hangs, then delays
 * those who ask it and nobody else; and they hear so after a while instead of waiting with it.
 */
import { Worker } from 'node:worker_threads';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { monotonicMs } from '../core/monotonic.ts';
import { storageFailure, storageHangs } from './failures.ts';

export interface ThreadData {
  path: string;
  /** Whether the SQLite within Node serves; {@link ADDON_CRASHES} when absent. */
  inNode?: boolean;
}

export interface Question {
  id: number;
  kind: 'query' | 'close';
  sql: string;
  parameters: readonly unknown[];
  /** Not carried out after this, by core/monotonic.ts; absent: whenever. */
  deadline?: number;
}

export type Answer =
  | { id: number; rows: unknown[]; changes?: number; insertId?: bigint }
  | { id: number; error: { message: string; code?: string } };

/**
 * better-sqlite3 is built for version 10 of Node-API, which Node has since 22.14. An older one does not refuse it: the
 * process is gone with a segmentation fault.
 */
const ADDON_CRASHES = Number(process.versions['napi']) < 10;
/** Before 22.13 Node has its SQLite only when asked for. */
const IN_NODE_FLAGS = ['--experimental-sqlite', '--disable-warning=ExperimentalWarning'];

/** Well above the time that a lock is waited for: past this the disk hangs. */
const DEADLINE_MS = 10_000;
const CLOSE_MS = 2000;

// The sources run as they are (Node strips the types); the bundle has this thread as an entry point of its own.
const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? './thread.ts' : './store-thread.js',
  import.meta.url,
);

export function threadDialect(data: ThreadData, deadlineMs: number = DEADLINE_MS): Dialect {
  return {
    createAdapter: () => new Adapter(),
    createDriver: () => new ThreadDriver(new Thread(data, deadlineMs)),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** SQLite can change tables within a transaction, so a process that is killed meanwhile leaves none half made. */
class Adapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

class Thread {
  readonly #worker: Worker;
  readonly #deadlineMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  /** The question that was not answered in time; until its answer comes nothing else is waited for. */
  #stuckAt: number | undefined;
  #ended: Error | undefined;

  constructor(data: ThreadData, deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
    const { path, inNode = ADDON_CRASHES } = data;
    this.#worker = new Worker(THREAD, {
      workerData: { path, inNode } satisfies ThreadData,
      name: 'store',
      ...(inNode ? { execArgv: IN_NODE_FLAGS } : {}),
    });
    // Only a question that waits keeps the process alive.
    this.#worker.unref();
    this.#worker.on('message', (answer: Answer) => this.#hear(answer));
    this.#worker.on('error', (error: unknown) =>
      this.#end(error instanceof Error ? error : new Error(String(error))),
    );
    this.#worker.on('exit', () => this.#end(new Error('The thread of the database has ended.')));
  }

  /** @param whenever carried out even when its time is over: the end of a transaction must not be left out. */
  ask(sql: string, parameters: readonly unknown[], whenever = false): Promise<Answer> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (this.#stuckAt !== undefined && !whenever) return Promise.reject(storageHangs(this.#deadlineMs));
    return this.#post('query', sql, parameters, this.#deadlineMs, whenever);
  }

  async close(): Promise<void> {
    if (!this.#ended) await this.#post('close', '', [], CLOSE_MS, true).catch(() => {});
    await this.#worker.terminate();
  }

  #post(
    kind: Question['kind'],
    sql: string,
    parameters: readonly unknown[],
    waitMs: number,
    whenever: boolean,
  ): Promise<Answer> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#stuckAt ??= id;
        this.#waiting.delete(id);
        this.#rest();
        reject(storageHangs(waitMs));
      }, waitMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#worker.ref();
      this.#worker.postMessage({
        id,
        kind,
        sql,
        parameters,
        ...(whenever ? {} : { deadline: monotonicMs() + waitMs }),
      } satisfies Question);
    });
  }

  #hear(answer: Answer): void {
    // Answers come in the order of the questions: with this one, all that were late have been dealt with.
    if (this.#stuckAt !== undefined && answer.id >= this.#stuckAt) this.#stuckAt = undefined;
    const waiting = this.#waiting.get(answer.id);
    if (!waiting) return;
    this.#waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    this.#rest();
    waiting.resolve(answer);
  }

  #rest(): void {
    if (this.#waiting.size === 0) this.#worker.unref();
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#waiting.clear();
  }
}

class ThreadDriver implements Driver {
  readonly #thread: Thread;
  readonly #connection: DatabaseConnection;

  constructor(thread: Thread) {
    this.#thread = thread;
    this.#connection = {
      executeQuery: ({ sql, parameters }) => execute(thread, sql, parameters),
      streamQuery: () => {
        throw new Error('Nothing here streams from the database; read it page by page.');
      },
    };
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    // Immediate: every transaction here writes, and one that only then finds the database locked cannot wait for it.
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(): Promise<void> {
    try {
      await execute(this.#thread, 'rollback', [], true);
    } catch (error) {
      // A full or failing disk makes SQLite roll back by itself (sqlite.org/lang_transaction.html): why is known already.
      if (!(error instanceof Error && error.message.includes('no transaction is active'))) throw error;
    }
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    await this.#thread.close();
  }
}

async function execute<R>(
  thread: Thread,
  sql: string,
  parameters: readonly unknown[],
  whenever = false,
): Promise<QueryResult<R>> {
  const answer = await thread.ask(sql, parameters, whenever);
  if ('error' in answer) throw storageFailure(answer.error);
  const { rows, changes, insertId } = answer;
  return {
    // The rows have the shape that the query says; kysely's types carry it, the thread cannot.
    rows: rows as R[],
    ...(changes === undefined ? {} : { numAffectedRows: BigInt(changes) }),
    ...(insertId === undefined ? {} : { insertId }),
  };
}
