/** What the exit status of `portolan` says. Part of the public surface (docs/configuration.md). */
export const EXIT = {
  ok: 0,
  /** What was asked for failed or was refused; the reason is on standard error. */
  failed: 1,
  /** The command line or the configuration is wrong; nothing was done. */
  usage: 2,
  /** Ended by Ctrl-C; what was found is kept. */
  interrupted: 130,
} as const;
