/**
 * The last part of `npm run quickstart`: opens two listeners on the loopback, starts the built `portolan` over stdio
 * as any MCP client does, calls quick_scan and prints the chart.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { resultText } from '../src/cli/result-text.ts';
import { ScanAnswer } from '../src/tools/results/output.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** Some of nmap's 100 most common TCP ports, with what a service there might say first. */
const CANDIDATES: readonly [number, string][] = [
  [8080, 'HTTP/1.0 200 OK\r\nServer: portolan-quickstart\r\n\r\n'],
  [5900, 'RFB 003.008\n'],
  [2121, '220 portolan quickstart FTP\r\n'],
  [8888, 'HTTP/1.0 200 OK\r\nServer: portolan-quickstart\r\n\r\n'],
  [1025, '220 portolan quickstart\r\n'],
  [5000, 'HTTP/1.0 200 OK\r\nServer: portolan-quickstart\r\n\r\n'],
  [8081, 'HTTP/1.0 200 OK\r\nServer: portolan-quickstart\r\n\r\n'],
  [10000, '220 portolan quickstart\r\n'],
];

async function listen(port: number, banner: string): Promise<Server | undefined> {
  return await new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(banner);
    });
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

async function openTwo(): Promise<{ port: number; server: Server }[]> {
  const open: { port: number; server: Server }[] = [];
  for (const [port, banner] of CANDIDATES) {
    const server = await listen(port, banner);
    if (server) open.push({ port, server });
    if (open.length === 2) return open;
  }
  throw new Error('Fewer than two of the ports tried are free on 127.0.0.1.');
}

const listeners = await openTwo();
const ports = listeners.map(({ port }) => port);
console.log(`     listening on 127.0.0.1, ports ${ports.join(' and ')}`);
const folder = mkdtempSync(join(tmpdir(), 'portolan-quickstart-'));
const client = new Client({ name: 'quickstart', version: '1' }, { versionNegotiation: { mode: 'auto' } });
try {
  const started = performance.now();
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      // A database of its own: nothing stays behind, and no configuration of this user takes part.
      args: [
        MAIN,
        '--db',
        join(folder, 'portolan.db'),
        '--config',
        fileURLToPath(new URL('quickstart.yaml', import.meta.url)),
      ],
      stderr: 'inherit',
    }),
  );
  const { tools } = await client.listTools();
  console.log(
    `     connected to ${client.getServerVersion()?.name} ${client.getServerVersion()?.version} over stdio: ${tools.length} tools, ${Math.round(performance.now() - started)} ms after its start`,
  );
  const reply = await client.callTool({
    name: 'quick_scan',
    arguments: { target: '127.0.0.1', timeout: 60 },
  });
  const answer = ScanAnswer.parse(reply.structuredContent);
  console.log(`\n${await resultText(answer)}\n`);
  const found = new Set(
    (answer.result?.hosts ?? []).flatMap((host) =>
      host.ports.filter(({ state }) => state === 'open').map(({ port }) => port),
    ),
  );
  const missed = ports.filter((port) => !found.has(port));
  if (missed.length > 0) throw new Error(`The scan did not find the open port ${missed.join(', ')}.`);
  console.log(
    `Found both listeners. Next: node_modules/.bin/node dist/main.js doctor, then README.md for your MCP client.`,
  );
} catch (error) {
  console.error(`\nThe first scan failed: ${error instanceof Error ? error.message : String(error)}`);
  console.error('Next: node_modules/.bin/node dist/main.js doctor');
  process.exitCode = 1;
} finally {
  await client.close();
  for (const { server } of listeners) server.close();
  rmSync(folder, { recursive: true, force: true });
}
