/** metrics.port: what Prometheus reads without a token, and nothing else. */
import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { raw } from '../unit/transports/fixture/rpc.ts';
import { cleanEnvironment, mainArguments, makeHome } from './portolan.ts';

it('serves metrics, and only those, on a port of their own', async () => {
  const home = makeHome();
  const args = mainArguments(home, 'serve', '--port', '0', '--set', 'metrics.port=0');
  const server = spawn(process.execPath, [...args, '--set', 'server.token=env:A_TOKEN'], {
    env: { ...cleanEnvironment(home), A_TOKEN: 'a-secret-of-many-letters' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const urls = await new Promise<{ metrics: string; server: string }>((resolve, reject) => {
    let text = '';
    server.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const metrics = /Metrics are on (\S+)/.exec(text)?.[1];
      const own = /listens on (\S+)/.exec(text)?.[1];
      if (metrics && own) resolve({ metrics, server: own });
    });
    server.once('exit', () => reject(new Error(text)));
  });
  const answer = await fetch(urls.metrics);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('# TYPE mcp_tool_execution_seconds histogram');
  for (const path of ['/', '/health', '/tools', '/config']) {
    expect((await fetch(new URL(path, urls.metrics))).status, path).toBe(404);
  }
  const { port } = new URL(urls.metrics);
  const forged = async (host: string) =>
    (await raw(urls.metrics, { method: 'GET', headers: { host } })).status;
  expect(await forged(`rebound.example:${port}`)).toBe(403);
  expect(await forged(`127.0.0.1.rebound.example:${port}`)).toBe(403);
  expect([await forged(`localhost:${port}`), await forged('[::1]')]).toEqual([200, 200]);
  const posted = await fetch(urls.metrics, { method: 'POST' });
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  expect((await fetch(new URL('/metrics', urls.server))).status).toBe(401);
  server.kill('SIGTERM');
  await ended;
  home.remove();
});
