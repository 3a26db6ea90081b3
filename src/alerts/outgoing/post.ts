/** Sends one request over HTTP to a pinned address. Redirects are not followed: they lead where nobody has looked. */
import type { LookupFunction } from 'node:net';
import { cleanField } from '../../core/clean.ts';
import { ChannelFailure, connectionFailure } from './failure.ts';
import { type OutgoingRules, pin } from './pin.ts';

export interface Ask {
  url: string;
  /** POST when absent. */
  method?: 'POST' | 'PUT';
  headers?: Readonly<Record<string, string>>;
  body: string;
  /** PEM of the authorities whose certificates are taken, beside those of this machine. */
  ca?: string | undefined;
}

export interface HttpAnswer {
  status: number;
  body: string;
}

export type Post = (ask: Ask) => Promise<HttpAnswer>;

/** For one request, all in all. */
const TIMEOUT_MS = 20_000;
/** Of an answer; what is more is nobody's business. */
const MOST_BYTES = 65_536;

/** @throws ChannelFailure for whatever is no answer of 200 to 299 */
export async function post(ask: Ask, rules: OutgoingRules, signal: AbortSignal): Promise<HttpAnswer> {
  const url = urlOf(ask.url);
  const where = `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
  const pinned = await pin(url.hostname, rules);
  if (url.protocol === 'http:' && !pinned.listed)
    throw new ChannelFailure(
      `${url.hostname} is reached without TLS: http:// is for addresses in alerts.allowedNetworks; write https://.`,
    );
  const { Agent, request } = await import('undici');
  const lookup: LookupFunction = (_, options, done) =>
    options.all
      ? done(null, [{ address: pinned.address, family: pinned.family }])
      : done(null, pinned.address, pinned.family);
  const authorities = ask.ca === undefined ? {} : { ca: [...(await trusted()), ask.ca] };
  const agent = new Agent({ connect: { lookup, timeout: 10_000, ...authorities } });
  try {
    const response = await request(url, {
      method: ask.method ?? 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'portolan', ...ask.headers },
      body: ask.body,
      dispatcher: agent,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const body = await beginning(response.body);
    return judge(response.statusCode, body, response.headers['retry-after'], where);
  } catch (error) {
    throw connectionFailure(error, where);
  } finally {
    await agent.destroy();
  }
}

function urlOf(text: string): URL {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url;
  throw new ChannelFailure(
    'The address of the channel is not one of http:// or https:// without a password in it.',
  );
}

async function trusted(): Promise<readonly string[]> {
  const { rootCertificates } = await import('node:tls');
  return rootCertificates;
}

function judge(
  status: number,
  body: string,
  retryAfter: string | string[] | undefined,
  where: string,
): HttpAnswer {
  if (status >= 200 && status < 300) return { status, body };
  const said = body.trim() === '' ? '' : ` It says: ${cleanField(body, 200)}`;
  if (status >= 300 && status < 400)
    throw new ChannelFailure(
      `${where} answers with a redirect (${status}), which is not followed: write the final address.`,
    );
  if (status === 401 || status === 403)
    throw new ChannelFailure(`${where} refuses our secret (${status}).${said}`);
  if (status === 404 || status === 410)
    throw new ChannelFailure(
      `${where} knows nothing of that address (${status}): was the webhook deleted?${said}`,
    );
  if (status === 429)
    throw new ChannelFailure(`${where} limits our rate (429).`, { afterMs: retryAfterMs(retryAfter) });
  if (status === 400 || status === 413 || status === 422)
    throw new ChannelFailure(`${where} does not take the message (${status}).${said}`, { final: true });
  throw new ChannelFailure(`${where} answered with status ${status}.${said}`, {
    afterMs: retryAfterMs(retryAfter),
  });
}

/** RFC 9110 section 10.2.3, seconds alone; whatever else it says, we wait as always. */
function retryAfterMs(header: string | string[] | undefined): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) * 1000 : undefined;
}

async function beginning(body: AsyncIterable<Uint8Array> & { destroy(): unknown }): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_BYTES) break;
  }
  body.destroy();
  return Buffer.concat(chunks).subarray(0, MOST_BYTES).toString('utf8');
}
