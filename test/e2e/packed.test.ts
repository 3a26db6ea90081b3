/** What npm ships, installed into an empty folder and run with every Node that package.json promises. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binOf, fetchNodes, NODE_VERSIONS, npm } from './node-versions.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CAPTURE = fileURLToPath(new URL('../captures/cases/nmap6-syn-vertical/capture.pcap', import.meta.url));
const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

const folder = mkdtempSync(join(tmpdir(), 'portolan-packed-'));
let tarball: string;

beforeAll(() => {
  fetchNodes();
  // With its `prepack`, so that the bundle is the one of these sources.
  const packed = npm(process.execPath, ['pack', '--json', '--pack-destination', folder], ROOT);
  tarball = join(folder, /"filename":\s*"([^"]+)"/.exec(packed)?.[1] ?? 'none');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('begins with the oldest that is promised', () => {
  expect(engines.node).toBe(`>=${NODE_VERSIONS[0].replace(/\.0$/, '')}`);
});

describe.each(NODE_VERSIONS)('Node %s', (version) => {
  const node = join(binOf(version), 'node');
  const home = join(folder, version);
  const installed = join(home, 'node_modules', 'portolan');
  const env = { PATH: `${binOf(version)}:${process.env['PATH']}`, HOME: home, LC_ALL: 'C' };

  function portolan(...args: string[]) {
    return spawnSync(join(home, 'node_modules', '.bin', 'portolan'), args, {
      cwd: home,
      env,
      encoding: 'utf8',
    });
  }

  beforeAll(() => {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
    // Strict: a package of ours that does not promise this Node is refused.
    npm(node, ['install', '--engine-strict', tarball], home);
  });

  it('is the one that runs, and starts', () => {
    const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    expect(stdout.slice(1)).toMatch(new RegExp(`^${version.replaceAll('.', '\\.')}\\b`));
    expect(portolan('--version')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it('reads every file of the bundle, those too that are loaded late', () => {
    const code = `
      const { readdirSync, readFileSync } = require('node:fs');
      const files = readdirSync('.').filter((name) => name.endsWith('.js'));
      for (const name of files) new vm.Script(readFileSync(name, 'utf8').replace(/^#!.*/, ''), { filename: name });
      console.log(files.length);`;
    const read = spawnSync(node, ['-e', code], { cwd: join(installed, 'dist'), encoding: 'utf8' });
    expect(read.stderr).toBe('');
    expect(Number(read.stdout)).toBeGreaterThan(10);
  });

  it('lists its tools over stdio and scans the loopback', async () => {
    const listener = createServer((socket) => socket.on('error', () => {}).end('hello\r\n'));
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    const client = new Client({ name: 'test', version: '1' });
    const command = join(home, 'node_modules', '.bin', 'portolan');
    try {
      await client.connect(new StdioClientTransport({ command, env, stderr: 'inherit' }));
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain('quick_scan');
      const { structuredContent } = await client.callTool({
        name: 'custom_scan',
        arguments: { command: `-p ${port} 127.0.0.1`, timeout: 60 },
      });
      expect(structuredContent).toMatchObject({
        status: 'completed',
        result: { hosts: [{ address: '127.0.0.1', ports: [{ port, state: 'open' }] }] },
      });
    } finally {
      await client.close();
      listener.close();
    }
  });

  it('reads a capture without loading the code of the server', () => {
    const code = `
      process.argv = ['node', 'main.js', 'pcap', ${JSON.stringify(CAPTURE)}];
      process.on('exit', () => console.error(Object.keys(require.cache).map((file) => path.basename(file)).join(' ')));
      require('./main.js');`;
    const { stderr } = spawnSync(node, ['-e', code], { cwd: join(installed, 'dist'), env, encoding: 'utf8' });
    expect(stderr).toContain('analysis.js');
    expect(stderr).not.toContain('core.js');
  });

  it('finds the scan in a capture', () => {
    const { status, stdout, stderr } = portolan('pcap', CAPTURE, '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout).suspects).toHaveLength(1);
  });
});
