/** Reading a request body without trusting its length. */

/**
 * The body as text, or undefined when it is longer than `maxBytes`: a declared length over the limit is refused unread,
 * else reading stops at the limit. (Hono's own bodyLimit wraps the request anew, which @hono/node-server's requests
 * only allow when it may replace the process's global Request.)
 */
export async function readBody(request: Request, maxBytes: number): Promise<string | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return undefined;
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
