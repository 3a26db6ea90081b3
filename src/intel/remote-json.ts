/**
 * Asks one foreign service for JSON, and never trusts it: a limit on time, size and rate, no redirects, few retries,
 * and after a refusal silence for as long as the service asked. A failure is a sentence, never an exception, and holds
 * nothing but our own words: neither keys nor anything the service wrote.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { traceHeaders } from '../core/origin.ts';

export interface RemoteOptions {
  /** Where the service lives: `https://api.example.net`. */
  baseUrl: string;
  headers: Readonly<Record<string, string>>;
  /** For one attempt, headers and body. */
  timeoutMs: number;
  maxBytes: number;
  /** Attempts after the first. */
  retries: number;
  /** Before the first retry; doubles with each. */
  backoffMs: number;
  perMinute: number;
  now: () => number;
}

export type RemoteAnswer = { ok: true; status: number; body: unknown } | { ok: false; reason: string };

export type RemoteJson = (path: string) => Promise<RemoteAnswer>;

/** Longest `Retry-After` that is waited for within a call; a longer one ends the call and is remembered. */
const PATIENCE_MS = 3000;
/** How long a service is left alone after it refused our key. */
const REFUSED_MS = 300_000;
/** Longest silence a service can put on us. */
const MAX_SILENCE_MS = 86_400_000;

type Attempt = RemoteAnswer & { again?: { afterMs?: number } };

/** Statuses 200, 206 and 404 are answers; `path` begins with a slash and holds nothing secret. */
export function createRemoteJson(options: RemoteOptions): RemoteJson {
  const { now } = options;
  let silentUntil = 0;
  let silentBecause = '';
  let tokens = options.perMinute;
  let refilledAt = now();

  const silence = (ms: number, reason: string) => {
    silentUntil = now() + Math.min(ms, MAX_SILENCE_MS);
    silentBecause = reason;
  };

  const takeToken = (): boolean => {
    tokens = Math.min(options.perMinute, tokens + ((now() - refilledAt) * options.perMinute) / 60_000);
    refilledAt = now();
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };

  return async (path) => {
    for (let attempt = 0; ; attempt++) {
      if (now() < silentUntil) {
        const seconds = Math.ceil((silentUntil - now()) / 1000);
        return { ok: false, reason: `${silentBecause}; not asked again for ${seconds} s` };
      }
      if (!takeToken()) {
        return { ok: false, reason: `our own limit of ${options.perMinute} requests a minute is used up` };
      }
      const { again, ...answer } = await once(options, path);
      if (answer.ok) return answer;
      if (again?.afterMs !== undefined && again.afterMs > PATIENCE_MS) silence(again.afterMs, answer.reason);
      if (answer.reason === REFUSED) silence(REFUSED_MS, answer.reason);
      if (!again || attempt >= options.retries) return answer;
      // Jitter, so that many callers that failed together do not return together.
      const wait = again.afterMs ?? options.backoffMs * 2 ** attempt * (0.5 + Math.random());
      if (wait > PATIENCE_MS) return answer;
      await sleep(wait);
    }
  };
}

const REFUSED = 'it refused our key';

async function once(options: RemoteOptions, path: string): Promise<Attempt> {
  // Loaded late: 100 ms that a server without keys never needs.
  const { request } = await import('undici');
  const timeout = AbortSignal.timeout(options.timeoutMs);
  try {
    const response = await request(new URL(path, options.baseUrl), {
      headers: {
        accept: 'application/json',
        'user-agent': 'portolan',
        ...traceHeaders(),
        ...options.headers,
      },
      signal: timeout,
    });
    const text = await boundedText(response.body, options.maxBytes);
    if (text === undefined) {
      return { ok: false, reason: `it answered more than ${options.maxBytes} bytes` };
    }
    return judge(response.statusCode, response.headers['retry-after'], text, options.now());
  } catch {
    const reason = timeout.aborted
      ? `it did not answer within ${options.timeoutMs / 1000} s`
      : 'it could not be reached';
    return { ok: false, reason, again: {} };
  }
}

function judge(
  status: number,
  retryAfter: string | string[] | undefined,
  text: string,
  now: number,
): Attempt {
  if (status === 401 || status === 403) return { ok: false, reason: REFUSED };
  if (status === 429 || status === 503) {
    const afterMs = retryAfterMs(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter, now);
    const reason = status === 429 ? 'it limits our rate' : 'it answered with status 503';
    return { ok: false, reason, again: afterMs === undefined ? {} : { afterMs } };
  }
  if (status >= 500) return { ok: false, reason: `it answered with status ${status}`, again: {} };
  if (status !== 200 && status !== 206 && status !== 404) {
    return { ok: false, reason: `it answered with status ${status}` };
  }
  try {
    return { ok: true, status, body: JSON.parse(text) };
  } catch {
    // A missing record needs no body.
    return status === 404 ? { ok: true, status, body: {} } : { ok: false, reason: 'its answer is not JSON' };
  }
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

async function boundedText(
  body: AsyncIterable<Uint8Array> & { destroy(): unknown },
  maxBytes: number,
): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) {
      body.destroy();
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
