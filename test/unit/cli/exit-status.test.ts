/** The same kind of failure ends every command with the same status. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Home } from './portolan.ts';

const home = new Home();
afterAll(() => home[Symbol.dispose]());

describe.each([
  [
    'what is named is not there',
    2,
    [
      ['call', 'quick_scna'],
      ['call', 'get_task_status', 'task_id=abcdefgh234567'],
      ['scan', '--scanner', 'nowhere', '127.0.0.1'],
      ['trust', 'nowhere'],
      ['doctor', '--scanner', 'nowhere'],
      ['token', 'revoke', 'nobody'],
      ['pcap', '/nowhere.pcap'],
      ['audit', 'verify', '/nowhere.jsonl'],
      ['check-config', '--config', '/nowhere.yaml'],
    ],
  ],
  [
    'what is said is wrong',
    2,
    [
      ['scan', '300.1.1.1'],
      ['scan', 'not an address'],
      ['scan', '127.0.0.1', '--options', '-p 80,99999'],
      ['call', 'quick_scan', 'tagret=127.0.0.1'],
      ['call', 'quick_scan'],
      ['call', 'quick_scan', 'target=127.0.0.1', 'ports=80'],
      ['call', 'quick_scan', 'target=300.1.1.1'],
      ['scan', '--options=--no-such-flag', '127.0.0.1'],
      ['tasks', '--state', 'odd'],
      ['serve', '--port', '99999'],
      ['prune', '--days', 'x'],
      ['prune', '--days', '0'],
    ],
  ],
  [
    'what is asked for is refused or fails',
    1,
    [
      ['scan', '8.8.8.8'],
      ['call', 'quick_scan', 'target=8.8.8.8'],
      ['call', '--url', 'http://127.0.0.1:9/mcp'],
      ['trust', '127.0.0.1:9', '--yes'],
      ['trust', '192.0.2.9', '--yes'],
    ],
  ],
])('%s', (_, status, commands) => {
  test.each(commands.map((words) => [words.join(' '), words] as const))('%s', async (_line, words) => {
    const ended = await home.run(words);
    expect(ended.stderr).not.toBe('');
    expect(ended.status).toBe(status);
  });
});

test('a scan that fails is a failure, whichever command started it', async () => {
  // nmap is the foreign part here: one that tells its version and then dies.
  const nmap = join(home.folder, 'nmap');
  writeFileSync(nmap, '#!/bin/sh\n[ "$1" = --version ] && exec nmap --version\nexit 1\n');
  chmodSync(nmap, 0o755);
  for (const words of [
    ['scan', '127.0.0.1', '--options', '-p 1'],
    ['call', 'custom_scan', 'command=-p 1 127.0.0.1'],
  ]) {
    const ended = await home.run([...words, '--set', `scans.nmapPath=${nmap}`]);
    expect(ended.stdout).toContain('nmap_failed');
    expect(ended.status).toBe(1);
  }
});
