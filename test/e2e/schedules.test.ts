/** Schedules as people make them at a shell: a server fires them, their owner's rights count each time, and refusals say why. */
import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app/app.ts';
import { defaultConfig } from '../../src/config/load.ts';
import { LOCAL_CALLER } from '../../src/core/caller.ts';
import { createLogger } from '../../src/observe/log.ts';
import { createScheduleLoop } from '../../src/schedules/loop.ts';
import { openStore } from '../../src/store/open.ts';
import { freePorts } from './listeners.ts';
import {
  cleanEnvironment,
  type Home,
  mainArguments,
  makeHome,
  originOf,
  runPortolan,
  terminate,
} from './portolan.ts';

let home: Home;
let servers: ChildProcess[];
beforeEach(() => {
  home = makeHome();
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await terminate(server);
  home.remove();
});

const SCOPES = 'scan:read,scan:run,schedules:read,schedules:write';
/** On a machine with other work, too. */
const SOON = { timeout: 60_000, interval: 500 };

const portolan = (...args: string[]) => runPortolan(home, [...args, '--db', home.database]);
const schedule = (...args: string[]) => portolan('schedule', ...args);

async function serve(): Promise<{ server: ChildProcess; origin: string }> {
  const shown = ['--set', 'tools.toolsets=scan,tasks,schedules'];
  const server = spawn(process.execPath, mainArguments(home, 'serve', '--port', '0', ...shown), {
    env: cleanEnvironment(home),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  servers.push(server);
  return { server, origin: await originOf(server) };
}

/** What a list says of one of them. */
async function listed(name: string): Promise<string> {
  const { stdout } = await schedule('list');
  const lines = stdout.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`${name} `));
  return lines.slice(at, at + 3).join('\n');
}

describe('portolan schedule', () => {
  it('keeps a scan over a restart, fires it, and shows how it went', async () => {
    const port = await freePorts(1);
    const options = `-sT -Pn -n -p ${port}`;
    const added = await schedule('add', 'soon', '127.0.0.1', '--options', options, '--when', 'in 1s');
    expect(added).toMatchObject({ status: 0 });
    expect(added.stdout).toContain('No server runs on this database now');
    await schedule('add', 'nightly', '127.0.0.1', '--template', 'inventory', '--zone', 'Europe/Berlin');

    const { server } = await serve();
    await expect.poll(() => listed('soon'), SOON).toMatch(/soon {2}ended[\s\S]*last: .* completed, task \w+/);
    await terminate(server);
    await serve();
    expect(await listed('nightly')).toMatch(/nightly {2}active, next [\s\S]*0 2 \* \* \* \(Europe\/Berlin\)/);
    expect((await schedule('run', 'soon')).status).toBe(0);
    await expect
      .poll(async () => (await schedule('show', 'soon')).stdout.match(/completed, task/g)?.length, SOON)
      .toBe(2);
    const { stdout } = await schedule('show', 'soon', '--json');
    const shown: { runs: { task_id: string }[] } = JSON.parse(stdout);
    const report = await portolan('report', shown.runs[0]?.task_id ?? '', '--format', 'json');
    expect(report.stdout).toContain(`${port}`);
  });

  it('refuses at once what may not be scanned, and keeps nothing of it', async () => {
    const refused = await schedule('add', 'far', '8.8.8.8', '--when', '@daily');
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^out_of_scope: 8\.8\.8\.8[\s\S]*Next: /);
    const empty = await schedule('add', 'far', '127.0.0.1');
    expect(empty.stderr).toMatch(/^invalid_argument: A schedule needs something to scan, and when/);
    expect((await schedule('list')).stdout).toContain('No schedules.');
  });

  it('changes what is said and leaves the rest; pauses, resumes and forgets', async () => {
    const config = defaultConfig();
    config.scans.database = home.database;
    const app = createApp(config, { log: createLogger({ level: 'silent', format: 'text' }), adopts: false });
    const said = async (action: string, more: Record<string, unknown> = {}) =>
      (await app.call('set_schedule', { action, name: 'a', ...more }, LOCAL_CALLER)).text;
    try {
      const sundays = { scan: 'full_scan', when: '0 3 * * sun', time_zone: 'UTC', window: 'sun' };
      await said('add', { target: '127.0.0.1', ...sundays });
      expect(await said('add', { target: '127.0.0.1', when: '@daily' })).toContain('a schedule "a" already');
      expect(await said('edit', { target: '127.0.0.2', jitter_seconds: 600 })).toContain('a changed.');
      const { text } = await app.call('list_schedules', { name: 'a' }, LOCAL_CALLER);
      expect(text).toContain('full_scan 127.0.0.2, 0 3 * * sun (UTC)');
      expect(text).toContain('jitter up to 600 s; within sun;');
      expect(await said('edit', { when: '0 3 * * mon' })).toContain('falls into the window');
      expect(await said('edit', { until: '2030-01-01T00:00:00Z' })).toContain('edit takes no "until"');
      expect(await said('pause')).toContain('a paused.');
      expect(await said('run')).toContain('is paused');
      expect(await said('resume')).toContain('coming: ');
      const stranger = {
        ...LOCAL_CALLER,
        id: 'x#1',
        scopes: new Set(['schedules:read', 'schedules:write'] as const),
      };
      expect((await app.call('set_schedule', { action: 'remove', name: 'a' }, stranger)).text).toMatch(
        /^schedule_not_found/,
      );
      expect(await said('remove')).toContain('a removed');
      expect(await said('remove')).toMatch(/^schedule_not_found: /);
    } finally {
      await app.close();
    }
  });

  it('stops when the token that owns it was revoked, and says so', async () => {
    const made = await portolan('token', 'create', 'ci', '--scopes', SCOPES);
    const token = /portolan_[\w-]+/.exec(made.stdout)?.[0] ?? '';
    const { origin } = await serve();
    const asCi = (...args: string[]) =>
      runPortolan(home, ['schedule', ...args, '--url', `${origin}/mcp`], { PORTOLAN_TOKEN: token });
    const port = await freePorts(1);
    const options = `-sT -Pn -n -p ${port}`;
    const added = await asCi('add', 'mine', '127.0.0.1', '--options', options, '--when', '*/10 * * * * *');
    expect(added).toMatchObject({ status: 0 });
    await expect.poll(() => listed('mine'), SOON).toContain('completed, task');
    await portolan('token', 'revoke', 'ci');
    await expect.poll(() => listed('mine'), SOON).toContain('mine  stopped: The token ci was revoked.');
    // Whoever may, takes it over.
    expect((await schedule('resume', 'mine')).status).toBe(0);
    expect((await schedule('show', 'mine')).stdout).toContain('owner local');
  });
});

it('ends with its window a scan that goes on, and goes on with it in the next: what it had stays', async () => {
  const config = defaultConfig();
  config.scans.database = home.database;
  const app = createApp(config, { log: createLogger({ level: 'silent', format: 'text' }), adopts: true });
  const store = await openStore(home.database);
  try {
    const first = await freePorts(30);
    const command = `-sT -Pn -n --max-hostgroup 1 -p ${first}-${first + 29} --max-rate 10 127.0.9.1-2`;
    const plan = await app.call(
      'set_schedule',
      { action: 'add', name: 'w', command, when: '30 1 * * *', time_zone: 'UTC', window: '00:00-02:00' },
      LOCAL_CALLER,
    );
    expect(plan.ok).toBe(true);
    const due = (await store.schedules.get('w'))?.nextAt ?? 0;
    let now = due;
    const defects: unknown[] = [];
    // A loop of its own, of which the clock is ours; the app's waits until half past one.
    const loop = createScheduleLoop({
      scans: app.services.scans,
      rights: async () => ({ caller: LOCAL_CALLER }),
      now: () => now,
      onFired: () => {},
      onStopped: () => {},
      onDefect: (error) => defects.push(error),
    });
    await loop.look(store);
    const task = async () => {
      const id = (await store.schedules.get('w'))?.last?.taskId ?? '';
      return await app.services.scans.get(id, LOCAL_CALLER);
    };
    await expect.poll(async () => (await task()).hostsDone, SOON).toBe(1);
    now = due + 30 * 60_000;
    await loop.look(store);
    expect((await task()).state).toBe('cancelled');
    expect((await store.schedules.get('w'))?.last?.outcome).toBe('paused');
    now = due + 22.6 * 3_600_000;
    await loop.look(store);
    await expect.poll(async () => (await task()).state, SOON).toBe('completed');
    await loop.look(store);
    expect((await store.schedules.get('w'))?.last?.outcome).toBe('completed');
    const { attempts, hostsDone, id } = await task();
    expect({ attempts, hostsDone }).toEqual({ attempts: 2, hostsDone: 2 });
    const { hosts } = await app.services.scans.hosts(id, LOCAL_CALLER, { after: 0, limit: 9, downToo: true });
    expect(hosts.map(({ host }) => host.address).sort()).toEqual(['127.0.9.1', '127.0.9.2']);
    expect(defects).toEqual([]);
  } finally {
    await app.close();
    await store.close();
  }
});
