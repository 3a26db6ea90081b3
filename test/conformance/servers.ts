/** The two servers the suite runs against: the real command, and the fixture mode. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { MAIN } from '../built.ts';

export interface RunningServer {
  url: string;
  stop(): Promise<void>;
}

/** `portolan serve`; another build of it can be named, such as `['node', 'dist/main.js', 'serve', '--port', '0']`. */
export const REAL_COMMAND = [process.execPath, MAIN, 'serve', '--port', '0'];
const FIXTURE_COMMAND = [process.execPath, fileURLToPath(new URL('fixture/server.ts', import.meta.url))];

export const startFixture = () => start(FIXTURE_COMMAND);

/** Starts the real command and lets it scan this machine once: the suite reads a document, and a scan's report is one. */
export async function startReal(command: readonly string[] = REAL_COMMAND): Promise<RunningServer> {
  const server = await start(command);
  const client = new Client({ name: 'conformance', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(server.url)));
  await client.callTool({ name: 'quick_scan', arguments: { target: '127.0.0.1' } });
  await client.close();
  return server;
}

/**
 * The scenarios that need nothing but a server of MCP: these the real command must pass too. The others call tools,
 * prompts and documents by names that only the fixture mode has.
 */
export const WITHOUT_FIXTURES: ReadonlySet<string> = new Set([
  'server-initialize',
  'server-session-lifecycle',
  'server-sse-multiple-streams',
  'ping',
  'tools-list',
  'resources-list',
  'prompts-list',
  'dns-rebinding-protection',
  'caching',
  'sep-2164-resource-not-found',
  'http-header-validation',
  'input-required-result-unsupported-methods',
  'sep-2640-skills-directory',
  'sep-2640-skills-enumeration',
  'sep-2640-skills-manifest',
]);

/** Starts a command in a home of its own and waits until it has said its address. */
async function start([program = '', ...args]: readonly string[]): Promise<RunningServer> {
  const home = mkdtempSync(join(tmpdir(), 'portolan-conformance-'));
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, HOME: home },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.stdin.end();
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(home, { recursive: true, force: true });
  };
  try {
    return { url: await addressOf(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function addressOf(child: ChildProcess): Promise<string> {
  let written = '';
  return await new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      written += chunk.toString();
      const url = /http:\/\/127\.0\.0\.1:\d+\/\S+/.exec(written)?.[0];
      if (url) resolve(url);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`The server ended without an address: ${written}`)));
  });
}
