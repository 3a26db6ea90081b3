/**
 * The other side of thread-dialect.ts: SQLite in a thread of its own, as its calls wait for the disk and for locks, and
 * nobody else should. In the bundle this file is an entry point named `store-thread`.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { monotonicMs } from '../core/monotonic.ts';
import { type Connection, connect } from './sqlite.ts';
import type { Answer, Question, ThreadData } from './thread-dialect.ts';

const port = parentPort;
if (port === null) throw new Error('thread.ts is started by thread-dialect.ts only');

/** Compiled statements that are kept. The store has some dozens; lists of bound values make a few more. */
const MOST_STATEMENTS = 200;
/** How long another process may hold the database while it writes. */
const BUSY_TIMEOUT_MS = 3000;
const BUSY_PAUSE_MS = 10;
/** Nobody ever wakes it: to wait on it is to sleep. */
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

const { path, inNode = false }: ThreadData = workerData;
let database: Connection | undefined;
const statements = new Map<string, ReturnType<Connection['prepare']>>();

function open(): Connection {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const sqlite = connect(path, inNode);
  try {
    // Results tell where the weak spots of a network are: for the owner's eyes only.
    if (path !== ':memory:') chmodSync(path, 0o600);
    sqlite.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    enterWriteAheadMode(sqlite);
    // FULL, not NORMAL: what was reported must also survive the machine's own death. Measured at 0.2 ms a commit.
    sqlite.exec('pragma synchronous = FULL');
    sqlite.exec('pragma foreign_keys = ON');
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

/** Of two that do this to a new file at the same time SQLite lets one fail at once, as waiting would block both. */
function enterWriteAheadMode(sqlite: Connection): void {
  const until = monotonicMs() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      sqlite.exec('pragma journal_mode = WAL');
      return;
    } catch (error) {
      const busy = codeOf(error)?.startsWith('SQLITE_BUSY');
      if (!busy || monotonicMs() > until) throw error;
      Atomics.wait(PAUSE, 0, 0, BUSY_PAUSE_MS);
    }
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

function prepare(sqlite: Connection, sql: string): ReturnType<Connection['prepare']> {
  const known = statements.get(sql);
  if (known) return known;
  const statement = sqlite.prepare(sql);
  const [oldest] = statements.keys();
  if (statements.size >= MOST_STATEMENTS && oldest !== undefined) statements.delete(oldest);
  statements.set(sql, statement);
  return statement;
}

function answer({ id, kind, sql, parameters, deadline }: Question): Answer {
  try {
    if (kind === 'close') {
      database?.close();
      return { id, rows: [] };
    }
    database ??= open();
    // Whoever asked has been told that it failed, so it must not happen behind their back.
    if (deadline !== undefined && monotonicMs() > deadline) throw new Error('too late');
    return { id, ...prepare(database, sql)(parameters) };
  } catch (error) {
    const code = codeOf(error);
    return {
      id,
      error: {
        message: error instanceof Error ? error.message : String(error),
        ...(code === undefined ? {} : { code }),
      },
    };
  }
}

port.on('message', (question: Question) => {
  port.postMessage(answer(question));
  if (question.kind === 'close') port.close();
});
