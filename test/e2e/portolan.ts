/** Starts the real command on a database of its own and connects a real MCP client to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { factsOf } from '../../src/transports/mcp/result.ts';
import { MAIN } from '../built.ts';

export const ERAS = ['2025-11-25', '2026-07-28'] as const;
export type Era = (typeof ERAS)[number];

export { MAIN };

export interface Home {
  folder: string;
  database: string;
  /** Where running scans keep their files. */
  runs: string;
  remove(): void;
}

export function makeHome(): Home {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-e2e-'));
  return {
    folder,
    database: join(folder, 'portolan.db'),
    runs: join(folder, 'runs'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** An environment that no setting of the person who runs the tests leaks into. */
export function cleanEnvironment(home: Home): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: home.folder, LC_ALL: 'C' };
}

export function mainArguments(home: Home, ...more: string[]): string[] {
  return [MAIN, ...more, '--db', home.database, '--set', 'logging.level=warn'];
}

/** For startStdio: the same command line with further settings. */
export function withSettings(...settings: string[]): (argv: string[]) => [string, ...string[]] {
  return ([program = '', ...rest]) => [program, ...rest, ...settings.flatMap((one) => ['--set', one])];
}

export interface Answer {
  text: string;
  isError: boolean;
  // The tests look into answers of every shape; their schemas are checked by the contract tests.
  structured: Record<string, unknown>;
}

export interface Portolan {
  client: Client;
  /** The process of the server. */
  pid: number;
  call(name: string, args: Record<string, unknown>): Promise<Answer>;
  close(): Promise<void>;
}

function newClient(era: Era): Client {
  return new Client(
    { name: 'e2e', version: '1' },
    { capabilities: {}, versionNegotiation: { mode: era === '2025-11-25' ? 'legacy' : { pin: era } } },
  );
}

/** `portolan` over stdio. `inside` turns its command line into one that runs it elsewhere (a lab's namespace). */
export async function startStdio(
  home: Home,
  era: Era = '2026-07-28',
  inside: (argv: string[]) => [string, ...string[]] = ([program = '', ...rest]) => [program, ...rest],
): Promise<Portolan> {
  const client = newClient(era);
  const [command, ...args] = inside([process.execPath, ...mainArguments(home)]);
  const transport = new StdioClientTransport({
    command,
    args,
    env: cleanEnvironment(home),
    stderr: 'inherit',
  });
  await client.connect(transport);
  const pid = transport.pid;
  if (pid === null) throw new Error('the server has no pid');
  return { client, pid, call: callerOf(client), close: () => client.close() };
}

/** `portolan serve` on a free loopback port, and a client of it. */
export async function startHttp(home: Home, era: Era = '2026-07-28'): Promise<Portolan & { url: string }> {
  const child = spawn(process.execPath, mainArguments(home, 'serve', '--port', '0'), {
    env: cleanEnvironment(home),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = await announcedUrl(child);
  const { client, call } = await connectHttp(url, era);
  return {
    client,
    url,
    pid: child.pid ?? -1,
    call,
    close: async () => {
      await client.close();
      await terminate(child);
    },
  };
}

/** A client of a server that listens at this address. */
export async function connectHttp(
  url: string,
  era: Era = '2026-07-28',
): Promise<Pick<Portolan, 'client' | 'call'>> {
  const client = newClient(era);
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return { client, call: callerOf(client) };
}

/** Asks a server to end, and waits for it, if it has not ended. */
export async function terminate(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** Scheme, host and port of a server that is starting, once it says where it listens. */
export async function originOf(child: ChildProcess): Promise<string> {
  return new URL(await announcedUrl(child)).origin;
}

/** What a person reads on the terminal: where the server listens. */
function announcedUrl(child: ChildProcess): Promise<string> {
  let written = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      written += chunk.toString();
      const url = /http:\/\/127\.0\.0\.1:\d+\/mcp/.exec(written)?.[0];
      if (url) resolve(url);
    });
    child.once('exit', (status) => reject(new Error(`portolan serve ended with ${status}: ${written}`)));
  });
}

function callerOf(client: Client): Portolan['call'] {
  return async (name, args) => {
    const answer = await client.callTool({ name, arguments: args }, { timeout: 120_000 });
    const [first] = answer.content;
    return {
      text: first?.type === 'text' ? first.text : '',
      isError: answer.isError === true,
      structured: (factsOf(answer) ?? {}) as Record<string, unknown>,
    };
  };
}

/** How a command ended, and what it said. */
export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs one command line to its end. @param more variables of its environment */
export function runPortolan(
  home: Home,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const env = { ...cleanEnvironment(home), ...more };
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    said.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.stderr += chunk;
  });
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, ...said })));
}

/** Asks until an answer says it: what was folded of a scan comes a moment after its end. @param most how often, at most */
export async function untilSaid(
  portolan: Pick<Portolan, 'call'>,
  tool: string,
  args: Record<string, unknown>,
  sign: RegExp,
  most = 100,
): Promise<string> {
  let text = '';
  for (let tries = 0; tries < most; tries += 1) {
    ({ text } = await portolan.call(tool, args));
    if (sign.test(text)) return text;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${tool} never said ${sign}:\n${text}`);
}
