/** Every way in, with a token of each scope alone: what the scope does not cover is refused, and tells nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SCOPES, type Scope } from '../../src/core/caller.ts';
import { TOOLSETS } from '../../src/core/toolsets.ts';
import { TOOLS } from '../../src/tools/index.ts';
import type { HttpEnv } from '../../src/transports/http/env.ts';
import { mountProbes, mountRest } from '../../src/transports/rest/routes.ts';
import { fixtureDependencies } from '../unit/transports/fixture/dependencies.ts';
import { type Attacked, attacked, authorization, type Told, tokenFor } from './server.ts';

const ScopeOrNone = z.enum(SCOPES).nullable();
const { rest, mcp } = z
  .object({
    rest: z.array(
      z.object({ method: z.string(), path: z.string(), scope: ScopeOrNone, stream: z.boolean().optional() }),
    ),
    mcp: z.array(
      z.object({
        method: z.string(),
        params: z.record(z.string(), z.unknown()),
        scope: ScopeOrNone,
        /** Such an answer is no refusal, but has not this in it. */
        hides: z.string().optional(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('doors.json', import.meta.url), 'utf8')));

let server: Attacked;
let task = '';
beforeAll(async () => {
  server = await attacked([
    'rateLimit.readsPerMinute=0',
    'rateLimit.scansPerMinute=0',
    `tools.toolsets=${TOOLSETS.join(',')}`,
  ]);
  const answer = await server.rest('owner', 'POST', '/tools/quick_scan/execute', { target: '127.0.0.1' });
  task = z.object({ task_id: z.string() }).parse(JSON.parse(answer.text)).task_id;
});
afterAll(() => server.close());

const isForbidden = ({ status, text }: Told) =>
  status === 403 || (text.includes('"jsonrpc"') && /"forbidden"|forbidden: /.test(text));
const withTask = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll('TASK', task));

/** Walked by the tools, or open to whoever asks (docs/security.md). */
const OTHER_ROUTES = new Set(['POST /tools/:name/execute', 'GET /health/live', 'GET /health/ready']);

it('has every route of REST in its list', () => {
  const app = new Hono<HttpEnv>();
  const states = { isEnabled: () => true, set: async () => {} };
  const deps = { ...fixtureDependencies(), mcpPath: '/mcp', states, config: () => ({}) };
  mountProbes(app, {});
  mountRest(app, deps);
  const shapeOf = ({ method, path }: { method: string; path: string }) =>
    `${method} ${path.replace(/\{.*\}$/, '')}`;
  const unlisted = app.routes
    // Entity tags are put on what the doors behind give.
    .filter(({ method }) => method !== 'ALL')
    .map(shapeOf)
    .filter((route) => !OTHER_ROUTES.has(route))
    .filter((route) => {
      const pattern = new RegExp(`^${route.replace(/:[a-z]+/g, '[^/]+')}$`);
      return !rest.some(({ method, path }) => pattern.test(`${method} ${path}`));
    });
  expect(unlisted).toEqual([]);
  expect(app.routes.length).toBeGreaterThan(15);
});

describe.each(SCOPES)('a token of %s alone', (scope) => {
  const token = tokenFor(scope);
  const covers = (needed: Scope | null) => needed === null || needed === scope;
  const judge = (needed: Scope | null, told: Told, what: string) => {
    const { status, text } = told;
    expect(isForbidden(told), `${what}: ${status} ${text.slice(0, 300)}`).toBe(!covers(needed));
    // Of somebody else's scan nothing is told to anybody but an administrator who may read.
    expect(text, what).not.toContain('127.0.0.1 (');
  };

  it('calls its tools alone, over MCP and REST', async () => {
    for (const { name, scope: needed } of TOOLS) {
      // What no tool takes is refused behind the gate, before anything is done.
      const args = { no_such_argument: 1 };
      judge(needed, await server.rest(token, 'POST', `/tools/${name}/execute`, args), name);
      const shown = TOOLS.find((tool) => tool.name === name)?.toolset !== 'command';
      if (shown) judge(needed, await server.mcp(token, 'tools/call', { name, arguments: args }), name);
    }
  });

  it.each(rest.filter(({ stream }) => !stream))('$method $path needs $scope', async (one) => {
    const { method, path, scope: needed } = withTask(one);
    judge(needed, await server.rest(token, method, path), path);
  });

  it.each(mcp)('$method needs $scope: $params $hides', async (one) => {
    const { method, params, scope: needed, hides } = withTask(one);
    const answer = await server.mcp(token, method, params);
    if (hides === undefined) judge(needed, answer, method);
    // Somebody else's task is hidden whatever the scope is.
    else if (covers(needed) && hides !== task) expect(answer.text).toContain(hides);
    else expect(answer.text).not.toContain(hides);
  });

  it('follows events only with scan:read', async () => {
    const end = new AbortController();
    const answer = await fetch(`${server.origin}/events`, {
      headers: { authorization: authorization(token) },
      signal: end.signal,
    });
    expect(answer.status).toBe(scope === 'scan:read' ? 200 : 403);
    end.abort();
  });
});

it.each(mcp.filter(({ hides }) => hides === 'TASK'))(
  '$method tells the owner what it hides from others: $params',
  async (one) => {
    const { method, params } = withTask(one);
    expect((await server.mcp('owner', method, params)).text).toContain(task);
  },
);

it('writes into the audit who came by which door', async () => {
  await server.mcp('other', 'tasks/get', { taskId: task });
  await server.mcp('owner', 'resources/read', { uri: `scan://${task}/report.md` });
  const wanted = [
    { tool: 'report', caller: 'owner', outcome: 'ok' },
    { tool: 'tasks/get', caller: 'other', code: 'task_not_found' },
    { tool: 'tasks/cancel', caller: 'capture-read', code: 'forbidden' },
    { tool: 'report', caller: 'admin', code: 'forbidden' },
  ];
  // Written behind the answers.
  await expect
    .poll(() => wanted.map((record) => records().some((one) => isLike(one, record))), { timeout: 20_000 })
    .toEqual(wanted.map(() => true));
});

type AuditRecord = Record<string, unknown>;
const records = (): AuditRecord[] =>
  readFileSync(join(server.home.folder, 'audit.jsonl'), 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
const isLike = (one: AuditRecord, wanted: AuditRecord) =>
  Object.entries(wanted).every(([key, value]) => one[key] === value);

/** Those that tell of what callers did, or change something. */
const restDoors = rest.filter(({ scope, stream }) => scope !== null && !stream);
const mcpDoors = mcp.filter(
  ({ method, scope }) => scope !== null && !/^prompts|templates|tools/.test(method),
);

/** One request at each door, by a token that has its scope. */
function requests(to: Attacked): { what: string; ask: () => Promise<Told> }[] {
  const by = (scope: Scope | null) => tokenFor(scope ?? 'scan:read');
  return [
    ...restDoors.map(({ method, path, scope }) => ({
      what: `${method} ${path}`,
      ask: () => to.rest(by(scope), method, withTask(path)),
    })),
    ...mcpDoors.map(({ method, params, scope }) => ({
      what: `${method} ${JSON.stringify(params)}`,
      ask: () => to.mcp(by(scope), method, withTask(params)),
    })),
  ];
}

it('has a rate at every door', async () => {
  const limited = await attacked(['rateLimit.readsPerMinute=2']);
  try {
    for (const { what, ask } of requests(limited)) {
      for (let time = 0; time < 2; time += 1) await ask();
      expect((await ask()).text, what).toContain('rate_limited');
    }
  } finally {
    await limited.close();
  }
});

it('takes nothing new at any door while it stops, but lets itself be looked at', async () => {
  const stopping = await attacked();
  try {
    const args = { command: '-sT -Pn -n --max-rate 2 -p 1-100 127.0.0.1', timeout: 60 };
    const waits = stopping.rest('owner', 'POST', '/tools/custom_scan/execute', args).catch(() => {});
    await expect
      .poll(async () => (await stopping.rest('owner', 'GET', '/tasks')).text, { timeout: 20_000 })
      .toContain('"running"');
    process.kill(stopping.pid, 'SIGTERM');
    await expect
      .poll(async () => (await stopping.rest('owner', 'GET', '/tasks')).text, { timeout: 20_000 })
      .toContain('draining');
    for (const { what, ask } of requests(stopping)) expect((await ask()).text, what).toContain('draining');
    expect((await stopping.rest('owner', 'GET', '/metrics')).status).toBe(200);
    process.kill(stopping.pid, 'SIGTERM');
    await waits;
  } finally {
    await stopping.close();
  }
});
