/** REST by the real command: the same scans as over MCP, several callers, events, and what survives a restart. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { factsOf } from '../../src/transports/mcp/result.ts';
import { type Listener, listen } from './listeners.ts';
import {
  cleanEnvironment,
  ERAS,
  type Era,
  type Home,
  MAIN,
  mainArguments,
  makeHome,
  originOf,
  startStdio,
  terminate,
} from './portolan.ts';

const HOST = '127.0.7.5';
const OPEN = 8888;
const ROOT = 'canary-root-token-0815-4711';
let listener: Listener;
let home: Home;
let server: Server;
/** By name, made by `portolan token create`. */
const tokens = new Map([['root', ROOT]]);

interface Server {
  origin: string;
  stop(): Promise<void>;
}
interface Answer {
  status: number;
  headers: Headers;
  // Answers have every shape there is; their schemas are checked by the unit tests of the OpenAPI document.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  body: any;
}

beforeAll(async () => {
  listener = await listen(HOST, OPEN, 'hello\r\n');
  home = makeHome();
  server = await serve();
  for (const name of ['ann', 'bob']) {
    const { stdout } = await portolan('token', 'create', name, '--expires', '1h');
    tokens.set(name, /portolan_\S+/.exec(stdout)?.[0] ?? '');
  }
});
afterAll(async () => {
  await server.stop();
  await listener.close();
  home.remove();
});

const environment = () => ({ ...cleanEnvironment(home), PORTOLAN_SERVER__TOKEN: ROOT });

async function portolan(...args: string[]): Promise<{ stdout: string }> {
  return await promisify(execFile)(process.execPath, mainArguments(home, ...args), { env: environment() });
}

async function serve(settings: string[] = [], env: Record<string, string> = {}): Promise<Server> {
  const more = settings.flatMap((setting) => ['--set', setting]);
  const child: ChildProcess = spawn(
    process.execPath,
    [...mainArguments(home, 'serve', '--port', '0'), ...more],
    {
      env: { ...environment(), ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let written = '';
  child.stderr?.on('data', (chunk) => {
    written += chunk;
  });
  const origin = await originOf(child);
  return {
    origin,
    async stop() {
      await terminate(child);
      for (const token of tokens.values()) expect(written).not.toContain(token);
    },
  };
}

const as = (who: string) => ({ authorization: `Bearer ${tokens.get(who)}` });

async function ask(method: string, path: string, who: string, body?: unknown, more = {}): Promise<Answer> {
  const answer = await fetch(server.origin + path, {
    method,
    headers: { 'content-type': 'application/json', ...as(who), ...more },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.startsWith('application/json');
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
}

async function connect(era: Era, who: string, told?: (tools: string[]) => void): Promise<Client> {
  const client = new Client(
    { name: 'e2e', version: '1' },
    {
      capabilities: {},
      versionNegotiation: { mode: era === '2025-11-25' ? 'legacy' : { pin: era } },
      listChanged: { tools: { onChanged: (_, tools) => told?.(tools?.map(({ name }) => name) ?? []) } },
    },
  );
  const url = new URL(`${server.origin}/mcp`);
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers: as(who) } }));
  return client;
}

/** An answer without what differs from run to run. */
const comparable = (answer: unknown) =>
  JSON.stringify(answer)
    .replaceAll(/"(created_at|started_at|ended_at)":"[^"]*"/g, '"$1":"T"')
    .replaceAll(/"correlation_id":"[^"]*"/g, 'C')
    .replaceAll(/\b[2-9a-z]{14}\b/g, 'TASK')
    .replaceAll(/"scan_time":[\d.]+/g, 'E')
    .replaceAll(/\/[^" ]*scan\.xml/g, 'XML');

it('serves everything it names, with health, metrics and the configuration without secrets', async () => {
  const { body: index } = await ask('GET', '/', 'root');
  expect(index).toMatchObject({
    name: 'portolan',
    tools: expect.arrayContaining(['quick_scan', 'NmapTool']),
  });
  expect(index.endpoints).toEqual(expect.arrayContaining(['GET /health', 'POST /tools/quick_scan/execute']));
  for (const path of ['/health/live', '/health/ready']) {
    expect((await fetch(server.origin + path)).status, path).toBe(200);
  }
  expect((await fetch(`${server.origin}/health`)).status).toBe(401);
  const health = await ask('GET', '/health', 'ann');
  expect([200, 207, 503]).toContain(health.status);
  expect(health.body.checks.length).toBeGreaterThan(5);
  await ask('GET', '/tasks', 'ann');
  const metrics = await ask('GET', '/metrics', 'ann');
  expect(metrics.body).toMatch(
    /^mcp_tool_execution_total\{tool="list_tasks",status="success",error_type="none"\} \d/m,
  );
  expect((await ask('GET', '/config', 'ann')).status).toBe(403);
  const config = await ask('GET', '/config', 'root');
  expect(config.body.server).toMatchObject({ token: '[hidden]', maxConnections: 100 });
  expect(JSON.stringify(config.body)).not.toContain(ROOT);
});

it('scans as MCP does, in both eras', async () => {
  const args = { target: HOST };
  const rest = await ask('POST', '/tools/quick_scan/execute', 'ann', args);
  expect(rest.status).toBe(200);
  expect(rest.body).toMatchObject({ status: 'completed', result: { hosts: [{ ports: [{ port: OPEN }] }] } });
  for (const era of ERAS) {
    const client = await connect(era, 'ann');
    const mcp = await client.callTool({ name: 'quick_scan', arguments: args });
    expect(comparable(mcp.structuredContent), era).toBe(comparable(rest.body));
    const outside = { name: 'quick_scan', arguments: { target: '8.8.8.8' } };
    const refused = await ask('POST', '/tools/quick_scan/execute', 'ann', outside.arguments);
    expect([refused.status, refused.body.error.code]).toEqual([403, 'out_of_scope']);
    const ownId = { error: { ...refused.body.error, correlation_id: expect.any(String) } };
    expect(factsOf(await client.callTool(outside))).toEqual(ownId);
    await client.close();
  }
});

describe('reports', () => {
  const FORMATS = ['md', 'json', 'csv', 'xml', 'greppable', 'lines'];
  let task: string;
  beforeAll(async () => {
    const { body } = await ask('POST', '/tools/quick_scan/execute', 'ann', { target: HOST });
    task = body.task_id;
  });

  it('are sent in every format, the same as MCP reads and the command line prints', async () => {
    const client = await connect('2026-07-28', 'ann');
    for (const format of FORMATS) {
      const { status, headers, body } = await ask('GET', `/tasks/${task}/report.${format}`, 'ann');
      expect(status, format).toBe(200);
      expect(headers.get('content-disposition')).toBe(`attachment; filename="${task}.${format}"`);
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      expect(text).toMatch(new RegExp(`${HOST}[\\s\\S]*${OPEN}`));
      const { contents } = await client.readResource({ uri: `scan://${task}/report.${format}` });
      const [content] = contents;
      const read = content && 'text' in content ? content.text : '';
      expect(format === 'json' ? JSON.stringify(JSON.parse(read)) : read).toBe(text);
      const here = await portolan('report', task, '--format', format);
      expect(here.stdout).toBe(read);
    }
    await client.close();
  });

  it('are printed from a server elsewhere, and written into a file', async () => {
    const environment = { ...cleanEnvironment(home), PORTOLAN_TOKEN: tokens.get('ann') ?? '' };
    const remote = (...args: string[]) =>
      promisify(execFile)(process.execPath, [MAIN, ...args, '--url', `${server.origin}/mcp`], {
        env: environment,
      });
    const { stdout } = await remote('report', task, '--format', 'lines');
    expect(stdout).toMatch(new RegExp(`^${HOST}\t${OPEN}/tcp\topen\t`, 'm'));
    const file = join(home.folder, 'report.json');
    expect((await remote('report', task, '-o', file)).stdout).toBe('');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ task_id: task });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const none = await remote('report', 'zzzzzzzzzzzzzz').catch(
      (error: { code: number; stderr: string }) => error,
    );
    expect(none).toMatchObject({ code: 2, stderr: expect.stringMatching(/^task_not_found: [\s\S]*Next: /) });
  });

  it('are of their owner alone, and of the formats there are', async () => {
    const foreign = await ask('GET', `/tasks/${task}/report.xml`, 'bob');
    expect([foreign.status, foreign.body.error.code]).toEqual([404, 'task_not_found']);
    expect((await fetch(`${server.origin}/tasks/${task}/report.xml`)).status).toBe(401);
    const { status, body } = await ask('GET', `/tasks/${task}/report.exe`, 'ann');
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      code: 'invalid_argument',
      next: expect.stringContaining('greppable'),
    });
  });
});

describe('a scan that goes on', () => {
  const slow = { command: `-sT -Pn -r -p ${OPEN},31000-31300 --max-rate 30 ${HOST}`, timeout: 60 };

  it('is a task of its caller alone, over REST, MCP and in the events', async () => {
    const end = new AbortController();
    const heard = { ann: '', bob: '' };
    for (const who of ['ann', 'bob'] as const) {
      const events = await fetch(`${server.origin}/events`, { headers: as(who), signal: end.signal });
      const take = async () => {
        for await (const chunk of events.body ?? []) heard[who] += Buffer.from(chunk).toString();
      };
      take().catch(() => {});
    }
    const started = await ask('POST', '/tools/custom_scan/execute', 'ann', slow, { prefer: 'respond-async' });
    expect(started.status).toBe(202);
    const id = started.body.task_id;
    const path = `/tasks/${id}`;
    expect(started.headers.get('location')).toBe(path);
    const status = await ask('GET', path, 'ann');
    expect(status.body).toMatchObject({ task_id: id, tool: 'custom_scan' });
    const state = async () => (await ask('GET', path, 'ann')).body.status;
    await expect.poll(state, { timeout: 20_000 }).toBe('running');
    await expect
      .poll(() => heard.ann, { timeout: 30_000 })
      .toMatch(new RegExp(`event: finding\\ndata: .*${id}.*${OPEN}`));
    await expect
      .poll(() => heard.ann, { timeout: 30_000 })
      .toMatch(new RegExp(`event: progress\\ndata: .*${id}`));

    for (const method of ['GET', 'DELETE']) {
      const foreign = await ask(method, path, 'bob');
      const none = await ask(method, '/tasks/zzzzzzzzzzzzzz', 'bob');
      expect([foreign.status, none.status]).toEqual([404, 404]);
      const asForeign = JSON.parse(JSON.stringify(none.body).replaceAll('zzzzzzzzzzzzzz', id));
      // Each answer has an id of its own.
      asForeign.error.correlation_id = expect.any(String);
      expect(foreign.body).toEqual(asForeign);
    }
    expect((await ask('GET', `${path}/result`, 'bob')).status).toBe(404);
    expect((await ask('GET', '/tasks', 'bob')).body).toEqual({ tasks: [] });
    for (const era of ERAS) {
      const client = await connect(era, 'bob');
      for (const name of ['get_task_status', 'get_task_result', 'cancel_task']) {
        const answer = await client.callTool({ name, arguments: { task_id: id } });
        expect(factsOf(answer), name).toMatchObject({ error: { code: 'task_not_found' } });
      }
      expect((await client.callTool({ name: 'list_tasks', arguments: {} })).structuredContent).toEqual({
        tasks: [],
      });
      await expect(client.readResource({ uri: `scan://${id}/report.json` })).rejects.toThrow(
        'task_not_found',
      );
      await client.close();
    }
    expect((await ask('GET', path, 'root')).status).toBe(200);

    const part = await ask('GET', `${path}/result`, 'ann');
    expect(part.body).toMatchObject({ status: 'running', result: { partial: true } });
    const cancelled = await ask('DELETE', path, 'ann');
    expect(cancelled.body).toMatchObject({ task_id: id, status: 'cancelled' });
    const kept = await ask('GET', `${path}/result?detail=full`, 'ann');
    expect(kept.body.result.hosts[0].ports).toMatchObject([{ port: OPEN, state: 'open' }]);
    const { body: listed } = await ask('GET', '/tasks?state=cancelled', 'ann');
    expect(listed.tasks.map((task: { task_id: string }) => task.task_id)).toEqual([id]);
    await expect.poll(() => heard.ann).toMatch(new RegExp(`event: task\\ndata: .*${id}.*cancelled`));
    end.abort();
    expect(heard.bob).toContain('retry:');
    expect(heard.bob).not.toContain(id);
  });

  it('400 for a question that cannot be asked', async () => {
    for (const path of ['/tasks?state=odd', '/tasks?cursor=x', '/tasks?who=bob', '/tasks/x?y=1']) {
      expect((await ask('GET', path, 'ann')).status, path).toBe(400);
    }
  });
});

describe('a tool that is switched off', () => {
  it('is off for everybody, after a restart too, and clients of both eras are told', async () => {
    const lists = new Map<Era, string[]>();
    const clients = await Promise.all(
      ERAS.map((era) => connect(era, 'ann', (tools) => void lists.set(era, tools))),
    );
    const stdio = await startStdio(home, '2025-11-25');
    let stdioTold = false;
    stdio.client.setNotificationHandler('notifications/tools/list_changed', () => {
      stdioTold = true;
    });
    expect((await ask('POST', '/tools/plan_scan/disable', 'ann')).status).toBe(403);
    // The streams that tell of it open some time after connect().
    await delay(1000);
    expect((await ask('POST', '/tools/plan_scan/disable', 'root')).body).toEqual({
      name: 'plan_scan',
      enabled: false,
    });
    for (const era of ERAS) {
      await expect.poll(() => lists.get(era), { timeout: 10_000 }).toContain('quick_scan');
      expect(lists.get(era), era).not.toContain('plan_scan');
    }
    await Promise.all(clients.map((client) => client.close()));
    const refused = await ask('POST', '/tools/plan_scan/execute', 'ann', { target: HOST });
    expect([refused.status, refused.body.error.code]).toEqual([403, 'tool_disabled']);
    // Another process on the same database.
    const elsewhere = async () => (await stdio.call('plan_scan', { target: HOST })).structured;
    await expect.poll(elsewhere, { timeout: 10_000 }).toMatchObject({ error: { code: 'tool_disabled' } });
    await expect.poll(() => stdioTold, { timeout: 10_000 }).toBe(true);
    expect((await stdio.client.listTools()).tools.map(({ name }) => name)).not.toContain('plan_scan');
    await stdio.close();

    await server.stop();
    server = await serve();
    const again = await ask('POST', '/tools/plan_scan/execute', 'ann', { target: HOST });
    expect([again.status, again.body.error.code]).toEqual([403, 'tool_disabled']);
    const client = await connect('2026-07-28', 'ann');
    expect((await client.listTools()).tools.map(({ name }) => name)).not.toContain('plan_scan');
    await ask('POST', '/tools/plan_scan/enable', 'root');
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('plan_scan');
    await client.close();
    expect((await ask('POST', '/tools/plan_scan/execute', 'ann', { target: HOST })).status).toBe(200);
  });
});

describe('limits', () => {
  it('ten calls a minute of a tool that scans, on HTTP and on stdio', async () => {
    // Refused by the policy: what could not even be read would count as a read.
    const args = { target: '192.0.2.1' };
    const codes: number[] = [];
    for (let n = 0; n < 11; n++)
      codes.push((await ask('POST', '/tools/full_scan/execute', 'bob', args)).status);
    expect(codes).toEqual([...Array(10).fill(403), 429]);
    const refused = await ask('POST', '/tools/full_scan/execute', 'bob', args);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const client = await connect('2025-11-25', 'bob');
    const overMcp = await client.callTool({ name: 'full_scan', arguments: { target: HOST } });
    expect(factsOf(overMcp)).toMatchObject({ error: { code: 'rate_limited' } });
    await client.close();
    expect((await ask('POST', '/tools/full_scan/execute', 'ann', args)).status).toBe(403);

    const stdio = await startStdio(home);
    for (let n = 0; n < 10; n++) {
      expect((await stdio.call('full_scan', args)).structured).toMatchObject({
        error: { code: 'out_of_scope' },
      });
    }
    expect((await stdio.call('full_scan', { target: HOST })).structured).toMatchObject({
      error: { code: 'rate_limited', retry_after_seconds: expect.any(Number) },
    });
    await stdio.close();
  });

  it('a token that is revoked is refused by the running server', async () => {
    const { stdout } = await portolan('token', 'create', 'temp');
    tokens.set('temp', /portolan_\S+/.exec(stdout)?.[0] ?? '');
    expect((await ask('GET', '/tools', 'temp')).status).toBe(200);
    await portolan('token', 'revoke', 'temp');
    await expect
      .poll(async () => (await ask('GET', '/tools', 'temp')).status, { timeout: 5000, interval: 400 })
      .toBe(401);
  });

  it('a server without a token of its configuration asks for those of the database, also when all are revoked', async () => {
    const own = home;
    const usual = server;
    try {
      home = makeHome();
      const withoutToken = { PORTOLAN_SERVER__TOKEN: '' };
      server = await serve([], withoutToken);
      expect((await fetch(`${server.origin}/tools`)).status).toBe(200);
      await server.stop();
      await portolan('token', 'create', 'ann');
      await portolan('token', 'revoke', 'ann');
      server = await serve([], withoutToken);
      expect((await fetch(`${server.origin}/tools`)).status).toBe(401);
      await server.stop();
      home.remove();
    } finally {
      home = own;
      server = usual;
    }
  });
});
