/** Log-ins of browsers, as they are kept: nothing in them lets anybody in who does not also have the browser's cookie. */

/** Times are milliseconds since the epoch. */
export interface KeptSession {
  /** SHA-256 of the id that the cookie names, in hexadecimal. */
  hash: string;
  /** Whose it is: {@link Caller.id} at the log-in. */
  owner: string;
  /** What was given at the log-in, encrypted with a key that is in the cookie alone. */
  sealed: string;
  createdAt: number;
  /** When it was used last, to about a minute. */
  seenAt: number;
}

/** However much it is used, a session ends after so long. */
export const SESSION_LIFE_MS = 7 * 86_400_000;

/** So long after it was made a one-time link lets a browser in. */
export const LINK_LIFE_MS = 60_000;
