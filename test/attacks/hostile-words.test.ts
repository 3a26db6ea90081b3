/** Words that act on whoever shows them (hostile-words.json): wherever a refusal repeats them, they are safe to print. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MAIN } from '../e2e/portolan.ts';
import { type AuditedServer, auditedServer } from './audit/server.ts';
import { auditCommand } from './audit/three-files.ts';

const { words } = z
  .object({ words: z.array(z.object({ name: z.string(), word: z.string() })) })
  .parse(JSON.parse(readFileSync(new URL('hostile-words.json', import.meta.url), 'utf8')));

/** As in core/clean, but for line breaks: what acts on a terminal, on a reader, or splits a line. */
const ACTS = /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const FORGED = /^(Next: (curl|run)|\{"kind")/m;

function unsafeIn(value: unknown, place = ''): string[] {
  if (typeof value === 'string')
    return ACTS.test(value) || FORGED.test(value) ? [`${place}: ${JSON.stringify(value.slice(0, 200))}`] : [];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, one]) => [
    ...unsafeIn(name, `${place}.(name)`),
    ...unsafeIn(one, `${place}.${name}`),
  ]);
}

/** The message in an answer over MCP, be it JSON or an event. */
async function messageOf(answer: Response): Promise<unknown> {
  const text = await answer.text();
  return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text);
}

let server: AuditedServer;
beforeAll(async () => {
  server = await auditedServer('  level: debug\nrateLimit: {scansPerMinute: 0, readsPerMinute: 0}\n');
});
afterAll(async () => {
  await server.stop();
  server.home.remove();
});

const CALLS: readonly [string, (word: string) => Record<string, unknown>][] = [
  ['quick_scan', (word) => ({ target: word })],
  ['quick_scan', (word) => ({ target: `10.0.0.1 ${word}` })],
  ['custom_scan', (word) => ({ target: '127.0.0.1', options: `-p ${word}` })],
  ['custom_scan', (word) => ({ target: '127.0.0.1', options: `--${word}` })],
  ['custom_scan', (word) => ({ target: '127.0.0.1', options: `--script ${word}` })],
  ['plan_scan', (word) => ({ target: '127.0.0.1', [word]: 1 })],
  ['scan_network', (word) => ({ target: '127.0.0.1', ssh_host: word, ssh_user: word })],
  ['quick_scan', (word) => ({ target: '127.0.0.1', scanner: word })],
  ['get_task_status', (word) => ({ task_id: word })],
  ['list_tasks', (word) => ({ state: word })],
  ['scan_overview', (word) => ({ file: `${word}.pcap`, path: word })],
  ['enrich_ip', (word) => ({ ip: word })],
  ['PingTool', (word) => ({ target: word, extra_args: word })],
];

describe('over REST and MCP', () => {
  it.each(words)('$name', async ({ word }) => {
    const found: string[] = [];
    for (const [tool, args] of CALLS) {
      const rest = await server.execute(tool, args(word));
      expect(rest.status, tool).toBeLessThan(500);
      found.push(...unsafeIn(await rest.json(), `REST ${tool}`));
      found.push(
        ...unsafeIn(
          await messageOf(await server.rpc('tools/call', { name: tool, arguments: args(word) })),
          tool,
        ),
      );
    }
    const path = encodeURIComponent(word.toWellFormed());
    for (const address of [
      `/tasks/${path}`,
      `/tasks/${path}/result`,
      `/${path}`,
      `/tasks?state=${path}`,
      `/tasks/${path}/report.${path}`,
    ])
      found.push(...unsafeIn(await (await server.get(address)).json(), address.slice(0, 12)));
    for (const action of ['execute', 'enable', 'disable'])
      found.push(
        ...unsafeIn(
          await (
            await fetch(`${server.origin}/tools/${path}/${action}`, {
              method: 'POST',
              headers: { authorization: 'Bearer a-token-that-may-all' },
            })
          ).json(),
          action,
        ),
      );
    for (const [method, params] of [
      ['tools/call', { name: word, arguments: {} }],
      ['prompts/get', { name: word }],
      ['prompts/get', { name: 'survey', arguments: { [word]: word } }],
      ['resources/read', { uri: word }],
      ['resources/read', { uri: `scan://${word}/report.json` }],
      [
        'completion/complete',
        { ref: { type: 'ref/prompt', name: word }, argument: { name: word, value: word } },
      ],
      [
        'completion/complete',
        { ref: { type: 'ref/resource', uri: word }, argument: { name: word, value: word } },
      ],
      ['tasks/get', { taskId: word }],
      [`no/${word}`, {}],
    ] as const)
      found.push(
        ...unsafeIn(await messageOf(await server.rpc(method.toWellFormed(), params)), `MCP ${method}`),
      );
    expect(found).toEqual([]);
  });

  it('none of them is in the log or the audit but as an escape, and each line is one for every reader', async () => {
    await server.stop();
    const audit = readFileSync(server.audit, 'utf8');
    expect(audit).toMatch(/^[\n -~]*$/);
    const log = readFileSync(server.log, 'utf8');
    expect(log.split('\n').filter((line) => ACTS.test(line))).toEqual([]);
    for (const text of [audit, log]) {
      expect(text.length).toBeGreaterThan(10_000);
      expect(text.split(/\r\n|[\n\v\f\r\u001c-\u001e\u0085\u2028\u2029]/).length).toBe(
        text.split('\n').length,
      );
    }
    expect(await auditCommand('verify', server.audit)).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('over stdio, to a client of 2025', () => {
  it('the same', async () => {
    const child = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env['PATH'], HOME: server.home.folder },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const send = (message: object) =>
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const clientInfo = { name: 'attack', version: '1' };
    send({
      id: 0,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
    });
    send({ method: 'notifications/initialized' });
    const requests = words.flatMap(({ word }) => [
      { method: 'tools/call', params: { name: word, arguments: {} } },
      { method: 'tools/call', params: { name: 'quick_scan', arguments: { target: word } } },
      { method: 'prompts/get', params: { name: word } },
      { method: 'resources/read', params: { uri: word } },
      { method: 'resources/read', params: { uri: `scan://${word}/report.json` } },
      {
        method: 'completion/complete',
        params: { ref: { type: 'ref/prompt', name: word }, argument: { name: word, value: word } },
      },
    ]);
    for (const [at, request] of requests.entries()) send({ id: at + 1, ...request });
    const answers: unknown[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      answers.push(JSON.parse(line));
      if (answers.length === requests.length + 1) child.stdin.end();
    }
    expect(answers).toHaveLength(requests.length + 1);
    expect(unsafeIn(answers)).toEqual([]);
  });
});

describe('on the terminal', () => {
  const LINES: readonly ((word: string) => string[])[] = [
    (word) => ['scan', word],
    (word) => ['scan', '127.0.0.1', '--options', `-p ${word}`],
    (word) => ['call', word],
    (word) => [word],
    (word) => [`--${word}`],
    (word) => ['scan', `--${word}`, '127.0.0.1'],
    (word) => ['audit', 'verify', `/nowhere/${word}`],
    (word) => ['audit', 'verify', '--head', word],
    (word) => ['token', 'create', word],
    (word) => ['check-config', '--set', `${word}=1`],
    (word) => ['check-config', '--config', `/nowhere/${word}`],
    (word) => ['report', word],
  ];
  it.each(LINES.map((line) => [line('WORD').join(' '), line] as const))('portolan %s', (_, line) => {
    // All in one, as a terminal meets them: a process for each would take minutes.
    const word = words.map((one) => one.word.replaceAll('\n', '').toWellFormed()).join(' ');
    const run = spawnSync(process.execPath, [MAIN, ...line(word)], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: tmpdir(), NO_COLOR: '1' },
      timeout: 60_000,
    });
    expect(run.status).toBeGreaterThan(0);
    expect(run.stderr + run.stdout).not.toBe('');
    expect(unsafeIn(run.stderr)).toEqual([]);
    expect(unsafeIn(run.stdout)).toEqual([]);
    expect(run.stderr).not.toContain('    at ');
  });
});
