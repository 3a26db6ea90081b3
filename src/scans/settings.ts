/** What the operator set about scans (the `scans` group of the configuration). */
import { LOCAL_CALLER } from '../core/caller.ts';

export interface ScanSettings {
  /** Scans that run at the same time over all processes that share a database; in a zone, in each process. */
  maxConcurrentTasks: number;
  /** Scans that may wait behind them. */
  queueLimit: number;
  /** Of the first, as many of one caller; half of them when absent. */
  maxConcurrentPerCaller?: number | undefined;
  /** Of the second, as many of one caller; half of them when absent. */
  queueLimitPerCaller?: number | undefined;
  /** A scan that has run for so long is ended; 0 sets no limit. */
  maxRunMinutes: number;
  /** Ended tasks are kept this many days. */
  keepDays: number;
  /** Of which processes this one is: each of a zone runs what any of them was asked for. Alone when absent. */
  zone?: string | undefined;
}

/** Has no share: whoever is at this machine can end us altogether, and without tokens everybody is this caller. */
export const WITHOUT_SHARE = LOCAL_CALLER.id;

/** How many scans of one caller may run and wait at the same time. */
export function shareOf(
  owner: string,
  { maxConcurrentTasks, queueLimit, maxConcurrentPerCaller, queueLimitPerCaller }: ScanSettings,
): { running: number; waiting: number } {
  if (owner === WITHOUT_SHARE) return { running: maxConcurrentTasks, waiting: queueLimit };
  return {
    running: Math.min(maxConcurrentTasks, maxConcurrentPerCaller ?? Math.ceil(maxConcurrentTasks / 2)),
    waiting: Math.min(queueLimit, queueLimitPerCaller ?? Math.ceil(queueLimit / 2)),
  };
}
