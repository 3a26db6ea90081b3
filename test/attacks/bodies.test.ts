/** Bodies that are made to cost more than they should (bodies.json): refused in few and clean words. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Attacked, attacked } from './server.ts';

const Body = z.strictObject({
  name: z.string(),
  status: z.number(),
  /** Which limit the refusal names. */
  says: z.string().default(''),
  keys: z.number().optional(),
  items: z.number().optional(),
  characters: z.number().optional(),
  depth: z.number().optional(),
  field: z.string().default('target'),
  spoiled: z.string().default(''),
  text: z.string().optional(),
});
const { bodies } = z
  .object({ bodies: z.array(Body) })
  .parse(JSON.parse(readFileSync(new URL('bodies.json', import.meta.url), 'utf8')));

/** What no answer may have in it as it is (core/clean.ts). */
const UNSAFE = /[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u;
const MOST_ANSWER = 4096;

let server: Attacked;
beforeAll(async () => {
  server = await attacked(['rateLimit.scansPerMinute=0']);
});
afterAll(() => server.close());

function made({ text, keys, items, characters, depth, field, spoiled }: z.output<typeof Body>): string {
  if (text !== undefined) return text;
  if (depth !== undefined) return `{"${field}":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  if (keys !== undefined)
    return JSON.stringify(Object.fromEntries(Array.from({ length: keys }, (_, n) => [`k${n}${spoiled}`, 1])));
  const value =
    items === undefined
      ? `${spoiled}${'a'.repeat(characters ?? 1)}`
      : Array.from({ length: items }, (_, n) => `10.0.${n >> 8}.${n & 255}`);
  return JSON.stringify({ [field]: value });
}

describe.each(bodies)('$name', (body) => {
  const send = (path: string, text: string, headers: Record<string, string> = {}) =>
    fetch(server.origin + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: 'Bearer owner-of-the-attacks',
        ...headers,
      },
      body: text,
    });

  it('over REST', async () => {
    const answer = await send('/tools/quick_scan/execute', made(body));
    const text = await answer.text();
    expect([answer.status, text.slice(0, 300)]).toEqual([body.status, expect.stringContaining('"error"')]);
    expect(text).toContain(body.says);
    expect(text.length).toBeLessThan(MOST_ANSWER);
    for (const words of wordsIn(JSON.parse(text))) expect(words).not.toMatch(UNSAFE);
  });

  it('over MCP', async () => {
    const message = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"quick_scan","arguments":${made(body)},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"a","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}`;
    const answer = await send('/mcp', message, {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'quick_scan',
    });
    const text = await answer.text();
    expect(text).toMatch(/"isError":true|"error":/);
    expect(text.length).toBeLessThan(MOST_ANSWER);
    expect(text).not.toMatch(UNSAFE);
  });
});

it('is written down in few words', async () => {
  const records = () => readFileSync(join(server.home.folder, 'audit.jsonl'), 'utf8').trim().split('\n');
  // The same refusal again is counted, not written again.
  await expect.poll(() => records().some((one) => one.includes('too_large'))).toBe(true);
  expect(server.stderr()).not.toMatch(UNSAFE);
  expect(server.stderr()).not.toContain('defect');
});

function wordsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(wordsIn) : [];
}
