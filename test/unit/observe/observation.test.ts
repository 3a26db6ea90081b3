/** What is written down of calls and scans, through the real parts: metrics, audit, events, log, traces. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createObservation, type Observation } from '../../../src/app/observation.ts';
import { SETTINGS } from '../../../src/config/flat-settings.ts';
import { defaultConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/schema.ts';
import { secretValues } from '../../../src/config/secrets.ts';
import { LOCAL_CALLER } from '../../../src/core/caller.ts';
import type { Task } from '../../../src/core/task.ts';
import type { ServiceEvent } from '../../../src/observe/events.ts';
import { createLogger } from '../../../src/observe/log.ts';
import type { Call, ToolOutcome } from '../../../src/tools/call/call-tool.ts';
import { TOOLS } from '../../../src/tools/index.ts';

let folder: string;
let config: Config;
let observation: Observation | undefined;
const logged: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-observation-'));
  config = defaultConfig();
  config.scans.database = join(folder, 'p.db');
  logged.length = 0;
});
afterEach(async () => {
  await observation?.close();
  observation = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function observe(): Promise<Observation> {
  observation = await createObservation(config, {
    log: createLogger({ level: 'debug', format: 'json' }, secretValues(config), (line) => logged.push(line)),
    queue: async () => ({ pending: 3, running: 2 }),
    breakers: () => [{ name: 'quick_scan', state: 'half_open', faults: 5, retryAfterSeconds: 0 }],
    checks: [],
  });
  return observation;
}

const toolOf = (name: string) => {
  const tool = TOOLS.find((one) => one.name === name);
  if (!tool) throw new Error(name);
  return tool;
};
const call = (name: string, args: unknown, id = 'c-1'): Call => ({
  id,
  origin: { id },
  tool: toolOf(name),
  caller: { ...LOCAL_CALLER, name: 'alice' },
  arguments: args,
});
const well = (structured: Record<string, unknown> = {}): ToolOutcome => ({
  ok: true,
  structured,
  text: '',
  links: [],
});
const refused = (message: string): ToolOutcome => ({
  ok: false,
  error: { code: 'out_of_scope', message, next: 'Ask.' },
  structured: {},
  text: '',
});
const task: Task = {
  id: 't1',
  state: 'running',
  owner: 'alice',
  request: { tool: 'quick_scan', targets: ['127.0.0.1'], options: [], correlationId: 'c-1' },
  createdAt: 1,
  startedAt: 1000,
  addressesTotal: 1,
  hostsDone: 0,
  hostsUp: 0,
  openPorts: 0,
  coverage: [],
  attempts: 1,
};

async function audit(): Promise<Record<string, unknown>[]> {
  await observation?.close();
  return readFileSync(join(folder, 'audit.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function eventsOf(seen: Observation): Promise<ServiceEvent[]> {
  const stop = new AbortController();
  const events: ServiceEvent[] = [];
  for await (const event of seen.events.read({ lastEventId: 'x', signal: stop.signal })) {
    if (event.kind === 'missed') continue;
    events.push(event);
    if (seen.events.waiting === 0 && event.data['state'] === 'completed') break;
  }
  return events;
}

/** One whole story: asked, scanned, found, ended. */
function tell(to: Observation, args: unknown = { target: '127.0.0.1' }): void {
  const asked = call('quick_scan', args);
  to.calls.started(asked);
  to.calls.admitted(asked);
  to.scans.changed({ ...task, state: 'pending' });
  to.scans.changed(task);
  const run = { argv: ['-n', '127.0.0.1'], nmapVersion: '7.93', intrusive: false, evasion: true };
  to.scans.ran(task, run);
  to.scans.openPort(task, { address: '127.0.0.1', port: 22, protocol: 'tcp' });
  to.scans.progress(task, { percent: 5, phase: 'Connect Scan' });
  to.scans.host(task, {
    address: '127.0.0.1',
    status: 'up',
    ports: [
      { port: 22, protocol: 'tcp', state: 'open', service: 'ssh' },
      { port: 23, protocol: 'tcp', state: 'closed' },
    ],
  });
  to.scans.changed({ ...task, state: 'completed', endedAt: 4000, hostsUp: 1, openPorts: 1 });
  to.calls.ended(asked, well({ task_id: 't1' }), 3.2);
}

describe('the audit', () => {
  it('says who asked for what, what ran, how it ended, all under one id', async () => {
    tell(await observe());
    const records = await audit();
    expect(records.map(({ kind }) => kind)).toEqual(['request', 'scan', 'scan_ended', 'call']);
    expect(new Set(records.map(({ correlation }) => correlation))).toEqual(new Set(['c-1']));
    expect(records[0]).toMatchObject({
      caller: 'alice',
      tool: 'quick_scan',
      arguments: { target: '127.0.0.1' },
    });
    expect(records[1]).toMatchObject({
      owner: 'alice',
      argv: ['-n', '127.0.0.1'],
      evasion: true,
      intrusive: false,
    });
    expect(records[3]).toMatchObject({ outcome: 'ok', task: 't1' });
  });

  it('says what was refused and why', async () => {
    const to = await observe();
    to.calls.ended(call('quick_scan', { target: '192.0.2.1' }), refused('192.0.2.1 is out of scope.'), 0.001);
    expect(await audit()).toMatchObject([
      { kind: 'call', outcome: 'error', code: 'out_of_scope', message: '192.0.2.1 is out of scope.' },
    ]);
  });

  it('is not written where it is switched off', async () => {
    config.logging.audit = false;
    tell(await observe());
    await expect(audit()).rejects.toThrow('ENOENT');
  });
});

describe('secrets', () => {
  it('of every setting that the schema knows appear in no audit, event or log, wherever they come from', async () => {
    const secrets: string[] = [];
    const settings = config as unknown as Record<string, Record<string, unknown>>;
    for (const { group, name, secret, secretFields = [] } of SETTINGS) {
      const value = `S3cret-"${group}-${name}"-\\value`;
      const values = settings[group] ?? {};
      if (secret) {
        values[name] = value;
        secrets.push(value);
      } else if (secretFields.length > 0) {
        values[name] = [
          Object.fromEntries([['name', 'x'], ...secretFields.map((field) => [field, `${value}${field}`])]),
        ];
        secrets.push(...secretFields.map((field) => `${value}${field}`));
      }
    }
    // Those that there are today; a new one joins by itself.
    expect(secrets.length).toBeGreaterThanOrEqual(5);
    const to = await observe();
    for (const secret of secrets) {
      tell(to, { target: secret, nested: [{ note: `it is ${secret}!` }], [secret]: 1 });
      to.calls.ended(call('quick_scan', {}), refused(`What is ${secret}?`), 0.1);
      to.record('request_refused', { why: secret });
      to.scans.changed({
        ...task,
        state: 'failed',
        error: { code: 'nmap_failed', message: secret, next: '' },
      });
    }
    const named = {
      auth_token: 'named-1',
      ssh_pwd: 'named-2',
      password: 'named-3',
      token: 'named-4',
      passphrase: 'named-5',
    };
    to.calls.ended(call('list_tasks', named), well(), 0.1);
    to.scans.changed({ ...task, state: 'completed' });
    const written = [
      JSON.stringify(await eventsOf(to)),
      logged.join(''),
      (await audit()).map((record) => JSON.stringify(record)).join('\n'),
    ];
    const forms = [...secrets, ...Object.values(named)].flatMap((one) => [
      one,
      JSON.stringify(one).slice(1, -1),
    ]);
    for (const text of written) {
      expect(text.length).toBeGreaterThan(100);
      expect(forms.filter((form) => text.includes(form))).toEqual([]);
    }
  });
});

describe('a changed configuration', () => {
  it('brings its secrets, and those of before stay hidden', async () => {
    config.server.token = 'the-token-of-before';
    const to = await observe();
    config.server.token = 'the-token-of-now';
    to.reconfigured();
    to.record('request_refused', { why: 'the-token-of-before, the-token-of-now' });
    expect(await audit()).toMatchObject([{ why: '[hidden], [hidden]' }]);
  });
});

describe('the metrics', () => {
  it('count calls, errors, scans and findings under their public names', async () => {
    const to = await observe();
    tell(to);
    to.calls.started(call('list_tasks', {}, 'c-2'));
    to.calls.ended(call('quick_scan', {}), refused('no'), 0.2);
    to.breakers.transition('quick_scan', 'closed', 'open');
    to.breakers.call('quick_scan', 'rejected');
    const text = await to.metrics.text();
    for (const line of [
      'mcp_tool_execution_total{tool="quick_scan",status="success",error_type="none"} 1',
      'mcp_tool_execution_total{tool="quick_scan",status="error",error_type="validation_error"} 1',
      'mcp_tool_errors_total{tool="quick_scan",error_type="validation_error"} 1',
      'mcp_tool_execution_seconds_bucket{le="5",tool="quick_scan"} 2',
      'mcp_tool_active{tool="list_tasks"} 1',
      'mcp_tool_active{tool="quick_scan"} 0',
      'circuit_breaker_state{name="quick_scan"} 2',
      'circuit_breaker_calls_total{name="quick_scan",result="rejected"} 1',
      'circuit_breaker_transitions_total{name="quick_scan",from_state="closed",to_state="open"} 1',
      'portolan_scans_queued 3',
      'portolan_scans_running 2',
      'portolan_hosts_found_total 1',
      'portolan_open_ports_found_total 1',
      'portolan_scans_total{tool="quick_scan",state="completed"} 1',
      'portolan_scan_seconds_sum{tool="quick_scan"} 3',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toContain('process_resident_memory_bytes');
  });

  it('are events too, with the health', async () => {
    const to = await observe();
    await to.health.check();
    // The summary asks the database first.
    await new Promise((resolve) => setTimeout(resolve, 20));
    tell(to);
    const events = await eventsOf(to);
    expect(events.map(({ kind }) => kind)).toEqual([
      'health',
      'metrics',
      'task',
      'task',
      'finding',
      'progress',
      'finding',
      'task',
    ]);
    expect(events.filter(({ owner }) => owner === 'alice')).toHaveLength(6);
    expect(events[6]?.data).toEqual({
      task_id: 't1',
      address: '127.0.0.1',
      status: 'up',
      open_ports: 1,
      ports: [{ port: 22, protocol: 'tcp', service: 'ssh' }],
    });
  });
});

describe('traces', () => {
  it('go to the endpoint as OTLP, the scan below the call that asked for it', async () => {
    const bodies: Buffer[] = [];
    const collector = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        bodies.push(Buffer.concat(chunks));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const { port } = collector.address() as AddressInfo;
    config.metrics.tracesEndpoint = `http://127.0.0.1:${port}/v1/traces`;
    tell(await observe());
    await observation?.close();
    const spans = bodies
      .flatMap((body) => JSON.parse(body.toString()).resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans)
      .flatMap((scope) => scope.spans);
    const asked = spans.find(({ name }) => name === 'tools/call quick_scan');
    const scan = spans.find(({ name }) => name === 'scan quick_scan');
    expect(scan).toMatchObject({ parentSpanId: asked?.spanId, traceId: asked?.traceId });
    expect(JSON.stringify(bodies[0]?.toString())).toContain('portolan');
    await new Promise((resolve) => collector.close(resolve));
  });
});
