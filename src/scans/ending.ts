/** How one run of a task ends, and what is said about it. */
import { formatSpan, runsOf } from '../core/address.ts';
import type { Reach, RunFacts } from '../core/details.ts';
import { type ErrorValue, PortolanError } from '../core/errors.ts';
import type { CoverageNote } from '../core/result.ts';
import type { ScanOutcome } from '../nmap/run/run.ts';

/** How one run of a task ended. */
export interface Ending {
  state: 'completed' | 'failed' | 'stopped';
  coverage: CoverageNote[];
  error?: ErrorValue;
  run?: RunFacts;
  /** As nmap counted them at the end. */
  hostsUp?: number;
  /** Addresses to which nothing was sent. */
  notScanned?: number;
  /** Everything that was reported is in the store. */
  stored: boolean;
  /** The disk of the database or of the run's files failed: that alone ended it. */
  fault?: PortolanError;
}

/** The scan was stopped while it waited for the disk; that it had failed before is no longer of interest. */
export function stoppedInstead({ error: _, fault: __, ...ending }: Ending): Ending {
  return { ...ending, state: 'stopped' };
}

/** Said once on a task that waited for the disk. */
export const STALLED: CoverageNote = {
  kind: 'resumed',
  message:
    'The disk of the database was full or failing for a while; the scan then went on with the hosts that were not finished, and those were scanned again from the beginning.',
};

/** Said on a scan that ran for too long. */
export const CUT_OFF: CoverageNote = {
  kind: 'cut_off',
  message: 'The scan was ended by its longest run time; hosts that are not listed were not finished.',
};

/** @param minutes scans.maxRunMinutes */
export function overran(minutes: number): ErrorValue {
  return {
    code: 'scan_timeout',
    message: `The scan had run for ${minutes} minutes, the longest that a scan may, and was ended.`,
    next: 'What was found is kept: read it with get_task_result. Scan fewer ports or hosts at once, or faster, for the rest.',
    limit: 'scans.maxRunMinutes',
  };
}

/** Said once on a task that went on after an interruption. */
export function resumedNote(): CoverageNote {
  return {
    kind: 'resumed',
    message:
      'The scan was interrupted and went on with the hosts that were not finished; those were scanned again from the beginning.',
  };
}

export function endingOf(outcome: ScanOutcome, reach: Reach): Omit<Ending, 'stored'> {
  const notReached = runsOf(outcome.unsent?.list() ?? []).flatMap(formatSpan);
  const doubt = outcome.unsent?.doubt;
  const reached: Reach = {
    ...reach,
    ...(notReached.length === 0 ? {} : { not_reached: notReached }),
    ...(doubt === undefined ? {} : { doubt }),
  };
  return {
    state: outcome.end,
    coverage: outcome.coverage,
    ...(outcome.hosts ? { hostsUp: outcome.hosts.up } : {}),
    ...(outcome.unsent ? { notScanned: outcome.unsent.addresses } : {}),
    ...(outcome.error ? { error: outcome.error } : {}),
    run: { ...(outcome.run ?? { asked: [] }), reach: reached },
  };
}

export function asErrorValue(error: unknown): ErrorValue {
  if (error instanceof PortolanError) return error.toValue();
  return {
    code: 'internal',
    message: 'The scan ended by a defect of Portolan.',
    next: 'What was found so far is kept; look into the log of the server and report the defect.',
  };
}
