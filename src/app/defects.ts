/** What goes wrong beside any call: work in the background has nobody to answer. */
import { PortolanError } from '../core/errors.ts';
import { monotonicMs } from '../core/monotonic.ts';
import type { Logger } from '../observe/log.ts';

/** Everything that waits for a database tries again every second; the log needs one line of it in this time. */
const SAY_AGAIN_MS = 60_000;

/**
 * Writes a defect of ours into the log, with its stack. A database or disk that fails is none: that is said in words, and
 * of the same trouble once a minute.
 */
export function createDefectLog(
  log: Pick<Logger, 'error' | 'warn'>,
  now: () => number = monotonicMs,
): (error: unknown) => void {
  const saidAt = new Map<string, number>();
  return (error) => {
    if (!(error instanceof PortolanError) || error.code !== 'storage_failed') {
      log.error({ err: error }, 'defect');
      return;
    }
    const { message: why, next } = error;
    if (now() - (saidAt.get(why) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN_MS) return;
    saidAt.set(why, now());
    log.warn({ why, next }, 'what runs waits for the database');
  };
}
