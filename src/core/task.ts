/** A scan as a durable task: one row that outlives the process which started it. */
import { z } from 'zod';
import type { RunFacts } from './details.ts';
import type { ErrorValue } from './errors.ts';
import type { Lease } from './lease.ts';
import type { ScanRequest } from './request.ts';
import type { CoverageNote, Progress } from './result.ts';

export const TaskState = z.enum(['pending', 'running', 'completed', 'failed', 'cancelled']);
export type TaskState = z.infer<typeof TaskState>;

export const FINAL_STATES: ReadonlySet<TaskState> = new Set(['completed', 'failed', 'cancelled']);

/** Who holds tasks that wait for the next process that runs tasks; they take no places until then. Never registered. */
export const NOBODY = 'nobody';

const ZONE = 'zone:';
/** Who holds the waiting tasks of a zone: whichever of its processes has a place takes one. Never registered. */
export const zoneHolder = (zone: string) => `${ZONE}${zone}`;
export const isZoneHolder = (holder: string) => holder.startsWith(ZONE);

/** Times are milliseconds since the epoch, as Date.now() gives them. */
export interface Task {
  id: string;
  state: TaskState;
  /** Who asked (Caller.id): `local` on stdio and the command line. */
  owner: string;
  request: ScanRequest;
  createdAt: number;
  startedAt?: number;
  endedAt?: number;
  /** What ran, without `nmap` itself, once it has been authorised. */
  argv?: string[];
  nmapVersion?: string;
  /** What nmap said of the scan as a whole, once it has ended. */
  run?: RunFacts;
  progress?: Progress;
  /** Counters kept on the row, so that a status never counts hosts. */
  addressesTotal: number;
  hostsDone: number;
  hostsUp: number;
  openPorts: number;
  coverage: CoverageNote[];
  error?: ErrorValue;
  /** How many times a scanner was started for it: over 1 after an interruption. */
  attempts: number;
  /** How many processes died while they ran it; those that were asked to end do not count. */
  deaths?: number;
}

/** A task as one process holds it. */
export interface HeldTask extends Task {
  lease: Lease;
}
