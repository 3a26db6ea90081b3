/** Makes this process known in the database, and takes over from those that died without a word. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Task } from '../core/task.ts';
import { NOBODY } from '../core/task.ts';
import type { Store } from '../store/open.ts';
import { commandInstance } from './instance-id.ts';
import type { Recovered } from './recover.ts';

const EVERY_MS = 10_000;

export interface Presence {
  readonly instanceId: string;
  /** Registers, recovers once, and then looks again from time to time. */
  start(store: Store): Promise<void>;
  /** Notes that this process was asked to end, so that its end is taken for no crash whatever happens meanwhile. */
  leave(): Promise<void>;
  /** Signs off: what still waits is taken over by the next process. */
  stop(): Promise<void>;
}

/**
 * @param adopts whether this process runs what others left behind (a server does, a single command does not: it only
 * ends their scanners and puts their tasks back into the queue). Whoever adopts is adopted from: the scans of a single
 * command end with it, for its person has gone, and nobody else is to send its packets later.
 */
export function createPresence(options: {
  runsFolder: string;
  adopts: boolean;
  /** Whether this process runs the task. */
  runs: (taskId: string) => boolean;
  onRecovered: (what: Recovered) => void;
  /** Told of each task of the dead that was ended with what it has. */
  onEnded?: (task: Task) => void;
  onDefect: (error: unknown) => void;
}): Presence {
  const instanceId = options.adopts ? randomUUID() : commandInstance();
  let current: Store | undefined;
  let timer: NodeJS.Timeout | undefined;
  let suspects: ReadonlySet<string> = new Set();

  async function lookAround(store: Store): Promise<void> {
    // Loaded here: it brings the reader of nmap's reports, for which the first answer of a server need not wait.
    const { recover, recoverOwn } = await import('./recover.ts');
    const ended = options.onEnded ? { ended: options.onEnded } : {};
    const recovered = await recover({
      store,
      instanceId,
      adopter: options.adopts ? instanceId : NOBODY,
      bootId: bootId(),
      runsFolder: options.runsFolder,
      now: Date.now(),
      ...ended,
    });
    const { runs, runsFolder } = options;
    const own = await recoverOwn({
      store,
      instanceId,
      runs,
      suspects,
      runsFolder,
      now: Date.now(),
      ...ended,
    });
    suspects = own.suspects;
    const { adopted } = recovered;
    const requeued = recovered.requeued + own.requeued;
    const failed = recovered.failed + own.failed;
    if (adopted + requeued + failed > 0) options.onRecovered({ adopted, requeued, failed });
  }

  return {
    instanceId,

    async start(store) {
      current = store;
      const { processStartTicks } = await import('../nmap/machine/processes.ts');
      await store.instances.register({
        id: instanceId,
        pid: process.pid,
        start_ticks: processStartTicks(process.pid) ?? null,
        boot_id: bootId(),
        heartbeat_at: Date.now(),
      });
      await lookAround(store);
      timer = setInterval(() => {
        store.instances
          .heartbeat(instanceId, Date.now())
          .then(() => lookAround(store))
          .catch(options.onDefect);
      }, EVERY_MS).unref();
    },

    async leave() {
      await current?.instances.leave(instanceId).catch(options.onDefect);
    },

    async stop() {
      clearInterval(timer);
      // Where that cannot be stored, the next process finds it dead all the same.
      await current?.instances.remove(instanceId).catch(options.onDefect);
    },
  };
}

/** Pids and start times mean nothing across a restart of the machine. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
