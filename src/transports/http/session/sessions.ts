/**
 * Log-ins of browsers. A session holds the token that it was opened with, encrypted with a key that only the browser's
 * cookie has; each request unseals it and has it judged anew, so that a session never outlives its token. They are kept
 * in the database: every process knows them, and a restart ends none.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { monotonicMs } from '../../../core/monotonic.ts';
import { type KeptSession, SESSION_LIFE_MS } from '../../../core/session.ts';
import { type Credentials, credentialsOf, newCookie } from './cookie.ts';

/** Where they are kept. */
export interface SessionKeep {
  /** @param most of its owner; beyond it those go that were not used for longest. */
  open(session: KeptSession, most: number): Promise<void>;
  find(hash: string): Promise<KeptSession | undefined>;
  seen(hash: string, at: number): Promise<void>;
  close(hash: string): Promise<void>;
  /** Uses a one-time code up. @returns whether it was good. */
  takeLink(hash: string, now: number): Promise<boolean>;
}

const Secret = z.discriminatedUnion('how', [
  z.object({ how: z.literal('token'), token: z.string() }),
  /** By a one-time link: whoever could make it is the operator. */
  z.object({ how: z.literal('link') }),
]);
export type Secret = z.infer<typeof Secret>;

export interface FoundSession {
  hash: string;
  secret: Secret;
  csrf: string;
  /** Until it is over, when it is not used any more. */
  expiresInSeconds: number;
}

/** Of one caller; more are hardly browsers of one person. */
const MOST_OF_ONE = 20;
/** What was read is believed for so long: a log-out elsewhere is heard of that much later. */
const FRESH_MS = 1000;
const SEEN_EVERY_MS = 60_000;
/** Sessions whose rows are in memory. */
const MOST_READ = 1000;

export class Sessions {
  readonly #keep: () => Promise<SessionKeep>;
  readonly #idleMs: () => number;
  readonly #onDefect: (error: unknown) => void;
  readonly #now: () => number;
  readonly #read = new Map<string, { row: Promise<KeptSession | undefined>; at: number }>();

  constructor(parts: {
    keep: () => Promise<SessionKeep>;
    idleMs: () => number;
    onDefect: (error: unknown) => void;
    now?: () => number;
  }) {
    this.#keep = parts.keep;
    this.#idleMs = parts.idleMs;
    this.#onDefect = parts.onDefect;
    this.#now = parts.now ?? Date.now;
  }

  /** @returns the cookie, which is kept nowhere here. */
  async open(owner: string, secret: Secret): Promise<{ cookie: string; session: FoundSession }> {
    const cookie = newCookie();
    const credentials = credentialsOf(cookie);
    if (!credentials) throw new Error('a new cookie has another form than cookies have');
    const { hash, csrf } = credentials;
    const now = this.#now();
    const sealed = await seal(credentials, secret);
    const kept = { hash, owner, sealed, createdAt: now, seenAt: now };
    await (await this.#keep()).open(kept, MOST_OF_ONE);
    return { cookie, session: { hash, secret, csrf, expiresInSeconds: this.#secondsLeft(kept, now) } };
  }

  /** @param counts whether this is a use that puts its end off. */
  async find(cookie: string, counts: boolean): Promise<FoundSession | undefined> {
    const credentials = credentialsOf(cookie);
    const kept = credentials && (await this.#row(credentials.hash));
    if (!credentials || !kept) return undefined;
    const secret = await unseal(credentials, kept.sealed);
    if (!secret) return undefined;
    const { hash, csrf } = credentials;
    const now = this.#now();
    if (this.#secondsLeft(kept, now) <= 0) {
      await this.close(hash);
      return undefined;
    }
    if (counts && now - kept.seenAt >= SEEN_EVERY_MS) {
      kept.seenAt = now;
      (await this.#keep()).seen(hash, now).catch(this.#onDefect);
    }
    return { hash, secret, csrf, expiresInSeconds: this.#secondsLeft(kept, now) };
  }

  async close(hash: string): Promise<void> {
    this.#read.delete(hash);
    await (await this.#keep()).close(hash);
  }

  /** Uses the code of a one-time link up. @returns whether it was made here, not used before, and not too old. */
  async takeCode(code: string): Promise<boolean> {
    return await (await this.#keep()).takeLink(createHash('sha256').update(code).digest('hex'), this.#now());
  }

  #row(hash: string): Promise<KeptSession | undefined> {
    const at = monotonicMs();
    const known = this.#read.get(hash);
    if (known && at - known.at < FRESH_MS) return known.row;
    const row = this.#keep().then((keep) => keep.find(hash));
    this.#read.delete(hash);
    this.#read.set(hash, { row, at });
    row.catch(() => this.#read.delete(hash));
    const [oldest] = this.#read.keys();
    if (this.#read.size > MOST_READ && oldest !== undefined) this.#read.delete(oldest);
    return row;
  }

  #secondsLeft({ createdAt, seenAt }: KeptSession, now: number): number {
    return Math.floor((Math.min(seenAt + this.#idleMs(), createdAt + SESSION_LIFE_MS) - now) / 1000);
  }
}

/** As JWE (RFC 7516) with AES-256-GCM. */
async function seal({ sealKey }: Credentials, secret: Secret): Promise<string> {
  const { CompactEncrypt } = await import('jose');
  return await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(secret)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(sealKey);
}

/** Undefined when the key is another one, or what is stored was changed. */
async function unseal({ sealKey }: Credentials, sealed: string): Promise<Secret | undefined> {
  const { compactDecrypt } = await import('jose');
  try {
    const { plaintext } = await compactDecrypt(sealed, sealKey, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return Secret.parse(JSON.parse(new TextDecoder().decode(plaintext)));
  } catch {
    return undefined;
  }
}
