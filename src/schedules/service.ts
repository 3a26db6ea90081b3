/** What can be asked of schedules: to keep one, change it, hold it, run it now, or forget it. */
import type { Caller } from '../core/caller.ts';
import type { ScanRequest } from '../core/request.ts';
import type { Missed, Overlap, Schedule, ScheduleRun, ScheduleWithLast } from '../core/schedule.ts';

/** What somebody says of a schedule; what is absent stays as it is, or is as usual. */
export interface Asked {
  /** The scan, or other targets for the one that there is. */
  scan?: { request: ScanRequest } | { targets: string[] };
  when?: string | undefined;
  zone?: string | undefined;
  jitterSeconds?: number | undefined;
  /** An empty text takes it away; so with `notify`. */
  window?: string | undefined;
  missed?: Missed | undefined;
  overlap?: Overlap | undefined;
  notify?: string | undefined;
}

export interface ShownSchedule {
  schedule: ScheduleWithLast;
  /** Newest first. */
  runs: ScheduleRun[];
  /** When it begins next. */
  coming: number[];
  /** Whether some server runs that would begin it. */
  served: boolean;
  /** Why nobody is told of what it finds, although its `notify` names a rule. */
  warning?: string;
}

/** A time of a schedule: a run that there was, or one to come. */
export interface CalendarEntry {
  schedule: string;
  at: number;
  run?: ScheduleRun;
  /** Of one to come: its window is shut then, so it will be left out. */
  shut?: boolean;
}

/**
 * Every call concerns the caller's own schedules; with the scope `admin` all.
 * @throws PortolanError `schedule_not_found`
 */
export interface ScheduleService {
  list(caller: Caller): Promise<{ schedules: ScheduleWithLast[]; served: boolean }>;
  /** In order of time; `cut` where there are more. */
  calendar(caller: Caller, from: number, to: number): Promise<{ entries: CalendarEntry[]; cut: boolean }>;
  show(name: string, caller: Caller, runs: number): Promise<ShownSchedule>;
  /** @throws PortolanError the refusal of the scan, `forbidden`, or `invalid_argument` */
  add(name: string, asked: Asked, caller: Caller): Promise<ShownSchedule>;
  /** Also goes on with one that was stopped, for whoever may. @throws PortolanError as add does */
  edit(name: string, asked: Asked, caller: Caller): Promise<ShownSchedule>;
  /** @param until milliseconds since the epoch; absent: until somebody resumes it */
  pause(name: string, until: number | undefined, caller: Caller): Promise<ShownSchedule>;
  resume(name: string, caller: Caller): Promise<ShownSchedule>;
  /** Has a server begin a run within seconds, beside its times. */
  run(name: string, caller: Caller): Promise<ShownSchedule>;
  remove(name: string, caller: Caller): Promise<Schedule>;
}
