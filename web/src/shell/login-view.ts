/** Where to go after the log-in: an address of ours, whatever the link says. */
export function loginView(search: Record<string, unknown>): { next?: string } {
  const { next } = search;
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? { next } : {};
}
