/**
 * Runs {@link analyzeCapture} in a worker thread, so that a server goes on answering while it reads a capture. The
 * last thread is kept for a while: the next analysis finds its code compiled and answers in milliseconds.
 */
import { Worker } from 'node:worker_threads';
import { type ErrorValue, PortolanError } from '../core/errors.ts';
import type {
  AnalyzeOptions,
  CaptureProgress,
  CaptureReport,
  CaptureSource,
  DetectionSettings,
} from './analysis.ts';

export type ToWorker =
  | { kind: 'analyze'; source: CaptureSource; settings: DetectionSettings; maxBytes: number | undefined }
  | { kind: 'cancel' };

export type FromWorker =
  | { kind: 'progress'; progress: CaptureProgress }
  | { kind: 'report'; report: CaptureReport }
  | { kind: 'refused'; error: ErrorValue }
  | { kind: 'broken'; message: string };

/** Analyses at the same time; more wait their turn. Two threads are all that paid on the machines measured. */
const MAX_THREADS = 2;
/** How long a thread without work is kept. It never keeps the process alive. */
const IDLE_MS = 60_000;
/** A thread that does not heed a cancel in this time (it may hang in a read) is ended. */
const CANCEL_GRACE_MS = 1000;
/** The tables live outside the heap and are bounded by DetectionSettings.maxRecords; this is for everything else. */
const LIMITS = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64 };

// The sources run as they are (Node strips the types); the bundle has this thread as an entry point of its own.
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './worker.ts' : './capture-worker.js',
  import.meta.url,
);

interface Idle {
  worker: Worker;
  timer: NodeJS.Timeout;
}
const idle: Idle[] = [];
const waiting: (() => void)[] = [];
let threads = 0;

/**
 * As analyzeCapture, off the main thread. An `fd` must stay open until the promise settles. A `stream` cannot leave
 * its thread and is refused: give the descriptor, or call analyzeCapture.
 */
export async function analyzeInWorker(
  source: CaptureSource,
  settings: DetectionSettings,
  options: AnalyzeOptions = {},
): Promise<CaptureReport> {
  if (source.kind === 'stream') {
    throw new PortolanError(
      'internal',
      'A stream cannot be read in a worker.',
      'Give a path or a descriptor.',
    );
  }
  options.signal?.throwIfAborted();
  await turn(options.signal);
  try {
    // It may have been aborted while it waited: from here on run() listens.
    options.signal?.throwIfAborted();
    return await run(take(), { kind: 'analyze', source, settings, maxBytes: options.maxBytes }, options);
  } finally {
    threads--;
    waiting.shift()?.();
  }
}

async function turn(signal: AbortSignal | undefined): Promise<void> {
  while (threads >= MAX_THREADS) {
    await new Promise<void>((resolve) => waiting.push(resolve));
    if (signal?.aborted === true) {
      waiting.shift()?.();
      signal.throwIfAborted();
    }
  }
  threads++;
}

function take(): Worker {
  const kept = idle.pop();
  if (kept === undefined) {
    const worker = new Worker(WORKER, { resourceLimits: LIMITS, name: 'capture' });
    // A thread that fails while nobody waits for it is simply not used again.
    worker.on('error', () => forget(worker));
    worker.on('exit', () => forget(worker));
    return worker;
  }
  clearTimeout(kept.timer);
  kept.worker.ref();
  return kept.worker;
}

function forget(worker: Worker): void {
  const at = idle.findIndex((one) => one.worker === worker);
  if (at < 0) return;
  clearTimeout(idle[at]?.timer);
  idle.splice(at, 1);
}

function keep(worker: Worker): void {
  if (idle.length > 0) {
    void worker.terminate();
    return;
  }
  worker.unref();
  const timer = setTimeout(() => {
    idle.splice(0);
    void worker.terminate();
  }, IDLE_MS);
  timer.unref();
  idle.push({ worker, timer });
}

function run(worker: Worker, request: ToWorker, options: AnalyzeOptions): Promise<CaptureReport> {
  const { signal, onProgress } = options;
  return new Promise((resolve, reject) => {
    let grace: NodeJS.Timeout | undefined;
    const cancel = () => {
      worker.postMessage({ kind: 'cancel' } satisfies ToWorker);
      grace = setTimeout(() => end(false, () => reject(signal?.reason)), CANCEL_GRACE_MS);
    };
    const end = (reusable: boolean, settle: () => void) => {
      clearTimeout(grace);
      signal?.removeEventListener('abort', cancel);
      worker.off('message', hear);
      worker.off('error', fail);
      worker.off('exit', exited);
      if (reusable) keep(worker);
      else void worker.terminate();
      settle();
    };
    const broken = (message: string) =>
      end(false, () =>
        reject(
          new PortolanError(
            'internal',
            `The analysis of the capture failed: ${message}.`,
            'Report this with the capture, if it can be shared.',
          ),
        ),
      );
    const hear = (answer: FromWorker) => {
      switch (answer.kind) {
        case 'progress':
          onProgress?.(answer.progress);
          return;
        case 'report':
          end(true, () => resolve(answer.report));
          return;
        case 'refused': {
          const { code, message, next, limit } = answer.error;
          end(true, () => reject(new PortolanError(code, message, next, { limit })));
          return;
        }
        case 'broken':
          if (signal?.aborted === true) end(true, () => reject(signal.reason));
          else broken(answer.message);
      }
    };
    const fail = (error: unknown) => broken(error instanceof Error ? error.message : String(error));
    const exited = (code: number) => broken(`its thread ended with code ${code}`);
    worker.on('message', hear);
    worker.on('error', fail);
    worker.on('exit', exited);
    signal?.addEventListener('abort', cancel, { once: true });
    worker.postMessage(request);
  });
}
