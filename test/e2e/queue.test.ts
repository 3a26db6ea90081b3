/** The queue, its limits, and several processes on one database, with real scans. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type App, createApp } from '../../src/app/app.ts';
import { defaultConfig } from '../../src/config/load.ts';
import { type Caller, LOCAL_CALLER, type Scope } from '../../src/core/caller.ts';
import { createLogger } from '../../src/observe/log.ts';
import { freePorts } from './listeners.ts';
import { type Home, makeHome } from './portolan.ts';

let home: Home;
let apps: App[];
let slow: string;
beforeEach(async () => {
  home = makeHome();
  apps = [];
  const first = await freePorts(100);
  // Ten seconds of scanning: 100 closed ports at ten a second.
  slow = `-sT -Pn -n -p ${first}-${first + 99} --max-rate 10 127.0.9.1`;
});
afterEach(async () => {
  for (const app of apps) await app.close();
  home.remove();
});

function open(scans: { maxConcurrentTasks?: number; queueLimit?: number } = {}, allowIntrusive = false): App {
  const config = defaultConfig();
  config.security.allowIntrusive = allowIntrusive;
  Object.assign(config.scans, { database: home.database, ...scans });
  const app = createApp(config, { log: createLogger({ level: 'silent', format: 'text' }), adopts: true });
  apps.push(app);
  return app;
}

const call = (app: App, name: string, args: unknown, caller: Caller = LOCAL_CALLER) =>
  app.call(name, args, caller);
const start = async (app: App, caller?: Caller) => {
  const { structured } = await app.call('custom_scan', { command: slow }, caller ?? LOCAL_CALLER, {
    detach: true,
  });
  return String(structured['task_id']);
};
/** On a machine with other work, too. */
const SOON = { timeout: 20_000 };
const stateOf = async (app: App, task_id: string) =>
  (await call(app, 'get_task_status', { task_id })).structured['status'];

describe('the queue', () => {
  it('runs so many at a time, lets so many wait, and then is busy and says when to come back', async () => {
    const app = open({ maxConcurrentTasks: 1, queueLimit: 1 });
    const running = await start(app);
    await expect.poll(() => stateOf(app, running), SOON).toBe('running');
    const waiting = await start(app);
    const third = await call(app, 'custom_scan', { command: slow });
    expect(third).toMatchObject({
      ok: false,
      error: { code: 'busy', retry_after_seconds: 60, limit: expect.stringContaining('scans.queueLimit') },
    });
    expect(await stateOf(app, waiting)).toBe('pending');

    const cancelled = await call(app, 'cancel_task', { task_id: waiting });
    expect(cancelled.structured).toMatchObject({ status: 'cancelled' });
    const next = await start(app);
    await call(app, 'cancel_task', { task_id: running });
    await expect.poll(() => stateOf(app, next), SOON).toBe('running');
  });

  it('with no place to wait still runs what can run at once', async () => {
    const app = open({ maxConcurrentTasks: 1, queueLimit: 0 });
    const outcome = await call(app, 'custom_scan', { command: '-sT -Pn -n -p 1 127.0.9.1' });
    expect(outcome.structured).toMatchObject({ status: 'completed' });
  });
});

describe('two processes on one database', () => {
  it('keep the limit together, see and cancel each other’s scans', async () => {
    const one = open({ maxConcurrentTasks: 1 });
    const two = open({ maxConcurrentTasks: 1 });
    const first = await start(one);
    await expect.poll(() => stateOf(two, first), SOON).toBe('running');
    const second = await start(two);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await stateOf(one, second)).toBe('pending');
    const cancelled = await call(two, 'cancel_task', { task_id: first });
    expect(cancelled.structured).toMatchObject({ status: 'cancelled' });
    await expect.poll(() => stateOf(one, second), SOON).toBe('running');
  });

  it('hand over what one leaves: its running scan goes on in the other', async () => {
    const one = open();
    const task = await start(one);
    await expect.poll(() => stateOf(one, task), SOON).toBe('running');
    await one.close();
    const two = open();
    await two.start();
    await expect.poll(() => stateOf(two, task), { timeout: 30_000, interval: 200 }).toBe('completed');
    const result = await call(two, 'get_task_result', { task_id: task });
    expect(result.structured).toMatchObject({
      result: {
        hosts_up: 1,
        coverage: expect.arrayContaining([expect.objectContaining({ kind: 'resumed' })]),
      },
    });
  });
});

describe('callers', () => {
  const caller = (name: string, ...scopes: Scope[]): Caller => ({ name, id: name, scopes: new Set(scopes) });

  it('never see, read or cancel the tasks of others, unless they administrate', async () => {
    const app = open();
    const alice = caller('alice', 'scan:run', 'scan:read');
    const bob = caller('bob', 'scan:run', 'scan:read');
    const task_id = await start(app, alice);
    for (const tool of ['get_task_status', 'get_task_result', 'cancel_task']) {
      expect(await call(app, tool, { task_id }, bob)).toMatchObject({
        ok: false,
        error: { code: 'task_not_found' },
      });
    }
    expect((await call(app, 'list_tasks', {}, bob)).structured['tasks']).toEqual([]);
    await expect(app.resources.read(`scan://${task_id}/report.md`, bob)).rejects.toMatchObject({
      code: 'task_not_found',
    });
    expect(
      (await call(app, 'list_tasks', {}, caller('root', 'admin', 'scan:read'))).structured['tasks'],
    ).toHaveLength(1);
    expect((await call(app, 'cancel_task', { task_id }, alice)).structured).toMatchObject({
      status: 'cancelled',
    });
  });

  it('without the scope to scan cannot scan', async () => {
    const outcome = await call(open(), 'quick_scan', { target: '127.0.0.1' }, caller('reader', 'scan:read'));
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'forbidden', next: expect.stringContaining('scan:run') },
    });
  });
});

describe('a machine without nmap', () => {
  it('says so, with the command that installs it', async () => {
    const config = defaultConfig();
    Object.assign(config.scans, { database: home.database, nmapPath: '/nowhere/nmap' });
    const app = createApp(config, { log: createLogger({ level: 'silent', format: 'text' }), adopts: true });
    apps.push(app);
    const outcome = await call(app, 'quick_scan', { target: '127.0.0.1' });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'nmap_not_found' } });
    expect(outcome.text).toContain('nmap: command not found');
    expect(outcome.text).toMatch(/install/);
  });
});

describe('an intrusive scan', () => {
  const command = '--script ssh-auth-methods -p 1 127.0.9.1';

  it('names the setting where nobody can be asked', async () => {
    const outcome = await call(open(), 'custom_scan', { command });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'needs_intrusive' } });
    expect(outcome.text).toContain('security.allowIntrusive');
  });

  it('needs its scope, also where the operator allows it', async () => {
    const app = open({}, true);
    const caller: Caller = { name: 'alice', id: 'alice', scopes: new Set<Scope>(['scan:run']) };
    expect(await call(app, 'custom_scan', { command }, caller)).toMatchObject({
      ok: false,
      error: { code: 'forbidden', next: expect.stringContaining('scan:intrusive') },
    });
  });

  it('runs once a person has agreed, and not when they decline', async () => {
    const app = open();
    const declined = await app.call('custom_scan', { command }, LOCAL_CALLER, {
      confirm: async () => 'declined',
    });
    expect(declined).toMatchObject({ ok: false, error: { code: 'needs_intrusive' } });
    const questions: string[] = [];
    const agreed = await app.call('custom_scan', { command, timeout: 120 }, LOCAL_CALLER, {
      confirm: async (question) => {
        questions.push(question);
        return 'accepted';
      },
    });
    expect(agreed.structured).toMatchObject({ status: 'completed' });
    expect(questions).toEqual([expect.stringContaining('127.0.9.1')]);
  });
});
