/** Between a schedule, the form that changes it, and the arguments of set_schedule. */
import type { Answer, Arguments } from '../../api/call.ts';
import { ownZone } from '../../parts/own-zone.ts';
import { argumentsOf, formOf, type ScanForm } from '../new-scan/asked.ts';

export type Schedule = Answer<'list_schedules'>['schedules'][number];
type Set = Arguments<'set_schedule'>;

export interface ScheduleForm {
  name: string;
  scan: ScanForm;
  when: string;
  zone: string;
  jitterMinutes: number;
  window: string;
  missed: Schedule['missed'];
  overlap: Schedule['overlap'];
  notify: string;
}

/** @param scan what a new one is to scan */
export function newForm(scan: ScanForm): ScheduleForm {
  return {
    name: '',
    scan,
    when: '0 2 * * *',
    zone: ownZone(),
    jitterMinutes: 0,
    window: '',
    missed: 'run_once',
    overlap: 'skip',
    notify: '',
  };
}

export function formOfSchedule(schedule: Schedule, again: Parameters<typeof formOf>[0]): ScheduleForm {
  return {
    name: schedule.name,
    scan: formOf(again),
    when: schedule.when,
    zone: schedule.time_zone,
    jitterMinutes: schedule.jitter_seconds / 60,
    window: schedule.window ?? '',
    missed: schedule.missed,
    overlap: schedule.overlap,
    notify: schedule.notify ?? '',
  };
}

/** What keeps a new one; undefined while something is missing. */
export function added(form: ScheduleForm): Set | undefined {
  const scan = argumentsOf(form.scan);
  if (scan === undefined || form.name.trim() === '' || form.when.trim() === '') return undefined;
  const { window, notify, ...rest } = timing(form);
  return {
    action: 'add',
    name: form.name.trim(),
    ...scan,
    ...rest,
    ...(window === '' ? {} : { window }),
    ...(notify === '' ? {} : { notify }),
  };
}

/**
 * Only what was changed: the rest stays as it is, also what this form does not show.
 * @returns undefined when nothing was, or when there is nothing left to scan
 */
export function edited(before: ScheduleForm, now: ScheduleForm): Set | undefined {
  const [was, is] = [timing(before), timing(now)];
  const scan = argumentsOf(now.scan);
  if (scan === undefined || now.when.trim() === '') return undefined;
  const sameScan = JSON.stringify(argumentsOf(before.scan)) === JSON.stringify(scan);
  const changes = {
    ...(sameScan ? {} : scan),
    ...(was.when === is.when ? {} : { when: is.when }),
    ...(was.time_zone === is.time_zone ? {} : { time_zone: is.time_zone }),
    ...(was.jitter_seconds === is.jitter_seconds ? {} : { jitter_seconds: is.jitter_seconds }),
    ...(was.window === is.window ? {} : { window: is.window }),
    ...(was.missed === is.missed ? {} : { missed: is.missed }),
    ...(was.overlap === is.overlap ? {} : { overlap: is.overlap }),
    ...(was.notify === is.notify ? {} : { notify: is.notify }),
  };
  return Object.keys(changes).length === 0 ? undefined : { action: 'edit', name: before.name, ...changes };
}

function timing({ when, zone, jitterMinutes, window, missed, overlap, notify }: ScheduleForm) {
  return {
    when: when.trim(),
    time_zone: zone.trim(),
    jitter_seconds: Math.round(jitterMinutes * 60),
    window: window.trim(),
    missed,
    overlap,
    notify: notify.trim(),
  };
}
