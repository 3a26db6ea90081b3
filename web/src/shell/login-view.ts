/** Where to go after the log-in: an address of ours, whatever the link says. */
export function loginView({ next }: Record<string, unknown>): { next?: string | undefined } {
  // Undefined, not left out: what is left out stays as the address had it.
  return { next: typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : undefined };
}
