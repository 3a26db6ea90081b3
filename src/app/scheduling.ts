/** Schedules of a process: a server fires them, and whoever is asked keeps them. */
import type { Config } from '../config/schema.ts';
import { once } from '../core/once.ts';
import type { Logger } from '../observe/log.ts';
import { isCommandInstance } from '../scans/instance-id.ts';
import type { ScanService } from '../scans/service.ts';
import type { ScheduleLoop } from '../schedules/loop.ts';
import type { ScheduleService } from '../schedules/service.ts';
import type { Store } from '../store/open.ts';
import { ownerRights } from './owner-rights.ts';
import { siteOf } from './site-of.ts';

export interface Scheduling {
  service: ScheduleService;
  /** Of a server alone. */
  start(store: Store): Promise<void>;
  stop(): Promise<void>;
}

/** A server whose last sign of life is older than this does not count as running. */
const ALIVE_MS = 20_000;

export function createScheduling(
  config: Config,
  parts: { store: () => Promise<Store>; scans: ScanService; log: Logger; onDefect: (error: unknown) => void },
): Scheduling {
  const { store, scans, log, onDefect } = parts;
  const rights = ownerRights(config, store);
  let loop: ScheduleLoop | undefined;
  let stopped = false;
  const served = async () => {
    const alive = (await (await store()).instances.others('')).filter(({ id, heartbeat_at, leaving }) => {
      const quiet = Math.abs(Date.now() - Number(heartbeat_at));
      return !isCommandInstance(id) && leaving === 0 && quiet < ALIVE_MS;
    });
    return alive.length > 0;
  };
  // Behind imports: croner is of use to few starts.
  const made = once(async () => {
    const { createScheduleService } = await import('../schedules/keep.ts');
    return createScheduleService({
      store,
      scans,
      rights,
      served,
      siteOf: (scanner) => siteOf(config, scanner),
      wake: () => loop?.wake(),
    });
  });
  return {
    service: {
      list: async (...given) => (await made()).list(...given),
      calendar: async (...given) => (await made()).calendar(...given),
      show: async (...given) => (await made()).show(...given),
      add: async (...given) => (await made()).add(...given),
      edit: async (...given) => (await made()).edit(...given),
      pause: async (...given) => (await made()).pause(...given),
      resume: async (...given) => (await made()).resume(...given),
      run: async (...given) => (await made()).run(...given),
      remove: async (...given) => (await made()).remove(...given),
    },
    async start(open) {
      const { createScheduleLoop } = await import('../schedules/loop.ts');
      if (stopped) return;
      loop = createScheduleLoop({
        scans,
        rights,
        onFired: (what) => log.info(what, 'a schedule was due'),
        onStopped: (what) => log.warn(what, 'a schedule was stopped'),
        onDefect,
      });
      loop.start(open);
    },
    async stop() {
      stopped = true;
      await loop?.stop();
    },
  };
}
