/**
 * One connection for each scanner: made when it is first needed, kept alive and shared by all scans there, closed when
 * nobody has used it for a while. At most so many scans at once; and its circuit breaker leaves a scanner alone that could
 * not be reached several times in a row, so that callers hear so at once instead of waiting for the same timeout.
 */
import PQueue from 'p-queue';
import type { CircuitBreaker } from '../../core/breaker.ts';
import { PortolanError } from '../../core/errors.ts';
import type { SshConnection } from './connect.ts';

export interface PoolSettings {
  /** Scans at once on this scanner; the next ones wait. */
  maxScans: number;
  /** A connection without a scan is closed after this. */
  idleMs: number;
}

export interface Pool {
  /** The live connection, made if there is none. @throws PortolanError of the step that failed */
  connection(signal?: AbortSignal): Promise<SshConnection>;
  /** The same with a place for one scan; waits for one. */
  acquire(signal: AbortSignal): Promise<{ connection: SshConnection; release: () => void }>;
  close(): void;
}

export function createPool(
  open: () => Promise<SshConnection>,
  breaker: CircuitBreaker,
  { maxScans, idleMs }: PoolSettings,
): Pool {
  const places = new PQueue({ concurrency: maxScans });
  let current: Promise<SshConnection> | undefined;
  let live: SshConnection | undefined;
  let idle: NodeJS.Timeout | undefined;
  let busy = 0;
  let closings = 0;

  function rest(): void {
    clearTimeout(idle);
    if (busy === 0) idle = setTimeout(forget, idleMs).unref();
  }

  function forget(): void {
    closings += 1;
    clearTimeout(idle);
    live?.close();
    live = undefined;
    current = undefined;
  }

  async function guarded(): Promise<SshConnection> {
    const permit = breaker.enter();
    const before = closings;
    try {
      const made = await open();
      permit('success');
      if (closings !== before) {
        made.close();
        throw stoppedBefore();
      }
      live = made;
      rest();
      return made;
    } catch (error) {
      permit(isInfrastructure(error) ? 'fault' : 'neutral');
      throw error;
    }
  }

  async function connection(signal?: AbortSignal): Promise<SshConnection> {
    if (live?.isOpen()) {
      rest();
      return live;
    }
    // Several callers share one attempt; it is not stopped for one of them alone.
    current ??= guarded().finally(() => {
      current = undefined;
    });
    return await abortable(current, signal);
  }

  return {
    connection,

    acquire(signal) {
      const { promise, resolve, reject } = Promise.withResolvers<{
        connection: SshConnection;
        release: () => void;
      }>();
      places
        .add(
          async () => {
            const open = await connection(signal);
            const { promise: done, resolve: release } = Promise.withResolvers<void>();
            busy += 1;
            clearTimeout(idle);
            resolve({ connection: open, release });
            await done;
            busy -= 1;
            rest();
          },
          { signal },
        )
        .catch(reject);
      return promise;
    },

    close: forget,
  };
}

/** Refusals (host key, login, nmap missing) say nothing about the network, and must not hide behind a pause. */
function isInfrastructure(error: unknown): boolean {
  return (
    error instanceof PortolanError &&
    (error.code === 'scanner_unreachable' || error.code === 'connection_lost')
  );
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(stoppedBefore());
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function stoppedBefore(): PortolanError {
  return new PortolanError(
    'interrupted',
    'The scan was stopped before it began.',
    'Start it again if it is still wanted.',
  );
}
