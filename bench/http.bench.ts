/**
 * A trivial tool over HTTP, by 1, 50 and 500 clients: `portolan serve` as it is shipped, with its token, limits, metrics and
 * audit (the rate limit raised, as ten calls a minute would be nothing to measure), against a bare Hono server with the
 * SDK's handler. Then memory over many calls. Uses the shipped bundle (npm run build).
 *
 *   node bench/http.bench.ts [rounds=5] [calls of the memory part=100000] [another checkout, built: compared with that one]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { inTurn, median, quantile, tellTimes } from './side-by-side.ts';

const rounds = Number(process.argv[2] ?? 5);
const manyCalls = Number(process.argv[3] ?? 100_000);
const checkout = process.argv[4];
const home = mkdtempSync(join(tmpdir(), 'portolan-bench-'));
const tools = join(home, 'tools');
const TOKEN = 'bench-token-0815-4711';
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

mkdirSync(tools, { mode: 0o700 });
writeFileSync(
  join(tools, 'trivial.mjs'),
  `import { defineTool } from 'portolan';
import { z } from 'zod';
export const trivial = defineTool({
  name: 'trivial', title: 'Trivial', description: 'Gives back what it was given, and nothing else.',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  toolset: 'tasks', scope: 'scan:read',
  input: z.strictObject({ text: z.string() }), output: z.strictObject({ text: z.string() }),
  handle: async ({ text }) => ({ structured: { text }, text }),
});
`,
  { mode: 0o600 },
);
const SETTINGS = [
  `tools.plugins=${tools}`,
  'rateLimit.readsPerMinute=1000000',
  'rateLimit.concurrentCalls=1000',
  'server.maxConnections=1000',
];

interface Server {
  child: ChildProcess;
  url: URL;
}

/** Starts a server that says on standard error where it listens. */
function start(args: string[]): Promise<Server> {
  const child = spawn(process.execPath, args, {
    // A home each: an older checkout refuses the database of a newer one.
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: mkdtempSync(join(home, 'home-')),
      PORTOLAN_SERVER__TOKEN: TOKEN,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-10_000);
      const url = /listens on (\S+)/.exec(said)?.[1];
      if (url) resolve({ child, url: new URL(url) });
    });
    child.once('exit', (status) => reject(new Error(`ended with ${status}: ${said}`)));
  });
}

const BODY = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: {
    name: 'trivial',
    arguments: { text: 'a line of text' },
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
});
const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  authorization: `Bearer ${TOKEN}`,
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'trivial',
};

interface Load {
  perSecond: number;
  p99: number;
  /** Processor time of the server for one call, in milliseconds. */
  cpu: number;
}

/** So many calls by so many clients, each of which makes its next call when the one before has been answered. */
async function load({ child, url }: Server, clients: number, calls: number): Promise<Load> {
  const pool = new Pool(url.origin, { connections: clients, pipelining: 1 });
  const latencies: number[] = [];
  let left = calls;
  const client = async () => {
    while (left-- > 0) {
      const start = performance.now();
      const { statusCode, body } = await pool.request({
        path: url.pathname,
        method: 'POST',
        headers: HEADERS,
        body: BODY,
      });
      const text = await body.text();
      latencies.push(performance.now() - start);
      if (statusCode !== 200 || !text.includes('"structuredContent":{"text":"a line of text"}')) {
        throw new Error(`${statusCode} ${text}`);
      }
    }
  };
  const cpu = processorTime(child);
  const start = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - start) / 1000;
  await pool.close();
  return {
    perSecond: calls / seconds,
    p99: quantile(latencies, 0.99),
    cpu: (processorTime(child) - cpu) / calls,
  };
}

/** User and system time of a process in milliseconds (proc(5), stat, fields 14 and 15; 100 ticks a second). */
function processorTime({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resident memory in MiB. */
function memory({ pid }: ChildProcess): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

const serve = (main: string) =>
  start([main, 'serve', '--port', '0', ...SETTINGS.flatMap((setting) => ['--set', setting])]);
const portolan = await serve(path('../dist/main.js'));
const other = await (checkout === undefined
  ? start([path('./http-bare.ts')])
  : serve(join(checkout, 'dist/main.js')));
try {
  if (checkout === undefined) await againstBare(other);
  else await againstBefore(other);
} finally {
  for (const { child } of [other, portolan]) child.kill('SIGTERM');
  await Promise.all(
    [other, portolan].map(({ child }) => new Promise((resolve) => child.once('exit', resolve))),
  );
  rmSync(home, { recursive: true, force: true });
}

async function againstBare(bare: Server): Promise<void> {
  for (const [clients, calls] of [
    [1, 1000],
    [50, 3000],
    [500, 3000],
  ] as const) {
    const loads: { bare: Load[]; portolan: Load[] } = { bare: [], portolan: [] };
    const pairs = await inTurn(
      rounds,
      async () => keep(loads.bare, await load(bare, clients, calls)),
      async () => keep(loads.portolan, await load(portolan, clients, calls)),
    );
    const of = (all: Load[], key: keyof Load) => median(all.slice(1).map((one) => one[key]));
    console.log(
      `${String(clients).padStart(3)} clients: bare ${of(loads.bare, 'perSecond').toFixed(0)} calls/s, ` +
        `portolan ${of(loads.portolan, 'perSecond').toFixed(0)}, ratio ${median(pairs.map(({ a, b }) => b / a)).toFixed(2)} (at least 0.70); ` +
        `p99 ${of(loads.bare, 'p99').toFixed(1)} and ${of(loads.portolan, 'p99').toFixed(1)} ms; ` +
        `processor ${of(loads.bare, 'cpu').toFixed(2)} and ${of(loads.portolan, 'cpu').toFixed(2)} ms a call`,
    );
  }
  for (const [name, server] of Object.entries({ bare, portolan })) {
    const samples: number[] = [];
    for (let done = 0; done < manyCalls; done += 10_000) {
      await load(server, 50, Math.min(10_000, manyCalls - done));
      samples.push(memory(server.child));
    }
    const [early, late] = [median(samples.slice(0, 3)), median(samples.slice(-3))];
    console.log(
      `${name}: ${manyCalls} calls; memory ${early.toFixed(0)} MiB early, ${late.toFixed(0)} MiB late, ratio ${(late / early).toFixed(2)} (at most 1.20)`,
    );
  }
}

/** Time and processor time of a call, each against the other checkout. */
async function againstBefore(before: Server): Promise<void> {
  // Both have compiled what they run often.
  for (const server of [before, portolan]) await load(server, 50, 3000);
  for (const [clients, calls] of [
    [1, 500],
    [50, 1500],
  ] as const) {
    const cpu: { before: number[]; now: number[] } = { before: [], now: [] };
    const seconds = async (server: Server, cpus: number[]) => {
      const one = await load(server, clients, calls);
      cpus.push(one.cpu);
      return 1 / one.perSecond;
    };
    const pairs = await inTurn(
      rounds,
      () => seconds(before, cpu.before),
      () => seconds(portolan, cpu.now),
    );
    tellTimes(`${clients} clients, time of a call`, pairs);
    const cpus = cpu.before.map((a, at) => ({ a, b: cpu.now[at] ?? Number.NaN })).slice(1);
    tellTimes(`${clients} clients, processor time of a call`, cpus);
  }
}

function keep(loads: Load[], one: Load): number {
  loads.push(one);
  return one.perSecond;
}
