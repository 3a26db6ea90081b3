/**
 * The store over SQLite, which runs in a thread of its own (thread.ts): one message for each call. A database that is
 * locked, or whose disk hangs, then delays those who ask it and nobody else; and they hear so after a while instead of
 * waiting with it.
 */
import { once } from 'node:events';
import module from 'node:module';
import { Worker } from 'node:worker_threads';
import { type ErrorValue, PortolanError } from '../../core/errors.ts';
import { LeaseLost } from '../../core/lease.ts';
import { monotonicMs } from '../../core/monotonic.ts';
import { storeOf } from '../calls.ts';
import { hostRowOf } from '../host-row.ts';
import { inPieces } from '../pieces.ts';
import { MOST_AT_ONCE } from '../record-batch.ts';
import type { Store } from '../store.ts';
import { storageHangs } from './failures.ts';

export interface ThreadData {
  path: string;
  /** Whether the SQLite within Node serves; {@link ADDON_CRASHES} when absent. */
  inNode?: boolean;
  /** Where compiled code is kept, as for the process itself (main.ts). */
  codeCache?: string;
}

export interface Question {
  id: number;
  /** `hosts.put`, or `open`, `close`. */
  call: string;
  given: readonly unknown[];
  /** Not carried out after this, in milliseconds of the monotonic clock that both threads share; absent: whenever. */
  deadline?: number;
}

export type Answer =
  | { id: number; value: unknown }
  | { id: number; refused: { value: ErrorValue } | { defect: string } | 'lease lost' };

/**
 * better-sqlite3 is built for version 10 of Node-API, which Node has since 22.14. An older one does not refuse it: the
 * process is gone with a segmentation fault.
 */
const ADDON_CRASHES = Number(process.versions['napi']) < 10;
/** Before 22.13 Node has its SQLite only when asked for. */
const IN_NODE_FLAGS = ['--experimental-sqlite', '--disable-warning=ExperimentalWarning'];

const CLOSE_MS = 2000;

// The sources run as they are (Node strips the types); the bundle has this thread as an entry point of its own.
const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? './thread.ts' : './store-thread.js',
  import.meta.url,
);

/** @throws PortolanError `storage_failed` when the file cannot be opened, is not ours or of a newer version. */
export async function openInThread(data: ThreadData, deadlineMs: number): Promise<Store> {
  const thread = new Thread(data, deadlineMs);
  try {
    await thread.ask('open', []);
  } catch (error) {
    await thread.close();
    throw error;
  }
  const parts = storeOf((call, given) => thread.ask(call, given));
  const { hosts } = parts;
  return {
    ...parts,
    hosts: {
      ...hosts,
      // One text crosses to another thread many times faster than what it says.
      record: (taskId, batch, lease) => hosts.recordText(taskId, JSON.stringify(batch), lease),
      async put(taskId, told, lease) {
        for (const some of inPieces(told, MOST_AT_ONCE))
          await hosts.recordText(taskId, JSON.stringify({ hosts: some.map(hostRowOf) }), lease);
      },
      async page(...asked) {
        const rows = await hosts.bodies(...asked);
        return rows.map(({ seq, body }) => ({ seq, host: JSON.parse(body) }));
      },
    },
    close: () => thread.close(),
  };
}

interface Waiting {
  resolve: (value: unknown) => void;
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
    const codeCache = module.getCompileCacheDir?.();
    this.#worker = new Worker(THREAD, {
      workerData: { path, inNode, ...(codeCache === undefined ? {} : { codeCache }) } satisfies ThreadData,
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

  ask(call: string, given: readonly unknown[]): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (this.#stuckAt !== undefined) return Promise.reject(storageHangs(this.#deadlineMs));
    return this.#post(call, given, this.#deadlineMs, false);
  }

  async close(): Promise<void> {
    if (!this.#ended) {
      const gone = once(this.#worker, 'exit', { signal: AbortSignal.timeout(CLOSE_MS) });
      await this.#post('close', [], CLOSE_MS, true).catch(() => {});
      // It ends by itself. Ended from outside while it puts SQLite away, it may take the process with it.
      this.#worker.ref();
      await gone.catch(() => {});
    }
    await this.#worker.terminate();
  }

  /** @param whenever carried out even when its time is over */
  #post(call: string, given: readonly unknown[], waitMs: number, whenever: boolean): Promise<unknown> {
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
      const deadline = monotonicMs() + waitMs;
      this.#worker.postMessage({ id, call, given, ...(whenever ? {} : { deadline }) } satisfies Question);
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
    if (!('refused' in answer)) waiting.resolve(answer.value);
    else if (answer.refused === 'lease lost') waiting.reject(new LeaseLost());
    else if ('defect' in answer.refused) waiting.reject(new Error(answer.refused.defect));
    else {
      const { code, message, next, limit, retry_after_seconds: retryAfterSeconds } = answer.refused.value;
      waiting.reject(new PortolanError(code, message, next, { limit, retryAfterSeconds }));
    }
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
