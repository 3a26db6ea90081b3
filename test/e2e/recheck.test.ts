/** A port that one scan finds shut is asked once more by itself: one scan is enough to hear that it closed. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts, type Listener, listen } from './listeners.ts';
import { type Home, makeHome, type Portolan, startStdio, withSettings } from './portolan.ts';

interface Task {
  task_id: string;
  target: string;
  recheck_of?: string;
}

const HOST = '127.0.11.8';
let port: number;
let home: Home;
let portolan: Portolan;
let passing: Listener | undefined;
let steady: Listener;

beforeAll(async () => {
  port = await freePorts(2);
  steady = await listen(HOST, port, 'hello\r\n');
  passing = await listen(HOST, port + 1, 'hello\r\n');
  home = makeHome();
  portolan = await startStdio(home, '2026-07-28', withSettings('inventory.recheckSeconds=1'));
});
afterAll(async () => {
  await portolan.close();
  await steady.close();
  await passing?.close();
  home.remove();
});

const scan = async () => {
  const { structured } = await portolan.call('custom_scan', {
    command: `-sT -Pn -n -p ${port}-${port + 1} ${HOST}`,
  });
  expect(structured).toMatchObject({ status: 'completed' });
};

async function tasks(): Promise<Task[]> {
  const { structured } = await portolan.call('list_tasks', {});
  return structured['tasks'] as Task[];
}

it('is told after one scan, of a small scan that follows it and asks that port alone', async () => {
  await scan();
  await passing?.close();
  passing = undefined;
  await scan();
  let news = '';
  for (let tries = 0; tries < 100 && !/port\.closed/.test(news); tries += 1) {
    await delay(100);
    ({ text: news } = await portolan.call('what_changed', { since: '1h' }));
  }
  expect(news).toMatch(new RegExp(`port\\.closed: ${HOST} ${port + 1}/tcp`));
  expect(await tasks()).toHaveLength(3);
  const [again, second] = await tasks();
  expect(again).toMatchObject({ recheck_of: second?.task_id, target: HOST });
  const asset = await portolan.call('get_asset', { asset: HOST });
  expect(asset.text).toContain(`${port}/tcp open`);
});

it('is not followed by another one: what asked again has the last word', async () => {
  await delay(2500);
  expect(await tasks()).toHaveLength(3);
});

it('asks nothing where nothing closed', async () => {
  await scan();
  await delay(2500);
  expect(await tasks()).toHaveLength(4);
});
