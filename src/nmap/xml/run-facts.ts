/** What nmap says of a whole run, gathered from its report, and several runs of one scan as one. */
import type { Reach, RunFacts, ScriptResult } from '../../core/details.ts';
import { formatPorts, portSet, sorted } from '../../core/port-set.ts';
import type { XmlListener } from './parse.ts';
import { optional } from './read-numbers.ts';

const MAX_PHASES = 200;
const MAX_SKIPPED = 256;
const MAX_SCRIPTS = 256;

type Listener = Required<
  Pick<XmlListener, 'run' | 'scanInfo' | 'task' | 'skipped' | 'stats' | 'level' | 'script'>
>;

/** Gathers the facts of one run. */
export function createRunFacts(): { listener: Listener; facts(): RunFacts } {
  const facts: RunFacts = { asked: [] };
  const scripts: Record<'before' | 'after', ScriptResult[]> = { before: [], after: [] };
  const phases: NonNullable<RunFacts['phases']> = [];
  const skipped: NonNullable<RunFacts['skipped']> = [];
  return {
    listener: {
      run({ started }) {
        if (started !== undefined) facts.started = started;
      },
      scanInfo({ type, protocol, services, ports, flags }) {
        facts.asked.push({ type, protocol, count: services, ports, ...(flags ? { flags } : {}) });
      },
      level({ of, value }) {
        facts[of] = value;
      },
      task({ event, task, time, info }) {
        if (event === 'begin' && phases.length < MAX_PHASES)
          phases.push({ name: task, ...optional('began', time), ...optional('intent', info) });
        const last = phases.findLast(({ name, ended }) => name === task && ended === undefined);
        if (event !== 'end' || !last) return;
        if (time !== undefined) last.ended = time;
        if (info) last.info = info;
      },
      skipped(target) {
        if (skipped.length < MAX_SKIPPED) skipped.push(target);
      },
      script(when, script) {
        if (scripts[when].length < MAX_SCRIPTS) scripts[when].push(script);
      },
      stats({ elapsedSeconds, up, down, total, time, summary }) {
        facts.finished = {
          elapsed: elapsedSeconds,
          up,
          down,
          total,
          ...(time === undefined ? {} : { time }),
          ...(summary ? { summary } : {}),
        };
      },
    },
    facts: () => ({
      ...facts,
      ...(skipped.length > 0 ? { skipped } : {}),
      ...(phases.length > 0 ? { phases } : {}),
      ...(scripts.before.length > 0 ? { pre_scripts: scripts.before } : {}),
      ...(scripts.after.length > 0 ? { post_scripts: scripts.after } : {}),
    }),
  };
}

/**
 * Two runs of one scan, told as one: a phase and the next, or what was left after an interruption. How many hosts each
 * counted says nothing of the whole, so that is left out; the task has it.
 */
export function joinRuns(first: RunFacts | undefined, next: RunFacts): RunFacts {
  if (!first) return next;
  const { finished: _, ...before } = first;
  const { finished: __, ...after } = next;
  const joined = <Key extends 'phases' | 'skipped' | 'pre_scripts' | 'post_scripts'>(
    key: Key,
    most: number,
  ) => {
    const all = [...(first[key] ?? []), ...(next[key] ?? [])].slice(0, most);
    return all.length > 0 ? { [key]: all } : {};
  };
  const reach = joinReach(first.reach, next.reach);
  return {
    ...after,
    ...before,
    ...(reach ? { reach } : {}),
    asked: joinAsked([...first.asked, ...next.asked]),
    ...joined('phases', MAX_PHASES),
    ...joined('skipped', MAX_SKIPPED),
    ...joined('pre_scripts', MAX_SCRIPTS),
    ...joined('post_scripts', MAX_SCRIPTS),
  };
}

function joinReach(first: Reach | undefined, next: Reach | undefined): Reach | undefined {
  if (!first || !next) return first ?? next;
  const both = (a: readonly string[] = [], b: readonly string[] = []) => [...new Set([...a, ...b])];
  const doubt = first.doubt ?? next.doubt;
  const notReached = both(first.not_reached, next.not_reached);
  return {
    targets: both(first.targets, next.targets),
    sources: both(first.sources, next.sources),
    raw: first.raw && next.raw,
    ...(notReached.length > 0 ? { not_reached: notReached } : {}),
    ...(doubt === undefined ? {} : { doubt }),
  };
}

function joinAsked(all: RunFacts['asked']): RunFacts['asked'] {
  const kinds = Map.groupBy(all, ({ type, protocol, flags }) => [type, protocol, flags].join());
  return [...kinds.values()].flatMap((same) => {
    const [first] = same;
    if (!first || same.length === 1) return same;
    const ports = sorted(same.flatMap((one) => portSet(one.ports)));
    return [{ ...first, count: ports.length, ports: formatPorts(ports) }];
  });
}
