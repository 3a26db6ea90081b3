/** The inspector's command line lists and calls the tools of the real command, in both eras and over both transports. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAIN } from '../built.ts';
import { type RunningServer, startReal } from './servers.ts';

const require = createRequire(import.meta.url);
const INSPECTOR = join(
  dirname(require.resolve('@modelcontextprotocol/inspector/package.json')),
  'clients/launcher/build/index.js',
);

let http: RunningServer;
let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'portolan-inspector-'));
  http = await startReal();
});
afterAll(async () => {
  await http.stop();
  rmSync(home, { recursive: true, force: true });
});

describe.each([
  { era: 'legacy', revision: '2025-11-25' },
  { era: 'modern', revision: '2026-07-28' },
])('mcp-inspector --cli --protocol-era $era', ({ era, revision }) => {
  describe.each(['stdio', 'http'])('over %s', (transport) => {
    async function inspect(...options: string[]): Promise<Record<string, unknown>> {
      const target =
        transport === 'http' ? ['--transport', 'http', '--server-url', http.url] : [process.execPath, MAIN];
      const args = [INSPECTOR, '--cli', '--protocol-era', era, '--format', 'json', ...options, ...target];
      const env = { PATH: process.env.PATH, HOME: home };
      const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 60_000 });
      return JSON.parse(stdout).result;
    }

    it('speaks the era', async () => {
      expect(await inspect('--method', 'initialize')).toMatchObject({
        protocolVersion: revision,
        serverInfo: { name: 'portolan' },
      });
    });

    it('lists the tools', async () => {
      const { tools } = await inspect('--method', 'tools/list');
      expect(tools).toEqual(
        expect.arrayContaining(
          ['quick_scan', 'full_scan', 'custom_scan', 'plan_scan', 'get_task_status', 'cancel_task'].map(
            (name) =>
              expect.objectContaining({
                name,
                annotations: expect.objectContaining({ readOnlyHint: expect.any(Boolean) }),
              }),
          ),
        ),
      );
    });

    it('calls a tool', async () => {
      const call = ['--method', 'tools/call', '--tool-name', 'quick_scan'];
      expect(await inspect(...call, '--tool-args-json', '{"target":"127.0.0.1"}')).toMatchObject({
        structuredContent: {
          status: 'completed',
          result: { hosts: [{ address: '127.0.0.1', status: 'up' }] },
        },
      });
    });
  });
});
