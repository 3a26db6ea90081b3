/** Runs test/clients/drive.mjs: one client of others, from its first list of tools to the cancelling of a scan. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cleanEnvironment, type Home, mainArguments, makeHome } from '../portolan.ts';

/** What the model behind the client reads at each step. */
export interface Story {
  tools: string[];
  scan: string;
  badArgument: string;
  refusal: string;
  badId: string;
  longResult: string;
  /** Absent for clients that follow tasks by themselves. */
  long?: string;
  longStatus?: string;
  cancelled?: string;
  /** From giving a call up to its end; these are absent for clients that cannot. */
  heardOfAbortMs?: number;
  afterAbort?: string;
  cancelledAfterAbort?: string;
}

export type Era = '2025-11-25' | '2026-07-28';
/** How the client reaches Portolan. The last three are bridges of others. */
export type Way = 'http' | 'stdio' | 'mcp-remote' | 'supergateway' | 'mcp-proxy';

const CLIENTS = fileURLToPath(new URL('../../clients/', import.meta.url));
const packaged = (path: string) => `${CLIENTS}node_modules/${path}`;
// Calls that would wait longer become tasks; the slow scan of the story takes 2.5 seconds.
const SETTINGS = ['--set', 'scans.syncWaitSeconds=2'];

/** Each story has a server of its own, as each counts as a caller's calls in a minute. */
export async function runStory(driver: string, way: Way, era: Era = '2025-11-25'): Promise<Story> {
  if (!existsSync(packaged('.package-lock.json'))) {
    throw new Error('The clients are not installed: npm ci --prefix test/clients --ignore-scripts');
  }
  const home = makeHome();
  const processes: ChildProcess[] = [];
  try {
    const target = await reach(way, home, processes);
    const args = [`${CLIENTS}drive.mjs`, driver, JSON.stringify({ ...target, era })];
    const options = { env: environment(home), timeout: 100_000, maxBuffer: 64 * 1024 * 1024 };
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  } finally {
    await Promise.all(processes.map(ended));
    home.remove();
  }
}

/** Nothing that counts its users may do so here. */
function environment(home: Home): Record<string, string> {
  return { ...cleanEnvironment(home), MCP_USE_ANONYMIZED_TELEMETRY: 'false', DO_NOT_TRACK: '1' };
}

async function reach(way: Way, home: Home, processes: ChildProcess[]): Promise<Record<string, unknown>> {
  const start = (...args: string[]) => {
    const child = spawn(process.execPath, args, {
      env: environment(home),
      stdio: 'ignore',
    });
    processes.push(child);
  };
  const server = mainArguments(home, ...SETTINGS);
  const stdio = { command: process.execPath, env: environment(home) };
  if (way === 'stdio') return { ...stdio, args: server };
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/mcp`;
  if (way === 'supergateway') {
    const line = [process.execPath, ...server].join(' ');
    const outside = ['--outputTransport', 'streamableHttp', '--stateful', '--port', `${port}`];
    start(packaged('supergateway/dist/index.js'), '--stdio', line, ...outside, '--logLevel', 'none');
  } else if (way === 'mcp-proxy') {
    const outside = ['--host', '127.0.0.1', '--port', `${port}`];
    start(packaged('mcp-proxy/dist/bin/mcp-proxy.mjs'), ...outside, '--', process.execPath, ...server);
  } else {
    start(...mainArguments(home, 'serve', '--port', `${port}`, ...SETTINGS));
  }
  await listening(port);
  if (way !== 'mcp-remote') return { url };
  const args = [packaged('mcp-remote/dist/proxy.js'), url, '--allow-http', '--transport', 'http-only'];
  return { ...stdio, args: [...args, '--silent'] };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.unref();
      setTimeout(() => socket.destroy(), 150);
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`Nothing listens on port ${port}.`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), 5000);
  await exit;
  clearTimeout(hard);
}
