/** The stdio server as a process: its stdout is protocol and nothing else, and it ends when its client does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { INITIALIZE, modernMessage } from './fixture/rpc.ts';

const SERVER = fileURLToPath(new URL('fixture/stdio-server.ts', import.meta.url));
let child: ReturnType<typeof start> | undefined;
afterEach(() => child?.kill());

function start() {
  const process_ = spawn(process.execPath, [SERVER], { stdio: ['pipe', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    process_[name].setEncoding('utf8').on('data', (chunk: string) => {
      written[name] += chunk;
    });
  }
  process_.stdin.on('error', () => {});
  return {
    written,
    send: (line: string) => process_.stdin.write(`${line}\n`),
    end: () => process_.stdin.end(),
    kill: () => process_.kill('SIGKILL'),
    /** Resolves when a line of stdout says so. */
    until: async (words: string, where: 'stdout' | 'stderr' = 'stdout') => {
      while (!written[where].includes(words)) await once(process_[where], 'data');
    },
    exited: once(process_, 'close'),
  };
}

const call = (name: string, args: object, id = 2) =>
  JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });

it('writes protocol to stdout and everything else to stderr', async () => {
  child = start();
  child.send(INITIALIZE);
  child.send(call('echo', { text: 'hello' }));
  await child.until('echo: hello');
  child.end();
  const [code] = await child.exited;
  expect(code).toBe(0);
  const lines = child.written.stdout.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { jsonrpc: '2.0', id: 1, result: { protocolVersion: '2025-11-25' } },
    { jsonrpc: '2.0', id: 2, result: { structuredContent: { echoed: 'hello' } } },
  ]);
  expect(child.written.stderr).toContain('a library that prints');
});

it('goes on after lines that are no messages', async () => {
  child = start();
  for (const line of ['', 'hello', '{', '[]', '7', '{"jsonrpc":"2.0"}', '\u0000\u001b[2J']) child.send(line);
  child.send(
    JSON.stringify(modernMessage('tools/call', { name: 'echo', arguments: { text: 'still here' } })),
  );
  await child.until('echo: still here');
  child.end();
  expect((await child.exited)[0]).toBe(0);
  for (const line of child.written.stdout.trimEnd().split('\n')) JSON.parse(line);
});

it('ends on a message without end', async () => {
  child = start();
  child.send(INITIALIZE);
  await child.until('protocolVersion');
  const long = 'y'.repeat(5 * 1024 * 1024);
  child.send(`{"jsonrpc":"2.0","id":9,"method":"ping","params":{"pad":"${long}`);
  expect((await child.exited)[0]).toBe(0);
  expect(child.written.stderr).toContain('transport:');
});

it('ends when its client goes, and aborts what waits', async () => {
  child = start();
  child.send(INITIALIZE);
  child.send(
    JSON.stringify({
      jsonrpc: '2.0',
      id: 3,
      method: 'tools/call',
      params: { name: 'wait', arguments: {}, _meta: { progressToken: 'p' } },
    }),
  );
  await child.until('notifications/progress');
  child.end();
  expect((await child.exited)[0]).toBe(0);
  expect(child.written.stderr).toContain('wait aborted');
});
