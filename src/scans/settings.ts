/** What the operator set about scans (the `scans` group of the configuration). */
export interface ScanSettings {
  /** Scans that run at the same time over all processes that share a database. */
  maxConcurrentTasks: number;
  /** Scans that may wait behind them. */
  queueLimit: number;
  /** Ended tasks are kept this many days. */
  keepDays: number;
}
