/**
 * The other side of client.ts: SQLite in a thread of its own, as its calls wait for the disk and for locks, and nobody
 * else should. What is asked is a whole call of the store, carried out one after the other. In the bundle this file is an
 * entry point named `store-thread`.
 */
import module from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { Kysely } from 'kysely';
import { PortolanError } from '../../core/errors.ts';
import { LeaseLost } from '../../core/lease.ts';
import { monotonicMs } from '../../core/monotonic.ts';
import { callOf } from '../calls.ts';
import { SQLITE } from '../dialect.ts';
import { migrate, refuseOthers } from '../migrate.ts';
import type { Tables } from '../schema.ts';
import { buildStore } from '../store.ts';
import type { Answer, Question, ThreadData } from './client.ts';
import type { Connection } from './connection.ts';
import { storageFailure, tooLate } from './failures.ts';
import { openSqlite, settle, sqliteDialect } from './open.ts';
import { Room } from './room.ts';

const port = parentPort;
if (port === null) throw new Error('thread.ts is started by client.ts only');

const { path, inNode = false, codeCache }: ThreadData = workerData;
if (codeCache !== undefined) module.enableCompileCache?.(codeCache);
let sqlite: Connection | undefined;
const db = new Kysely<Tables>({
  dialect: sqliteDialect(() => {
    sqlite = openSqlite(path, inNode);
    return sqlite;
  }),
});
const room = new Room(path, () => sqlite);
const store = buildStore(db, SQLITE, room);

async function carryOut({ call, given, deadline }: Question): Promise<unknown> {
  // Whoever asked has been told that it failed, so it must not happen behind their back.
  if (deadline !== undefined && monotonicMs() > deadline) throw tooLate();
  if (call === 'open') return await open();
  if (call === 'close') return await db.destroy();
  return await callOf(store, call, given);
}

async function open(): Promise<void> {
  let lacks: boolean;
  try {
    lacks = await refuseOthers(db, SQLITE);
  } catch (error) {
    // On a full disk it cannot even be read: the index of its write-ahead log is a file as well.
    if (!isFull(error) || !room.make()) throw error;
    lacks = await refuseOthers(db, SQLITE);
  }
  if (sqlite) settle(sqlite, path);
  if (lacks) await migrate(db, SQLITE);
  room.hold();
}

/** By what it says when there is no room for the index of its write-ahead log (sqlite.org/rescode.html). */
function isFull(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && /^SQLITE_(FULL|IOERR_SHM|CANTOPEN)/.test(String(error.code))
  );
}

async function answer(question: Question): Promise<Answer> {
  const { id } = question;
  try {
    return { id, value: await carryOut(question) };
  } catch (thrown) {
    const error = thrown instanceof PortolanError ? thrown : storageFailure(thrown);
    if (error instanceof PortolanError) return { id, refused: { value: error.toValue() } };
    if (error instanceof LeaseLost) return { id, refused: 'lease lost' };
    return { id, refused: { defect: error.message } };
  }
}

let last: Promise<void> = Promise.resolve();
port.on('message', (question: Question) => {
  last = last.then(async () => {
    port.postMessage(await answer(question));
    if (question.call === 'close') port.close();
  });
});
