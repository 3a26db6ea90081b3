/** Reading a request body without trusting its length. */
import type { Context } from 'hono';
import { PortolanError } from '../../core/errors.ts';
import { refuse } from './errors.ts';

/**
 * The body as text, or undefined when it is longer than `maxBytes`: a declared length over the limit is refused unread,
 * else reading stops at the limit. (Hono's own bodyLimit wraps the request anew, which @hono/node-server's requests
 * only allow when it may replace the process's global Request.)
 */
export async function readBody(request: Request, maxBytes: number): Promise<string | undefined> {
  const declared = request.headers.get('content-length');
  // More than was declared never comes through Node's parser of HTTP; read so, no stream is made, whose making took a tenth of a call.
  if (declared !== null) return Number(declared) > maxBytes ? undefined : await request.text();
  if (!request.body) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The parsed body; an empty one has no arguments. Anything but JSON is refused, as web pages can send forms unasked. */
export async function jsonBody(context: Context, maxBytes: number): Promise<unknown> {
  const text = await readBody(context.req.raw, maxBytes);
  if (text === undefined) {
    return refuse(
      context,
      413,
      new PortolanError('invalid_argument', 'The request is too large.', 'Ask for less at once.', {
        limit: `${maxBytes} bytes`,
      }),
    );
  }
  if (text === '') return {};
  if (!/^application\/([\w.-]+\+)?json *(;|$)/i.test(context.req.header('content-type') ?? '')) {
    return refuse(
      context,
      415,
      new PortolanError(
        'invalid_argument',
        'The body is not declared as JSON.',
        'Send it with Content-Type: application/json.',
      ),
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    return refuse(
      context,
      400,
      new PortolanError(
        'invalid_argument',
        'The body is not valid JSON.',
        'Send the arguments as one JSON object.',
      ),
    );
  }
}
