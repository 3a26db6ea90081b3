/** The time by which deadlines are kept: the clock on the wall may be set while somebody waits. */

/** A clock that nobody sets and that is the same in all threads, which performance.now() is not. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
