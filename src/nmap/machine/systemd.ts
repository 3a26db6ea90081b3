/**
 * What a service tells systemd (sd_notify(3)). Node has no datagram sockets of the kind that takes, so its own program
 * systemd-notify says it for us; the unit needs NotifyAccess=all for that.
 */
import { ask, findExecutable } from './ask-program.ts';

export interface Notifier {
  /** Such as `READY=1`. Never throws. @returns whether it was told. */
  tell(...states: string[]): Promise<boolean>;
  /** Within how many milliseconds systemd wants to hear of us again; undefined when it does not. */
  watchdogMs?: number;
}

/** Undefined when systemd does not ask for it (NOTIFY_SOCKET). */
export function systemdNotifier(env: NodeJS.ProcessEnv = process.env): Notifier | undefined {
  const socket = env['NOTIFY_SOCKET'];
  if (!socket) return undefined;
  const microseconds = Number(env['WATCHDOG_USEC']);
  const ours = env['WATCHDOG_PID'] === undefined || Number(env['WATCHDOG_PID']) === process.pid;
  return {
    async tell(...states) {
      const program = await findExecutable('systemd-notify');
      if (program === undefined) return false;
      return (await ask(program, states, 10_000, { NOTIFY_SOCKET: socket })).status === 0;
    },
    ...(ours && microseconds > 0 ? { watchdogMs: microseconds / 1000 } : {}),
  };
}
