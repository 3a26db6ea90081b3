/** Makes this process known in the database, shows that it lives, and takes over from those that died without a word. */
import { randomUUID } from 'node:crypto';
import { monotonicMs } from '../core/monotonic.ts';
import type { Task } from '../core/task.ts';
import { NOBODY } from '../core/task.ts';
import type { Store } from '../store/open.ts';
import { commandInstance } from './instance-id.ts';
import type { Recovered } from './recover.ts';
import { Silence } from './silence.ts';

const BEAT_MS = 3000;

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
  const { adopts, runs, runsFolder, onEnded, onRecovered, onDefect } = options;
  const instanceId = adopts ? randomUUID() : commandInstance();
  const silence = new Silence();
  let current: Store | undefined;
  let timer: NodeJS.Timeout | undefined;
  let suspects: ReadonlyMap<string, number> = new Map();
  let looking = false;
  let failing = false;

  async function register(store: Store): Promise<void> {
    const [{ processStartTicks }, { UNKNOWN_BOOT, whereWeRun }] = await Promise.all([
      import('../nmap/machine/processes.ts'),
      import('../nmap/machine/where-we-run.ts'),
    ]);
    const { bootId, host, pidNamespace } = whereWeRun();
    await store.instances.register({
      id: instanceId,
      pid: process.pid,
      start_ticks: processStartTicks(process.pid) ?? null,
      boot_id: bootId ?? UNKNOWN_BOOT,
      host,
      pid_namespace: pidNamespace ?? null,
      heartbeat_at: Date.now(),
    });
  }

  async function lookAround(store: Store): Promise<void> {
    // Loaded here: it brings the reader of nmap's reports, for which the first answer of a server need not wait.
    const { recover, recoverOwn } = await import('./recover.ts');
    const common = {
      store,
      instanceId,
      runsFolder,
      now: Date.now(),
      ...(onEnded ? { ended: onEnded } : {}),
    };
    const recovered = await recover({ ...common, adopter: adopts ? instanceId : NOBODY, silence });
    const own = await recoverOwn({ ...common, runs, suspects, at: monotonicMs() });
    suspects = own.suspects;
    const { adopted } = recovered;
    const requeued = recovered.requeued + own.requeued;
    const failed = recovered.failed + own.failed;
    if (adopted + requeued + failed > 0) onRecovered({ adopted, requeued, failed });
  }

  /** Taking over may last, and others must see us live meanwhile. */
  async function lookUnlessLooking(store: Store): Promise<void> {
    if (looking) return;
    looking = true;
    await lookAround(store).finally(() => {
      looking = false;
    });
  }

  /** Whoever cannot write cannot judge either: others may have the same reason to be silent. */
  async function beat(store: Store): Promise<void> {
    try {
      const known = await store.instances.beat(instanceId, Date.now());
      if (timer === undefined) return;
      if (!known) await register(store);
      await lookUnlessLooking(store);
      failing = false;
    } catch (error) {
      if (!failing) onDefect(error);
      failing = true;
    }
  }

  function rest(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    instanceId,

    async start(store) {
      current = store;
      await register(store);
      timer = setInterval(() => void beat(store), BEAT_MS).unref();
      await lookUnlessLooking(store).catch((error: unknown) => {
        rest();
        throw error;
      });
    },

    async leave() {
      await current?.instances.leave(instanceId).catch(onDefect);
    },

    async stop() {
      rest();
      // Where that cannot be stored, the next process finds it dead all the same.
      await current?.instances.remove(instanceId).catch(onDefect);
    },
  };
}
