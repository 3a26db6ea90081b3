/** A server as a service of systemd (Type=notify): when it is ready, reloads, lives and stops. */
import { type Notifier, systemdNotifier } from '../nmap/machine/systemd.ts';
import type { Logger } from '../observe/log.ts';

export interface Supervised {
  ready(url: string): void;
  reloading(reload: () => Promise<void>): Promise<void>;
  stopping(): void;
}

/** Without systemd it tells nobody. */
export function supervised(log: Logger, notifier = systemdNotifier()): Supervised {
  if (!notifier) return { ready: () => {}, reloading: (reload) => reload(), stopping: () => {} };
  const tell = async (...states: string[]) => {
    if (!(await notifier.tell(...states)))
      log.error({ states }, 'systemd could not be told (systemd-notify)');
  };
  let watchdog: NodeJS.Timeout | undefined;
  return {
    ready(url) {
      void tell('READY=1', `STATUS=Listens on ${url}`);
      watchdog = watch(notifier, tell);
    },
    async reloading(reload) {
      // systemd compares it with the moment at which it asked: the clock is CLOCK_MONOTONIC, as hrtime's.
      await tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
      try {
        await reload();
      } finally {
        await tell('READY=1');
      }
    },
    stopping() {
      clearInterval(watchdog);
      void tell('STOPPING=1', 'STATUS=Waiting calls may finish');
    },
  };
}

/** Twice in the time that systemd waits: it speaks from the event loop, so a server that hangs falls silent. */
function watch({ watchdogMs }: Notifier, tell: (state: string) => Promise<void>): NodeJS.Timeout | undefined {
  if (watchdogMs === undefined) return undefined;
  return setInterval(() => void tell('WATCHDOG=1'), watchdogMs / 2).unref();
}
