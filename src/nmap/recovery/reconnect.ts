/** Goes on with a scan whose connection to the machine it runs on broke: what was finished stays, the rest is run again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { RunFacts } from '../../core/details.ts';
import { PortolanError } from '../../core/errors.ts';
import type { HostResult } from '../../core/result.ts';
import type { AllowedScan } from '../../policy/authorize.ts';
import { Unsent } from '../coverage/unsent.ts';
import { connectionLostError, type RunOptions, runNmap, type ScanOutcome } from '../run/run.ts';
import { joinRuns } from '../xml/run-facts.ts';

/** Lost connections that one scan outlives: a link that breaks more often carries no scan. */
export const MAX_LOSSES = 3;
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 5000;

/** The lost connections of one scan, over all its phases. */
export class Losses {
  /** Whether a run of it has been started at all; before that an unreachable machine is just that. */
  begun = false;
  #count = 0;

  /** Counts one more. @returns whether the scan goes on */
  next(): boolean {
    this.#count += 1;
    return this.#count <= MAX_LOSSES;
  }
}

export interface Resumed {
  outcome: ScanOutcome;
  /** Of the runs that were started, in order: each has the hosts that it finished. */
  folders: string[];
}

/**
 * As runNmap. After a lost connection the machine is tried again for `reconnectMs` of its runner, in a new folder each time.
 * @throws what runNmap throws, but for an unreachable machine once the scan has begun
 */
export async function runResuming(
  scan: AllowedScan,
  options: Omit<RunOptions, 'directory'>,
  losses: Losses,
  nextFolder: () => string,
): Promise<Resumed> {
  const { signal, on, runner } = options;
  const startedAt = performance.now();
  const folders: string[] = [];
  const done = new Map<string, HostResult>();
  const notes: ScanOutcome['coverage'] = [];
  const warnings = new Set<string>();
  const unsent = new Unsent();
  let facts: RunFacts | undefined;
  let rest = scan;
  let lost: ScanOutcome | undefined;
  let until = 0;
  let wait = FIRST_WAIT_MS;

  const run = async (): Promise<ScanOutcome> => {
    const directory = nextFolder();
    const tells = {
      ...on,
      started: (started: Parameters<typeof on.started>[0]) => {
        losses.begun = true;
        if (folders.push(directory) === 1) on.started(started);
      },
      host: (host: HostResult) => {
        if (host.partial !== true) done.set(host.address, host);
        on.host(host);
      },
    };
    try {
      return await runNmap(rest, { ...options, directory, on: tells });
    } catch (error) {
      if (!losses.begun || !isLinkFault(error)) throw error;
      return { end: 'failed', elapsedSeconds: 0, coverage: [], warnings: [], connectionLost: error.message };
    }
  };
  const keep = (outcome: ScanOutcome) => {
    for (const warning of outcome.warnings) warnings.add(warning);
    if (outcome.run) facts = joinRuns(facts, outcome.run);
    if (outcome.unsent) unsent.add(outcome.unsent);
  };
  const finish = (outcome: ScanOutcome): Resumed => {
    const { hosts, coverageExcept: _, ...last } = outcome;
    return {
      folders,
      outcome: {
        ...last,
        elapsedSeconds: Math.round(performance.now() - startedAt) / 1000,
        coverage: [...notes, RESUMED, ...outcome.coverage],
        warnings: [...warnings],
        unsent,
        ...(facts ? { run: facts } : {}),
        ...(hosts ? { hosts: withDone(hosts, earlier) } : {}),
      },
    };
  };
  /** Those that were finished before the last run began. */
  let earlier: HostResult[] = [];

  for (;;) {
    const ran = folders.length;
    const outcome = await run();
    keep(outcome);
    if (outcome.connectionLost === undefined || signal.aborted) {
      return lost ? finish(outcome) : { outcome, folders };
    }
    const now = performance.now();
    if (folders.length > ran || !lost) {
      until = now + (runner?.reconnectMs ?? 0);
      wait = FIRST_WAIT_MS;
      notes.push(...outcome.coverage.filter(({ kind }) => kind !== 'cut_off'));
      if (!losses.next()) return { outcome: givenUp(outcome, outcome.connectionLost), folders };
      lost = outcome;
      earlier = [...done.values()];
      const remaining = scan.without(new Set(done.keys()));
      if (!remaining) return finish({ ...EMPTY, hosts: { up: 0, down: 0, total: 0 } });
      rest = remaining;
    } else if (now > until) {
      return { outcome: givenUp(lost, `${lost.connectionLost}; then ${outcome.connectionLost}`), folders };
    }
    await delay(wait, undefined, { signal }).catch(() => {});
    if (signal.aborted) return finish({ ...lost, end: 'stopped' });
    wait = Math.min(2 * wait, MAX_WAIT_MS);
  }

  function givenUp(outcome: ScanOutcome, how: string): ScanOutcome {
    const why = how.replace(/\.$/, '');
    const error = connectionLostError(why, done.size, scan.addressCount);
    return { ...outcome, connectionLost: why, error };
  }
}

const EMPTY: ScanOutcome = { end: 'completed', elapsedSeconds: 0, coverage: [], warnings: [] };

const RESUMED = {
  kind: 'resumed' as const,
  message:
    'The connection to the scanner was lost, and the scan went on with the hosts that were not finished; those were scanned again from the beginning.',
};

function withDone(hosts: NonNullable<ScanOutcome['hosts']>, done: readonly HostResult[]) {
  const up = done.filter(({ status }) => status === 'up').length;
  return { up: hosts.up + up, down: hosts.down + done.length - up, total: hosts.total + done.length };
}

/** The way there is broken, which may mend; refusals do not. */
function isLinkFault(error: unknown): error is PortolanError {
  return (
    error instanceof PortolanError && (error.code === 'scanner_unreachable' || error.code === 'ssh_failed')
  );
}
