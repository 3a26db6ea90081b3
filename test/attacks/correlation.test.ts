/** An id that callers choose: two may choose the same, and one may choose what another has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Attacked, attacked } from './server.ts';

let server: Attacked;
beforeAll(async () => {
  server = await attacked();
});
afterAll(() => server.close());

const run = (by: string) =>
  server.rest(by, 'POST', '/tools/NmapTool/execute', {
    target: '127.0.0.1',
    extra_args: '-sT -Pn -n -p 1-40 --max-rate 10',
    correlation_id: 'the-same',
  });
const active = async () =>
  /^mcp_tool_active\{tool="NmapTool"\} (\d+)/m.exec(
    (await server.rest('other', 'GET', '/metrics')).text,
  )?.[1];

it('the same id of two callers mixes nothing', async () => {
  const both = Promise.all([run('owner'), run('other')]);
  await expect.poll(active, { timeout: 20_000 }).toBe('2');
  const answers = (await both).map(({ text }) => JSON.parse(text));
  expect(answers.map(({ correlation_id: id }) => id)).toEqual(['the-same', 'the-same']);
  expect(await active()).toBe('0');
  const records = () =>
    readFileSync(join(server.home.folder, 'audit.jsonl'), 'utf8')
      .split('\n')
      .flatMap((line): Record<string, unknown>[] => (line === '' ? [] : [JSON.parse(line)]))
      .filter(({ tool, kind }) => tool === 'NmapTool' && kind === 'call');
  await expect.poll(() => records().length).toBe(2);
  const [one, two] = records();
  expect([one?.['given_id'], two?.['given_id']]).toEqual(['the-same', 'the-same']);
  expect(new Set([one?.['correlation'], two?.['correlation'], 'the-same']).size).toBe(3);
});
