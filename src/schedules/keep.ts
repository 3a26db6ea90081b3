/** Keeps schedules: checked and authorised as they are stored, so that a refusal is said to whoever asks. */
import type { Caller } from '../core/caller.ts';
import { PortolanError } from '../core/errors.ts';
import type { Schedule, ScheduleWithLast } from '../core/schedule.ts';
import { newTaskId, type ScanService } from '../scans/service.ts';
import { newUid } from '../store/inventory/sites.ts';
import type { Store } from '../store/store.ts';
import { checkTiming } from './calculator.ts';
import { coming, plannedBetween } from './calendar.ts';
import { lacks, type RightsOf } from './rights.ts';
import type { Asked, ScheduleService, ShownSchedule } from './service.ts';

const MOST_SCHEDULES = 1000;
/** Of a calendar; and of one schedule in it that are still to come. */
const MOST_ENTRIES = 2000;
const MOST_OF_ONE = 200;

export interface KeepParts {
  store: () => Promise<Store>;
  scans: Pick<ScanService, 'authorize'>;
  rights: RightsOf;
  /** The site that is scanned from there. */
  siteOf: (scanner: string | undefined) => string;
  /** Whether some server runs. */
  served: () => Promise<boolean>;
  /** A schedule may be due. */
  wake: () => void;
  now?: () => number;
}

export function createScheduleService(parts: KeepParts): ScheduleService {
  const { store, scans, rights, siteOf, served, wake, now = Date.now } = parts;

  async function find(name: string, caller: Caller): Promise<ScheduleWithLast> {
    const found = await (await store()).schedules.get(name);
    if (found && maySee(found, caller)) return found;
    throw new PortolanError(
      'schedule_not_found',
      `There is no schedule "${name.slice(0, 64)}".`,
      'list_schedules (`portolan schedule list` at a shell) names those there are.',
    );
  }

  async function shown(name: string, caller: Caller, most = 1): Promise<ShownSchedule> {
    const schedule = await find(name, caller);
    const warning = await unheard(schedule);
    return {
      schedule,
      runs: await (await store()).schedules.runs(schedule.uid, most),
      coming: coming(schedule),
      served: await served(),
      ...(warning === undefined ? {} : { warning }),
    };
  }

  /** In words, when the rule that it names tells nobody. */
  async function unheard({ notify }: Schedule): Promise<string | undefined> {
    if (notify === undefined) return undefined;
    const rule = (await (await store()).alertSettings.rules()).find((one) => one.name === notify);
    if (rule?.enabled) return undefined;
    return rule
      ? `The alert rule "${notify}" is switched off: nobody is told by it of what is found.`
      : `There is no alert rule "${notify}": nobody is told by it of what is found. \`portolan alerts rule ${notify} --to CHANNEL\` (set_alert) makes it.`;
  }

  /** Whoever will answer for it: its owner, or, when that one may no longer, the caller. */
  async function answering(owner: string, caller: Caller): Promise<Caller> {
    const found = await rights(owner);
    if ('caller' in found && lacks(found.caller) === undefined) return found.caller;
    if (owner !== caller.id) return await answering(caller.id, caller);
    const why = 'caller' in found ? lacks(found.caller) : 'gone' in found ? found.gone : found.unknown;
    throw new PortolanError(
      'forbidden',
      `Nobody would answer for the schedule: ${why}`,
      'Each run needs the rights of its owner at that time: use a token of `portolan token create` with scan:run and schedules:write.',
    );
  }

  /** With its first time. @throws PortolanError what refuses the scan or the times */
  async function checked(schedule: Schedule, owner: Caller): Promise<Schedule> {
    const { when, first } = checkTiming(schedule, now());
    await scans.authorize(schedule.request, owner);
    const { nextDue: _, nextAt: __, reason: ___, ...rest } = schedule;
    const timed = { ...rest, when, owner: owner.id, site: siteOf(schedule.request.scanner) };
    if (schedule.state === 'paused')
      return schedule.pausedUntil === undefined
        ? timed
        : { ...timed, nextDue: first.due, nextAt: schedule.pausedUntil };
    return { ...timed, state: 'active', nextDue: first.due, nextAt: first.at };
  }

  async function replace(schedule: Schedule, seen: Schedule, caller: Caller): Promise<ShownSchedule> {
    if (!(await (await store()).schedules.replace(schedule, seen)))
      throw new PortolanError(
        'busy',
        `The schedule "${seen.name}" was changed by somebody else at the same moment.`,
        'Look at it and ask again.',
      );
    wake();
    return await shown(schedule.name, caller);
  }

  return {
    async list(caller) {
      const all = await (await store()).schedules.list(
        caller.scopes.has('admin') ? {} : { owner: caller.id },
      );
      return { schedules: all, served: await served() };
    },

    async calendar(caller, from, to) {
      const { schedules } = await store();
      const all = await schedules.list(caller.scopes.has('admin') ? {} : { owner: caller.id });
      const runs = await schedules.runsBetween(from, to, MOST_ENTRIES + 1);
      const mine = new Map(all.map(({ uid, name }) => [uid, name]));
      const had = runs.flatMap(({ uid, ...run }) => {
        const name = mine.get(uid);
        return name === undefined ? [] : [{ schedule: name, at: run.dueAt, run }];
      });
      const planned = all.flatMap((schedule) =>
        plannedBetween(schedule, Math.max(from, now()), to, MOST_OF_ONE).map((one) => ({
          schedule: schedule.name,
          ...one,
        })),
      );
      const entries = [...had, ...planned].sort((one, other) => one.at - other.at);
      return { entries: entries.slice(0, MOST_ENTRIES), cut: entries.length > MOST_ENTRIES };
    },

    show: shown,

    async add(name, asked, caller) {
      const { scan, when } = asked;
      if (scan === undefined || !('request' in scan) || when === undefined)
        throw new PortolanError(
          'invalid_argument',
          'A schedule needs something to scan, and when.',
          'Give a target and when, such as "every 6h" or "0 2 * * *", or a template.',
        );
      const owner = await answering(caller.id, caller);
      const at = now();
      const fresh: Schedule = {
        uid: newUid('sched'),
        name,
        owner: owner.id,
        site: '',
        request: scan.request,
        when,
        zone: ownZone(),
        jitterSeconds: 0,
        missed: 'run_once',
        overlap: 'skip',
        anchorAt: at,
        state: 'active',
        createdAt: at,
        changedAt: at,
      };
      const schedule = await checked(changed(fresh, asked, at), owner);
      const added = await (await store()).schedules.add(schedule, MOST_SCHEDULES);
      if (added === 'name_taken')
        throw new PortolanError(
          'invalid_argument',
          `There is a schedule "${name}" already.`,
          'Take another name, or edit that one.',
        );
      if (added === 'too_many')
        throw new PortolanError(
          'busy',
          `There are ${MOST_SCHEDULES} schedules already.`,
          'Remove one that nobody needs.',
          { limit: `at most ${MOST_SCHEDULES} schedules` },
        );
      wake();
      return await shown(name, caller);
    },

    async edit(name, asked, caller) {
      const seen = await find(name, caller);
      const owner = await answering(seen.owner, caller);
      return await replace(await checked(changed(seen, asked, now()), owner), seen, caller);
    },

    async pause(name, until, caller) {
      const seen = await find(name, caller);
      if (seen.state === 'stopped' || seen.state === 'ended') throw notActive(seen);
      if (until !== undefined && until <= now())
        throw new PortolanError(
          'invalid_argument',
          'The end of the pause has passed.',
          'Give a later moment.',
        );
      const { nextAt: _, pausedUntil: __, ...rest } = seen;
      const paused: Schedule = { ...rest, state: 'paused', changedAt: later(seen, now()) };
      const resumes = until === undefined ? {} : { pausedUntil: until, nextAt: until };
      return await replace({ ...paused, ...resumes }, seen, caller);
    },

    async resume(name, caller) {
      const seen = await find(name, caller);
      if (seen.state === 'ended') throw notActive(seen);
      const owner = await answering(seen.owner, caller);
      const { pausedUntil: _, ...rest } = seen;
      const active: Schedule = { ...rest, state: 'active', changedAt: later(seen, now()) };
      return await replace(await checked(active, owner), seen, caller);
    },

    async run(name, caller) {
      const seen = await find(name, caller);
      if (seen.state === 'stopped' || seen.state === 'paused') throw notActive(seen);
      const owner = await answering(seen.owner, caller);
      if (owner.id !== seen.owner) throw notActive(seen);
      await scans.authorize(seen.request, owner);
      const { schedules } = await store();
      const [before] = await schedules.open(1, seen.uid);
      if (before?.outcome === 'due')
        throw new PortolanError('busy', `A run of "${name}" waits already.`, 'It begins by itself.');
      const at = now();
      await schedules.ask(
        seen.uid,
        { dueAt: at, outcome: 'due', reason: 'Asked for.', taskId: newTaskId() },
        at,
      );
      wake();
      return await shown(name, caller);
    },

    async remove(name, caller) {
      const seen = await find(name, caller);
      await (await store()).schedules.remove(seen.uid);
      return seen;
    },
  };
}

const maySee = ({ owner }: Schedule, caller: Caller) => owner === caller.id || caller.scopes.has('admin');

/** Names a change, for those who would change it at the same time. */
const later = ({ changedAt }: Schedule, now: number) => Math.max(now, changedAt + 1);

function changed(schedule: Schedule, asked: Asked, now: number): Schedule {
  const { scan, window = schedule.window, notify = schedule.notify } = asked;
  const { window: _, notify: __, ...rest } = schedule;
  const request =
    scan === undefined
      ? schedule.request
      : 'request' in scan
        ? scan.request
        : { ...schedule.request, targets: scan.targets };
  return {
    ...rest,
    request,
    when: asked.when ?? schedule.when,
    zone: asked.zone ?? schedule.zone,
    jitterSeconds: asked.jitterSeconds ?? schedule.jitterSeconds,
    ...(window === undefined || window === '' ? {} : { window }),
    missed: asked.missed ?? schedule.missed,
    overlap: asked.overlap ?? schedule.overlap,
    ...(notify === undefined || notify === '' ? {} : { notify }),
    anchorAt: asked.when === undefined ? schedule.anchorAt : now,
    changedAt: later(schedule, now),
  };
}

const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

const notActive = ({ name, state, reason }: Schedule) =>
  new PortolanError(
    'invalid_argument',
    `The schedule "${name}" is ${state}${reason === undefined ? '' : `: ${reason}`}`,
    state === 'ended' ? 'Edit it to give it another time (when), or remove it.' : 'Resume it first.',
  );
