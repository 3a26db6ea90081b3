/**
 * Ctrl-C as a signal: the first one asks to stop, a second one ends the process as always. So does a terminal that is
 * closed.
 * @param options.hangup whether SIGHUP asks to stop too; for a server without a terminal it means to read its
 * configuration (reload.ts).
 */
export function onInterrupt({ hangup = true }: { hangup?: boolean } = {}): {
  signal: AbortSignal;
  release(): void;
} {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  // Not once: the kernel and the shell both send it, and the second must not end the process before it has stopped.
  if (hangup) process.on('SIGHUP', stop);
  return {
    signal: controller.signal,
    release: () => {
      for (const one of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(one, stop);
    },
  };
}
