/** A command that scans many hosts ends without making the inventory of them: whoever asks first does. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { type Home, makeHome, runPortolan, startHttp } from './portolan.ts';

const HOSTS = 4096;
let home: Home;
beforeAll(() => {
  home = makeHome();
});
afterAll(() => home.remove());

async function waiting(): Promise<number> {
  const store = await openStore(home.database);
  try {
    return (await store.looks.list({ state: 'waiting', limit: 9 })).length;
  } finally {
    await store.close();
  }
}

const scan = async () => {
  const more = ['--db', home.database, '--set', 'security.maxAddresses=5000'];
  const { status } = await runPortolan(home, ['scan', '127.0.0.0/20', '--options', '-sn -n -T4', ...more]);
  expect(status).toBe(0);
};

it('is folded by the next command that asks', async () => {
  await scan();
  expect(await waiting()).toBe(1);
  const { stdout } = await runPortolan(home, ['assets', '--limit', '1', '--json', '--db', home.database]);
  expect(JSON.parse(stdout)).toMatchObject({ total: HOSTS });
  expect(await waiting()).toBe(0);
});

it('is folded by a server that starts', async () => {
  await scan();
  expect(await waiting()).toBe(1);
  const server = await startHttp(home);
  try {
    await expect.poll(waiting, { timeout: 60_000, interval: 500 }).toBe(0);
  } finally {
    await server.close();
  }
});

it('of few hosts is folded at once', async () => {
  await runPortolan(home, ['scan', '127.0.0.0/24', '--options', '-sn -n -T4', '--db', home.database]);
  expect(await waiting()).toBe(0);
});
