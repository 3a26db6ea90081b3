import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Home } from './portolan.ts';

const TOKEN = 'canary-token-0815-4711';
const home = new Home();
let server: ChildProcess;
let printed = '';
let url = '';

beforeAll(async () => {
  server = home.start(['serve', '--port', '0'], { PORTOLAN_SERVER__TOKEN: TOKEN });
  server.stdout?.setEncoding('utf8').on('data', (text) => (printed += text));
  url = await new Promise((resolve, reject) => {
    server.once('close', () => reject(new Error(`ended early: ${printed}`)));
    server.stderr?.setEncoding('utf8').on('data', (text) => {
      printed += text;
      // The last lines of what it prints.
      if (printed.includes('portolan call --url')) resolve(/listens on (\S+)/.exec(printed)?.[1] ?? '');
    });
  });
});
afterAll(async () => {
  server.kill('SIGTERM');
  await new Promise((resolve) => server.once('close', resolve));
  home[Symbol.dispose]();
});

test('prints what to paste into clients, without the token', () => {
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
  expect(printed).toContain(
    `claude mcp add --transport http portolan ${url} --header "Authorization: Bearer $PORTOLAN_TOKEN"`,
  );
  expect(printed).toContain('bearer_token_env_var = "PORTOLAN_TOKEN"');
  expect(printed).not.toContain(TOKEN);
});

test('call works on it from elsewhere, with the token from the environment', async () => {
  const { status, stdout, stderr } = await home.run(['call', '--url', url, 'list_tasks'], {
    PORTOLAN_TOKEN: TOKEN,
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toBe('No tasks.\n');
  const other = await home.run(['call', '--url', url, '--token-env', 'MINE', 'list_tasks', '--json'], {
    MINE: TOKEN,
  });
  expect(JSON.parse(other.stdout)).toEqual({ tasks: [] });
});

test('a scan through it is followed as a local one is', async () => {
  const { status, stdout } = await home.run(['scan', '--url', url, '127.0.0.1', '--options', '-p 1'], {
    PORTOLAN_TOKEN: TOKEN,
  });
  expect(status).toBe(0);
  expect(stdout).toContain('completed: 1 of 1 addresses up, 0 open ports');
});

test('without the token, or where nobody answers, it says what to do', async () => {
  const none = await home.run(['call', '--url', url, 'list_tasks']);
  expect(none.status).toBe(1);
  expect(none.stderr).toContain('unauthorized');
  expect(none.stderr).toContain('PORTOLAN_TOKEN');
  const wrong = await home.run(['call', '--url', url, 'list_tasks'], { PORTOLAN_TOKEN: `${TOKEN}x` });
  expect(wrong.stderr).toContain('unauthorized');
  expect(wrong.stderr).not.toContain(TOKEN);
  const nobody = await home.run(['call', '--url', 'http://127.0.0.1:9/mcp', 'list_tasks']);
  expect(nobody.status).toBe(1);
  expect(nobody.stderr).toContain('No MCP server answers at http://127.0.0.1:9/mcp');
});

test('off loopback it does not start without a token', async () => {
  const { status, stderr } = await home.run(['serve', '--host', '0.0.0.0', '--port', '0']);
  expect(status).toBe(2);
  expect(stderr).toContain('without a token');
});
