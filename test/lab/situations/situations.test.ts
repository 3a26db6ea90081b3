/** Situations in which nothing, or one thing, has changed: real nmap, the real program, and what it tells of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Home, makeHome } from '../../e2e/portolan.ts';
import { type Office, startOffice } from './office.ts';
import { NETWORKS, SITUATIONS } from './situations.ts';
import { BARE, clock, type Watch, watch } from './watch.ts';

let office: Office;
let setClock: (days: number) => void;
const homes: Home[] = [];
const watches: Watch[] = [];
let by: Record<'root' | 'user' | 'clock', Watch>;

beforeAll(async () => {
  office = await startOffice(Object.assign({}, ...Object.values(SITUATIONS).map(({ hosts }) => hosts)));
  const settings = [`inventory.networks=${JSON.stringify(NETWORKS)}`];
  const start = async (home: Home, around: readonly string[]) => {
    const one = await watch(home, office.lab, { around, settings });
    watches.push(one);
    return one;
  };
  const [home, later] = [makeHome(), makeHome()];
  homes.push(home, later);
  const hands = clock(later);
  setClock = hands.set;
  by = {
    root: await start(home, []),
    user: await start(home, BARE),
    clock: await start(later, hands.around),
  };
});
afterAll(async () => {
  for (const one of watches) await one.close();
  await office?.stop();
  for (const home of homes) home.remove();
});

describe.each(Object.entries(SITUATIONS))('%s', (_, situation) => {
  const { look, steps, assets, known = {}, hosts } = situation;
  const reader = () => by[situation.by ?? 'root'];

  test.each(Object.entries(steps))('%s', async (_, step) => {
    const { happens = () => {}, meanwhile, news, held = [], says, day } = step;
    const since = new Date();
    if (says) expect(await reader().call(...says)).toMatchObject({ isError: false });
    if (day !== undefined) setClock(day);
    if (!meanwhile) happens(office);
    const who = by[step.by ?? situation.by ?? 'root'];
    await who.look(`-n -T4 ${step.look ?? look}`, async (openPort) => {
      if (!meanwhile) return;
      await (meanwhile === 'open port' ? openPort() : office.hears(meanwhile.asked));
      happens(office);
    });
    const told = await reader().told(since);
    expect(told.changes).toEqual(news);
    expect(told.held).toEqual(expect.arrayContaining([...held]));
  });

  test('leaves the hosts that there are, and no state that is over', async () => {
    const nets = [...new Set(Object.values(hosts).map(({ address }) => address.replace(/\d+$/, '0/24')))];
    const list = await reader().call('find_assets', { query: nets.map((net) => `net:${net}`).join(' or ') });
    expect(list.structured).toMatchObject({ total: assets });
    for (const [asset, words] of Object.entries(known))
      expect((await reader().call('get_asset', { asset })).text).toMatch(words);
    const { text } = await reader().call('what_changed', { since: 'baseline' });
    expect(text).not.toMatch(/vantage\.degraded|middlebox\.answers|accepts_everything/);
  });
});
