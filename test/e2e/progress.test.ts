/** How far a scan is, as everybody who follows it is told: one percentage that only grows. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TaskStatus } from '../../src/tools/tasks/get-task-status.ts';
import { freePorts } from './listeners.ts';
import { type Home, makeHome, type Portolan, startStdio } from './portolan.ts';

const HOST = '127.0.7.8';
let home: Home;
let portolan: Portolan;
let silent: Server;
let port: number;
let talksAt = 0;

beforeAll(async () => {
  port = await freePorts(1);
  // For a while nothing is said on it, so asking for its version takes nmap many seconds.
  silent = createServer((socket) => {
    socket.on('error', () => {});
    setTimeout(() => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), Math.max(0, talksAt - Date.now())).unref();
  }).listen(port, HOST);
  await once(silent, 'listening');
  home = makeHome();
  portolan = await startStdio(home);
});
afterAll(async () => {
  await portolan.close();
  silent.close();
  home.remove();
});

it.each([
  { tool: 'custom_scan', args: { command: `-n -sV --version-light -p PORT,1-500 ${HOST}` }, after: 40 },
  { tool: 'full_scan', args: { target: HOST, strategy: 'adaptive' }, after: 60 },
])(
  '$tool: notes and task status agree, grow, name the stage and end at 100',
  async ({ tool, args, after }) => {
    talksAt = Date.now() + 11_000;
    const notes: { progress: number; message: string }[] = [];
    const answer = await portolan.client.callTool(
      {
        name: tool,
        arguments: { ...JSON.parse(JSON.stringify(args).replace('PORT', String(port))), timeout: 5 },
      },
      { onprogress: ({ progress, message = '' }) => notes.push({ progress, message }) },
    );
    const task = /[2-9a-z]{14}/.exec(JSON.stringify(answer.structuredContent))?.[0] ?? '';
    const seen: TaskStatus[] = [];
    do {
      await delay(300);
      seen.push(TaskStatus.parse((await portolan.call('get_task_status', { task_id: task })).structured));
    } while (seen.at(-1)?.status === 'running');

    const percents = [
      ...notes.map(({ progress }) => Math.floor(progress)),
      ...seen.map(({ percent }) => percent),
    ];
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toMatchObject({ status: 'completed', percent: 100 });
    const running = seen.filter(({ status }) => status === 'running');
    expect(running.length).toBeGreaterThan(1);
    for (const { percent, phase } of running) {
      expect(percent).toBeLessThan(100);
      expect(percent).toBeGreaterThan(after);
      // While services are asked, hosts are watched: do they still answer what they answered?
      expect(phase).toMatch(/^Versions|^Sentinels|^Service scan(, 0 of 1 known after \d+ s)?$|^NSE$/);
    }
    expect(notes.some(({ message }) => /Service scan/.test(message))).toBe(true);
  },
);
