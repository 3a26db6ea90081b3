/**
 * What Portolan adds to a scan: one port of 127.0.0.1 asked for by a real MCP client over stdio, against bare nmap
 * with the same options. Uses the shipped bundle (npm run build).
 *
 *   node bench/one-port.bench.ts [rounds=20]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { inTurn, median } from './side-by-side.ts';

const BUNDLE = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'portolan-bench-'));
// The limit of scans a minute is not what is measured.
const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  PORTOLAN_RATE_LIMIT__SCANS_PER_MINUTE: '0',
};

const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const address = server.address();
const port = typeof address === 'object' && address ? address.port : 0;
const options = ['-sT', '-Pn', '-n', '-p', String(port), '127.0.0.1'];

const client = new Client({ name: 'bench', version: '1' });
await client.connect(
  new StdioClientTransport({ command: process.execPath, args: [BUNDLE], env, stderr: 'inherit' }),
);

function bareNmap(): Promise<number> {
  const start = performance.now();
  const child = spawn('nmap', options, { stdio: 'ignore' });
  return new Promise((resolve) => child.once('exit', () => resolve(performance.now() - start)));
}

async function throughMcp(): Promise<number> {
  const start = performance.now();
  const answer = await client.callTool({ name: 'custom_scan', arguments: { command: options.join(' ') } });
  const elapsed = performance.now() - start;
  if (!JSON.stringify(answer.structuredContent).includes(`"port":${port}`)) throw new Error('port not found');
  return elapsed;
}

try {
  const pairs = await inTurn(Number(process.argv[2] ?? 20), bareNmap, throughMcp);
  const bare = median(pairs.map(({ a }) => a));
  const portolan = median(pairs.map(({ b }) => b));
  const added = median(pairs.map(({ a, b }) => b - a));
  console.log(`bare nmap:             ${bare.toFixed(0)} ms (median of ${pairs.length})`);
  console.log(`through MCP:           ${portolan.toFixed(0)} ms, ratio ${(portolan / bare).toFixed(2)}`);
  console.log(`added, pair by pair:   ${added.toFixed(0)} ms (at most 30)`);
} finally {
  await client.close();
  server.close();
  rmSync(home, { recursive: true, force: true });
}
