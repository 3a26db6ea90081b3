/** Looks on while scans run: events, metrics, audit, circuit breakers. Told as it happens; must not throw. */
import type { HostResult, Progress, Protocol } from '../core/result.ts';
import type { Task } from '../core/task.ts';

export interface ScannerRun {
  argv: string[];
  nmapVersion: string;
  /** It may disturb its targets (scripts that nmap files so). */
  intrusive: boolean;
  /** It hides itself (decoys, fragments, forged ports). */
  evasion: boolean;
}

export interface ScanObserver {
  /** A task waits, runs again or has ended; `task.state` says which. */
  changed(task: Task): void;
  /** A scanner has been started for it: what ran, without `nmap` itself. */
  ran(task: Task, run: ScannerRun): void;
  host(task: Task, host: HostResult): void;
  openPort(task: Task, found: { address: string; port: number; protocol: Protocol }): void;
  progress(task: Task, progress: Progress): void;
}
