/** The bundle, as it is shipped, spoken to by a real MCP client over stdio. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import config from '../../../rolldown.config.ts';
import { Home } from './portolan.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const home = new Home();
let folder: string;

beforeAll(async () => {
  // Inside the project, so that the packages that are not bundled are found.
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  folder = mkdtempSync(join(ROOT, '.cache', 'bundle-'));
  for (const { output, ...input } of config) {
    const bundle = await rolldown({ ...input, cwd: ROOT });
    await bundle.write({ ...output, dir: folder });
  }
  // However busy this machine is.
}, 120_000);
afterAll(() => {
  rmSync(folder, { recursive: true });
  home[Symbol.dispose]();
});

test.each(['auto', 'legacy'] as const)('%s: lists its tools and scans', async (mode) => {
  const listener = createServer((socket) => socket.on('error', () => {}).end('hello\r\n'));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  try {
    await client.connect(
      new StdioClientTransport({ command: process.execPath, args: [join(folder, 'main.js')], env: home.env }),
    );
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('quick_scan');
    const answer = await client.callTool({
      name: 'custom_scan',
      arguments: { command: `-p ${port} 127.0.0.1`, timeout: 30 },
    });
    expect(answer.structuredContent).toMatchObject({
      status: 'completed',
      result: { hosts: [{ address: '127.0.0.1', ports: [{ port, state: 'open' }] }] },
    });
  } finally {
    await client.close();
    listener.close();
  }
});
