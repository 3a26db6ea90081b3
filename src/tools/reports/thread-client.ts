/**
 * Reports of large scans, written in a thread of their own (thread.ts): reading and writing a million ports takes seconds,
 * in which nobody else would be answered. One thread for all of them, host by host, and no faster than each is read.
 */
import { Worker } from 'node:worker_threads';
import { PortolanError } from '../../core/errors.ts';
import type { Order, Reply } from './thread.ts';
import type { Writing } from './write.ts';

/** The thread ends when nobody has used it for so long. */
const IDLE_MS = 10_000;
const MOST_MEGABYTES = 512;

// The sources run as they are (Node strips the types); the bundle has this thread as an entry point of its own.
const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? './thread.ts' : './report-thread.js',
  import.meta.url,
);

interface Reader {
  hear(reply: Reply): void;
  fail(error: Error): void;
}

let worker: Worker | undefined;
let ending: NodeJS.Timeout | undefined;
let last = 0;
const readers = new Map<number, Reader>();

function thread(): Worker {
  clearTimeout(ending);
  if (worker) return worker;
  const started = new Worker(THREAD, {
    name: 'reports',
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
  });
  const gone = (error: Error) => {
    if (worker !== started) return;
    worker = undefined;
    for (const reader of readers.values()) reader.fail(error);
  };
  started.on('message', (reply: Reply) => readers.get(reply.report)?.hear(reply));
  started.on('error', (cause: unknown) => gone(failed(cause)));
  started.on('exit', () => gone(failed(undefined)));
  worker = started;
  return started;
}

function release(id: number): void {
  readers.delete(id);
  worker?.postMessage({ kind: 'close', report: id } satisfies Order);
  if (readers.size > 0) return;
  worker?.unref();
  ending = setTimeout(() => {
    const idle = worker;
    worker = undefined;
    void idle?.terminate();
  }, IDLE_MS).unref();
}

/**
 * The report in pieces, each made when it is asked for.
 * @param nextHost the stored hosts one by one, as text; undefined when there are no more.
 * @param onCut told when {@link Writing.most} left something out.
 */
export async function* writeInThread(
  writing: Writing,
  nextHost: () => Promise<string | undefined>,
  onCut: () => void = () => {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const to = thread();
  to.ref();
  last += 1;
  const report = last;
  const tell = (order: Order) => to.postMessage(order);
  let piece = Promise.withResolvers<Extract<Reply, { kind: 'piece' }>>();
  let broken: Error | undefined;
  const fail = (error: Error) => {
    broken = error;
    piece.reject(error);
  };
  readers.set(report, {
    fail,
    hear(reply) {
      if (reply.kind === 'piece') piece.resolve(reply);
      else if (reply.kind === 'failed') fail(failed(reply.message));
      else nextHost().then((body) => tell({ kind: 'host', report, body }), fail);
    },
  });
  try {
    tell({ kind: 'open', report, writing });
    for (;;) {
      if (broken) throw broken;
      piece = Promise.withResolvers();
      tell({ kind: 'pull', report });
      const { bytes, done, cut } = await piece.promise;
      if (done && cut) onCut();
      yield bytes;
      if (done) return;
    }
  } finally {
    release(report);
  }
}

function failed(cause: unknown): PortolanError {
  return new PortolanError(
    'resource_exhausted',
    'The report could not be written.',
    'Read the result page by page with get_task_result.',
    { cause },
  );
}
