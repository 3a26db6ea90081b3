/**
 * One connection for each scanner: made when it is first needed, kept alive and shared by all scans there, closed when
 * nobody has used it for a while. At most so many scans at once; and a scanner that cannot be reached several times in
 * a row is left alone for a moment, so that callers hear so at once instead of waiting for the same timeout.
 */
import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import PQueue from 'p-queue';
import { PortolanError } from '../../core/errors.ts';
import type { SshConnection } from './connect.ts';

export interface PoolSettings {
  /** Scans at once on this scanner; the next ones wait. */
  maxScans: number;
  /** After so many failures of the network in a row … */
  failures: number;
  /** … nobody is connected for so long; then one try is let through. */
  pauseMs: number;
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
  name: string,
  open: (signal?: AbortSignal) => Promise<SshConnection>,
  { maxScans, failures, pauseMs, idleMs }: PoolSettings,
): Pool {
  const breaker = circuitBreaker(handleWhen(isInfrastructure), {
    halfOpenAfter: pauseMs,
    breaker: new ConsecutiveBreaker(failures),
  });
  const places = new PQueue({ concurrency: maxScans });
  let current: Promise<SshConnection> | undefined;
  let live: SshConnection | undefined;
  let idle: NodeJS.Timeout | undefined;
  let busy = 0;

  function rest(): void {
    clearTimeout(idle);
    if (busy === 0) idle = setTimeout(forget, idleMs).unref();
  }

  function forget(): void {
    clearTimeout(idle);
    live?.close();
    live = undefined;
    current = undefined;
  }

  async function connection(signal?: AbortSignal): Promise<SshConnection> {
    if (live?.isOpen()) {
      rest();
      return live;
    }
    // Several callers share one attempt; it is not stopped for one of them alone.
    current ??= breaker
      .execute(() => open())
      .then(
        (made) => {
          live = made;
          rest();
          return made;
        },
        (error: unknown) => {
          throw error instanceof BrokenCircuitError ? pausing(name, failures, pauseMs) : error;
        },
      )
      .finally(() => {
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

function pausing(name: string, failures: number, pauseMs: number): PortolanError {
  return new PortolanError(
    'scanner_unreachable',
    `Scanner ${name} could not be reached ${failures} times in a row; it is left alone for a moment.`,
    `Run \`portolan doctor --scanner ${name}\` to see which step fails, then try again.`,
    { retryAfterSeconds: Math.ceil(pauseMs / 1000), limit: `one try every ${Math.ceil(pauseMs / 1000)} s` },
  );
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () =>
      reject(
        new PortolanError(
          'interrupted',
          'The scan was stopped before it began.',
          'Start it again if it is still wanted.',
        ),
      );
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
