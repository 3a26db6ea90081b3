import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ended, Home, MAIN } from './portolan.ts';

const home = new Home();
let listener: Server;
let port: number;

beforeAll(async () => {
  listener = createServer((socket) => socket.on('error', () => {}).end('220 hello\r\n'));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  port = (listener.address() as AddressInfo).port;
});
afterAll(() => {
  listener.close();
  home[Symbol.dispose]();
});

describe('scan', () => {
  test('one step from the question to a table', async () => {
    const { status, stdout, stderr } = await home.run(['scan', '127.0.0.1', '--options', `-p ${port},1`]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^127\.0\.0\.1 up/m);
    expect(stdout).toMatch(new RegExp(`^  ${port}/tcp +open`, 'm'));
    expect(stdout).toContain('completed: 1 of 1 addresses up, 1 open port');
    // Not a terminal: nothing that moves a cursor or colours.
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  test('as JSON', async () => {
    const { status, stdout } = await home.run(['scan', '127.0.0.1', '--options', `-p ${port}`, '--json']);
    expect(status).toBe(0);
    const { status: state, result } = JSON.parse(stdout);
    expect(state).toBe('completed');
    expect(result.hosts).toEqual([
      expect.objectContaining({
        address: '127.0.0.1',
        ports: [expect.objectContaining({ port, state: 'open' })],
      }),
    ]);
  });

  test('one line a port for a pipe, and the report into a file on the way', async () => {
    const file = join(home.folder, 'scan.xml');
    const words = ['--options', `-p ${port},1`, '--format', 'lines', '-o', file];
    const { status, stdout } = await home.run(['scan', '127.0.0.1', ...words]);
    expect(status).toBe(0);
    expect(stdout.split('\n').sort()).toEqual([
      '',
      expect.stringMatching(/^127\.0\.0\.1\t1\/tcp\tclosed\ttcpmux\t\t\S*$/),
      expect.stringMatching(new RegExp(`^127\\.0\\.0\\.1\\t${port}/tcp\\topen\\t[^\\t]*\\t\\t\\S*$`)),
    ]);
    expect(readFileSync(file, 'utf8')).toMatch(/^<\?xml [\s\S]*<\/nmaprun>\n$/);
  });

  test('a report opens by the address that an answer names', async () => {
    const answer = await home.run(['call', 'custom_scan', `command=-p ${port} 127.0.0.1`]);
    const [address = ''] = /scan:\/\/\w+\/report\.md/.exec(answer.stdout) ?? [];
    const { status, stdout } = await home.run(['report', address]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^# Scan of 127\.0\.0\.1\n/);
    const lines = await home.run(['report', address.replace(/md$/, 'lines')]);
    expect(lines.stdout).toMatch(new RegExp(`^127\\.0\\.0\\.1\\t${port}/tcp\\topen`));
    expect((await home.run(['report', address, '--format', 'csv'])).stdout).toMatch(/^address,hostname,/);
    expect((await home.run(['report', address.replace(/md$/, 'exe')])).status).toBe(2);
  });

  test('a file whose name says another format than --format is refused, one that says none is not', async () => {
    const both = await home.run(['report', 'x', '-o', join(home.folder, 'x.csv'), '--format', 'md']);
    expect(both.status).toBe(2);
    expect(both.stderr).toMatch(/x\.csv is csv by its name, and --format says md\./);
    for (const name of ['x.txt', 'x']) {
      const { stderr } = await home.run(['report', 'x', '-o', join(home.folder, name), '--format', 'lines']);
      expect(stderr).toMatch(/^task_not_found/);
    }
  });

  test.each(['-p', '-sV -p', '-p 80 --script'])(
    'with --options %j no target is taken for a value',
    async (options) => {
      const { status, stderr } = await home.run(['scan', '--options', options, '127.0.0.1']);
      expect(status).toBe(2);
      expect(stderr).toMatch(
        /^invalid_option: --options: (-p|--script) needs a value\.\nNext: .*same quotes/,
      );
    },
  );

  test('where no report can be written, or in no such format, nothing is scanned', async () => {
    for (const [words, said] of [
      [['-o', join(home.folder, 'scan.exe')], '.gnmap'],
      [['-o', join(home.folder, 'none', 'scan.xml')], 'cannot be written'],
      [['--format', 'exe'], 'greppable'],
    ] as const) {
      const { status, stdout, stderr } = await home.run(['scan', '127.0.0.1', ...words]);
      expect(status, stderr).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toContain(said);
    }
    const { stdout } = await home.run(['tasks']);
    expect(stdout).not.toContain('failed');
  });

  test('a refusal ends with 1 and says what would be accepted; nothing is stored', async () => {
    const { status, stdout, stderr } = await home.run(['scan', '8.8.8.8']);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^out_of_scope: .*8\.8\.8\.8/);
    expect(stderr).toContain('Next: ');
  });

  test('Ctrl-C stops it, keeps what was found and ends with 130', async () => {
    const child = home.start([
      'scan',
      '127.0.0.1',
      '--options',
      `-p ${port},2000-3000 --max-rate 20`,
      '--json',
    ]);
    const result = ended(child);
    await waitForTask(home);
    child.kill('SIGINT');
    const { status, stdout, stderr } = await result;
    expect(stderr).toContain('Stopping the scan');
    expect(status).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'cancelled', result: { partial: true } });
  });
});

describe('a scan whose person has gone', () => {
  // A home each: other tests look at the scans that run.
  const slow = ['scan', '127.0.0.1', '--options', '-p 2000-3000 --max-rate 20'];

  test('a closed terminal stops it as Ctrl-C does, also when it is said twice', async () => {
    using own = new Home();
    const child = own.start(slow);
    const result = ended(child);
    await waitForTask(own);
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.kill('SIGHUP');
    child.kill('SIGHUP');
    expect((await result).status).toBe(130);
    expect(await states(own)).toEqual(['cancelled']);
  });

  test('it ends with its command, and no server goes on with it', async () => {
    using own = new Home();
    const child = own.start(slow);
    const result = ended(child);
    await waitForTask(own);
    child.kill('SIGKILL');
    await result;
    const server = own.start(['serve', '--port', '0']);
    let said = '';
    server.stderr?.setEncoding('utf8').on('data', (text) => (said += text));
    try {
      await expect.poll(() => said, { timeout: 10_000 }).toContain('listens on');
      expect(await states(own)).toEqual(['failed']);
      const { stdout } = await own.run(['tasks', '--json']);
      const [{ task_id }] = JSON.parse(stdout).tasks;
      const answer = await own.run(['call', 'get_task_result', `task_id=${task_id}`]);
      expect(answer.stdout + answer.stderr).toContain('nobody else goes on with it');
    } finally {
      server.kill('SIGTERM');
      await once(server, 'close');
    }
  });

  async function states(where: Home): Promise<string[]> {
    const { stdout } = await where.run(['tasks', '--json']);
    return JSON.parse(stdout).tasks.map(({ status }: { status: string }) => status);
  }
});

/** Another process of ours sees the scan in the database they share. */
async function waitForTask(where: Home): Promise<void> {
  for (let tries = 0; tries < 40; tries++) {
    const { stdout } = await where.run(['tasks', '--state', 'running', '--json']);
    if (JSON.parse(stdout).tasks.length > 0) return;
    await sleep(100);
  }
  throw new Error('the scan did not begin');
}

describe('call', () => {
  test('without a tool, the tools', async () => {
    const { stdout } = await home.run(['call']);
    for (const name of ['quick_scan', 'get_task_status', 'plan_scan']) expect(stdout).toContain(name);
  });

  test('arguments take their types; the answer is text, or JSON', async () => {
    const text = await home.run(['call', 'custom_scan', `command=-p ${port} 127.0.0.1`, 'timeout=20']);
    expect(text.status).toBe(0);
    expect(text.stdout).toContain(String(port));
    const json = await home.run(['call', 'plan_scan', `command=-p ${port} 127.0.0.1`, '--json']);
    expect(json.status).toBe(0);
    expect(JSON.stringify(JSON.parse(json.stdout))).toContain('127.0.0.1');
  });

  test('a scan that outlasts the wait is followed to its end: it would end with this process', async () => {
    const { status, stdout } = await home.run([
      'call',
      'custom_scan',
      `command=-p ${port},2000-2120 --max-rate 20 127.0.0.1`,
      'timeout=5',
      '--json',
    ]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'completed', result: { hosts_up: 1 } });
    expect(stdout).toContain(`"port": ${port},`);
  });

  test('what is wrong is named', async () => {
    const tool = await home.run(['call', 'quick_scna']);
    expect(tool.status).toBe(2);
    expect(tool.stderr).toContain('Did you mean quick_scan?');
    const argument = await home.run(['call', 'quick_scan', 'tagret=127.0.0.1']);
    expect(argument.status).toBe(2);
    expect(argument.stderr).toContain('Did you mean target=');
    const task = await home.run(['call', 'get_task_status', 'task_id=abcdefgh234567']);
    expect(task.status).toBe(2);
    expect(task.stderr).toContain('task_not_found');
  });
});

test('tasks have headings, and lead to the rest of themselves', async () => {
  using own = new Home();
  const { openStore } = await import('../../../src/store/open.ts');
  const store = await openStore(join(own.folder, 'many.db'));
  const request = { tool: 'quick_scan', targets: ['127.0.0.1'], options: [] };
  for (let count = 0; count < 23; count++) {
    const task = {
      id: `t${count}`,
      owner: 'local',
      request,
      createdAt: count,
      addressesTotal: 1,
      coverage: [],
    };
    await store.tasks.insert(task, 'me', 99);
    await store.tasks.finish(task.id, 'cancelled', 9, { coverage: [] });
  }
  await store.close();
  const first = await own.run(['tasks', '--db', 'many.db']);
  const [head = '', ...rows] = first.stdout.trimEnd().split('\n');
  expect(head).toMatch(/^task +state +started UTC +up +open +tool +target$/);
  expect(rows).toHaveLength(20);
  expect(first.stderr).toContain('portolan tasks --all');
  const all = await own.run(['tasks', '--db', 'many.db', '--all']);
  expect(all.stdout.trimEnd().split('\n')).toHaveLength(24);
  expect(all.stderr).toBe('');
});

test('prune deletes ended scans on demand, and asks where that is nearly all of them', async () => {
  await home.run(['scan', '127.0.0.1', '--options', `-p ${port}`]);
  const left = async () => JSON.parse((await home.run(['tasks', '--json'])).stdout).tasks.length;
  expect((await home.run(['prune'])).stdout).toBe('Deleted 0 ended scans older than 90 days.\n');
  const unasked = await home.run(['prune', '--days', '0']);
  expect(unasked).toMatchObject({ status: 2, stdout: '' });
  expect(unasked.stderr).toMatch(/every ended scan.*nobody is there to ask.*\n?.*--yes/s);

  const asked = async (answer: string) => {
    // A terminal, as a person has one (util-linux, script(1)).
    const child = spawn('script', ['-qec', `${process.execPath} ${MAIN} prune --days 0`, '/dev/null'], {
      cwd: home.folder,
      env: home.env,
    });
    let said = '';
    child.stdout.on('data', (bytes: Buffer) => {
      const before = said.includes('[y/N] ');
      said += bytes.toString();
      if (!before && said.includes('[y/N] ')) child.stdin.write(answer);
    });
    await once(child, 'close');
    return said;
  };
  expect(await left()).toBeGreaterThan(0);
  expect(await asked('n\n')).toContain('Nothing was deleted.');
  expect(await left()).toBeGreaterThan(0);
  // Ctrl-D is no, Ctrl-C ends it; neither is a fault of the program.
  expect(await asked('\u0004')).toContain('Nothing was deleted.');
  expect(await asked('\u0003')).not.toMatch(/Error|Deleted/);
  expect(await left()).toBeGreaterThan(0);
  expect(await asked('y\n')).toMatch(/Deleted [1-9]/);
  expect(await left()).toBe(0);
  await home.run(['scan', '127.0.0.1', '--options', `-p ${port}`]);
  expect((await home.run(['prune', '--days', '0', '--yes'])).stdout).toMatch(/^Deleted 1 /);
});
