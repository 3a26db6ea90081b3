/** What a port was, as pieces of a line from left to right. */

export interface Piece<State extends string> {
  state: State;
  /** Milliseconds since the epoch. */
  from: number;
  to: number;
  /** It is so still. */
  lasts: boolean;
}

/**
 * @param spans in any order; times as the API writes them, without `to` what holds still
 * @param within the time that is shown; what lies outside is left out
 * @returns oldest first, each cut to the time that is shown
 */
export function piecesOf<State extends string>(
  spans: readonly { state: State; from: string; to?: string | undefined }[],
  within: { from: number; to: number },
): Piece<State>[] {
  return spans
    .map(({ state, from, to }) => ({
      state,
      from: Math.max(Date.parse(from), within.from),
      to: Math.min(to === undefined ? within.to : Date.parse(to), within.to),
      lasts: to === undefined || Date.parse(to) > within.to,
    }))
    .filter(({ from, to }) => from < to || (from === to && from === within.to))
    .sort((a, b) => a.from - b.from);
}
