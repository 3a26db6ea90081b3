import { copyFileSync, mkdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldWaiting, rulesOf } from '../../../src/inventory/fold.ts';
import { handIn } from '../../../src/inventory/hand-in.ts';
import { openStore } from '../../../src/store/open.ts';
import { HOUR, type Seen, START, scanLook } from '../../inventory/looks.ts';
import { makeHome } from '../portolan.ts';
import { barriersOf, type Dashboard, startDashboard } from './browser.ts';

/** Markup, a word turned around, a bell, and the name of a button. */
const HOSTILE = '\u202e<img src=x onerror=alert(1)>\u0007Log out';
const NETWORKS = 12;
const HOSTS = 200;
const CAPTURE = new URL('../../captures/cases/connect-then-syn/capture.pcap', import.meta.url);
const files = makeHome();
let dashboard: Dashboard;

beforeAll(async () => {
  captureOfYesterday();
  dashboard = await startDashboard([`captures.allowedDir=${join(files.folder, 'captures')}`]);
  const store = await openStore(dashboard.home.database);
  const hour = Math.floor((Date.now() - START) / HOUR);
  for (let network = 0; network < NETWORKS; network += 1) {
    const hosts = Array.from(
      { length: HOSTS },
      (_, i): Seen => ({
        address: `10.0.${network}.${i + 1}`,
        open: i % 10 === 0 ? [22, [80, 'nginx']] : [22],
        closed: '9000',
      }),
    );
    await handIn(
      store,
      scanLook(hour - 300, hosts, {
        network: [`10.0.${network}.0`, `10.0.${network}.255`],
        asked: '1-10000',
      }),
    );
  }
  // One that moves, opens a port, and says things that are no names.
  const moves = (at: number, address: string, open: NonNullable<Seen['open']>, closed = '9000') => {
    const look = scanLook(hour - at, [{ address, mac: '00:11:22:33:44:55', open, closed }], {
      network: ['10.9.0.0', '10.9.0.127'],
      asked: '1-10000',
    });
    return handIn(store, look);
  };
  await moves(200, '10.9.0.7', [[8080, HOSTILE]]);
  await moves(100, '10.9.0.8', [[8080, HOSTILE], 8443]);
  await moves(20, '10.9.0.8', [[8080, HOSTILE]], '8443,9000');
  await moves(2, '10.9.0.8', [[8080, HOSTILE]], '8443,9000');
  // One that opens a port, which nobody has decided about.
  for (const [at, open, closed] of [
    [200, [22], '3389,9000'],
    [3, [22, 3389], '9000'],
    [2, [22, 3389], '9000'],
  ] as const)
    await handIn(
      store,
      scanLook(hour - at, [{ address: '10.9.1.9', mac: '00:11:22:33:44:66', open: [...open], closed }], {
        network: ['10.9.1.0', '10.9.1.127'],
        asked: '1-10000',
      }),
    );
  await handIn(
    store,
    scanLook(hour - 1, [{ address: 'fd00::7', open: [22], closed: '9000' }], {
      network: ['fd00::', 'fd00::ff'],
      asked: '1-10000',
    }),
  );
  await foldWaiting(store, rulesOf());
  await store.close();
});
afterAll(async () => {
  await dashboard?.close();
  files.remove();
  expect(dashboard.problems).toEqual([]);
});

function captureOfYesterday(): void {
  const folder = join(files.folder, 'captures');
  mkdirSync(folder);
  copyFileSync(CAPTURE, join(folder, 'yesterday.pcap'));
  const then = new Date(Date.now() - 24 * HOUR);
  utimesSync(join(folder, 'yesterday.pcap'), then, then);
}

const open = async (page: Page, path: string) => {
  await page.goto(`${dashboard.origin}${path}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
};
const addressOf = (page: Page) => new URL(page.url());
const rows = (page: Page) => page.locator('[data-asset]');
const host = (page: Page, address: string) => page.getByRole('link', { name: address, exact: true });

describe('the list of hosts', () => {
  let page: Page;
  beforeAll(async () => {
    page = await dashboard.person({ viewport: { width: 1400, height: 900 } });
  });

  it('has them all, and few of them in the page', async () => {
    await open(page, '/assets');
    await host(page, '10.0.0.1').waitFor();
    const total = NETWORKS * HOSTS + 3;
    expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe(String(total + 1));
    expect(await rows(page).count()).toBeLessThan(80);
    await page.getByRole('region', { name: 'Hosts' }).evaluate((region) => {
      region.scrollTo(0, region.scrollHeight);
    });
    await host(page, 'fd00::7').waitFor();
    expect(await page.getByRole('row').last().getAttribute('aria-rowindex')).toBe(String(total + 1));
  });

  it('is asked with the keyboard, narrowed by clicks, and every step is an address', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('net:10.0.3.0/24');
    await page.keyboard.press('Enter');
    await page.getByText(`${HOSTS} hosts`).first().waitFor();
    await page.getByRole('link', { name: /^80\/tcp/ }).click();
    await page.getByText('20 hosts').first().waitFor();
    expect(addressOf(page).searchParams.get('query')).toBe('net:10.0.3.0/24 port:80/tcp');
    await page.getByRole('columnheader').getByRole('link', { name: 'Address' }).click();
    await page.getByRole('columnheader').getByRole('link', { name: 'Address' }).click();
    await expect.poll(() => rows(page).first().textContent()).toBe('10.0.3.191');
    expect(addressOf(page).searchParams.get('sort')).toBe('-address');
    // The file is the list: its hosts in its order, with its columns.
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export as CSV' }).click();
    const [head, ...lines] = readFileSync(await (await download).path(), 'utf8').split('\r\n');
    expect(head).toBe('"address","name","open","vendor","os","state","last_seen"');
    const tens = Array.from({ length: 20 }, (_, i) => `"10.0.3.${191 - 10 * i}"`);
    expect(lines.map((line) => line.split(',')[0])).toEqual(tens);
    expect(lines[0]).toContain('"22/tcp 80/tcp"');
    await page.getByRole('button', { name: 'Remove the filter net:10.0.3.0/24' }).click();
    await page
      .getByText(`${NETWORKS * 20} hosts`)
      .first()
      .waitFor();
    await page.goBack();
    await page.getByText('20 hosts').first().waitFor();
  });

  it('keeps the focus at one host, and says the same of many at once', async () => {
    await open(page, '/assets?query=net:10.0.4.0/24&sort=address');
    await host(page, '10.0.4.1').waitFor();
    for (const key of ['j', 'j', 'x', 'j', 'x']) await page.keyboard.press(key);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('10.0.4.3');
    await page.getByText('2 hosts selected').waitFor();
    await page.getByRole('textbox', { name: 'Tag' }).fill('lab');
    await page.getByRole('button', { name: 'Add tag' }).click();
    await page.getByText('Done for 2 hosts').waitFor();
    await page.getByRole('combobox', { name: 'Class' }).selectOption('may_sleep');
    await page.getByRole('link', { name: /^may sleep/ }).waitFor();
    await page.getByRole('textbox', { name: 'Reason' }).fill('as built');
    await page.getByRole('button', { name: 'Expect what is open on 2 hosts' }).click();
    await expect.poll(async () => (await dashboard.call('list_expectations', {}))['hosts']).toBe(2);
    const tagged = await dashboard.call('find_assets', { query: 'tag:lab class:may_sleep' });
    expect(tagged['assets']).toMatchObject([{ address: '10.0.4.2' }, { address: '10.0.4.3' }]);
  });

  it('keeps a view under a name', async () => {
    await open(page, '/assets?query=tag:lab&sort=-last_seen');
    await page.getByText('Saved views').click();
    await page.getByLabel('Name of this view').fill('Lab');
    await page.getByRole('button', { name: 'Save' }).click();
    await open(page, '/assets');
    await page.getByText('Saved views').click();
    await page.getByRole('link', { name: 'Lab', exact: true }).click();
    await page.getByText('2 hosts').first().waitFor();
    expect(addressOf(page).searchParams.get('sort')).toBe('-last_seen');
  });
});

describe('one host', () => {
  let page: Page;
  let path: string;
  beforeAll(async () => {
    page = await dashboard.person();
    const { asset } = await dashboard.call('get_asset', { asset: '10.9.0.8' });
    path = `/assets/${Object(asset).asset_id}`;
  });
  const part = (name: string) =>
    page.getByRole('navigation', { name: 'Parts of this page' }).getByRole('link', { name }).click();

  it('shows what a hostile host says as text, with what would hide made visible', async () => {
    await open(page, path);
    const says = page.getByRole('row', { name: /8080\/tcp/ }).first();
    await says.waitFor();
    expect(await says.textContent()).toContain('⟨202E⟩<img src=x onerror=alert(1)>⟨0007⟩Log out');
    expect(await page.locator('main img').count()).toBe(0);
  });

  it('shows what it ever was, in strips and in words, and how it was on a day', async () => {
    await part('Timeline');
    await page.getByRole('row', { name: /8443\/tcp.*closed.*open/ }).waitFor();
    await part('Addresses');
    await page.getByRole('rowheader', { name: '10.9.0.7' }).waitFor();
    await part('Now');
    const then = new Date(Date.now() - 150 * HOUR);
    await page.getByLabel('As it was on').fill(then.toISOString().slice(0, 16));
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('You see this host as it was on').waitFor();
    await page.getByRole('heading', { level: 1, name: '10.9.0.7' }).waitFor();
    expect(await page.getByRole('rowheader', { name: '8443/tcp' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Back to now' }).click();
    await page.getByRole('heading', { level: 1, name: '10.9.0.8' }).waitFor();
  });

  it('is called what people call it, is one with another, and is two again', async () => {
    await page.getByRole('button', { name: 'Say what it is' }).click();
    await page.getByLabel('Name').fill('Printer of the second floor');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { level: 1, name: 'Printer of the second floor' }).waitFor();
    await part('Identity');
    await page.getByRole('row', { name: /00:11:22:33:44:55/ }).waitFor();
    await page.getByLabel('Address, name, MAC or id of the other').fill('fd00::7');
    await page.getByLabel('Why?').fill('one card, two families');
    await page.getByRole('button', { name: 'Say so' }).click();
    await page.getByText('one card, two families').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Nobody said anything about it.').waitFor();
    // The same within a second would be taken for a double click.
    await page.waitForTimeout(1000);
    await page.getByRole('radio', { name: 'Another host than' }).check();
    await page.getByLabel('Address, name, MAC or id of the other').fill('fd00::7');
    await page.getByLabel('Why?').fill('cards were swapped');
    await page.getByRole('button', { name: 'Say so' }).click();
    await page
      .getByRole('listitem')
      .filter({ hasText: 'cards were swapped' })
      .getByText('Another host than')
      .waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Nobody said anything about it.').waitFor();
  });

  it('leads to a scan that is planned first', async () => {
    const link = page.getByRole('link', { name: 'Plan a scan of it' });
    expect(await link.getAttribute('href')).toBe('/scans/new?target=10.9.0.8');
  });
});

describe('who has never seen it answers from the first page, in three clicks at most', () => {
  let page: Page;
  beforeAll(async () => {
    page = await dashboard.person();
  });
  /** Goes to the first page and clicks these one after the other. */
  const clicks = async (...links: RegExp[]) => {
    expect(links.length).toBeLessThanOrEqual(3);
    await open(page, '/');
    for (const name of links) await page.getByRole('main').getByRole('link', { name }).first().click();
  };

  it('which hosts are new this week', async () => {
    await clicks(/New in 7 days$/);
    await page.getByText('1 host', { exact: true }).first().waitFor();
    await host(page, 'fd00::7').waitFor();
  });

  it('which are unexpected', async () => {
    await clicks(/Hosts with undecided changes$/);
    await host(page, '10.9.1.9').waitFor();
  });

  it('when 10.0.0.0/24 was looked at last', async () => {
    await clicks();
    await page
      .getByRole('row', { name: /^10\.0\.0\.0\/24 .*last week|^10\.0\.0\.0\/24 .*ago/ })
      .first()
      .waitFor();
    // And each address of it.
    await clicks(/^10\.0\.0\.0\/24$/);
    await page.getByRole('gridcell', { name: /^10\.0\.0\.7, present, .*looked at/ }).waitFor();
  });

  it('who scanned us yesterday', async () => {
    await clicks(/^yesterday\.pcap$/);
    await page.getByRole('article').first().getByText('a stranger').waitFor();
  });
});

it('counts services by port, product and version, and leads to the hosts it counted', async () => {
  const page = await dashboard.person();
  await open(page, '/services');
  await page.getByRole('link', { name: '80/tcp', exact: true }).click();
  const nginx = page.getByRole('row', { name: /80\/tcp http nginx 1\.0/ });
  await nginx.getByRole('link', { name: `${NETWORKS * 20} hosts` }).click();
  await page.getByRole('heading', { name: 'Assets' }).waitFor();
  await page
    .getByText(`${NETWORKS * 20} hosts`)
    .first()
    .waitFor();
  await page.context().close();
});

describe('networks', () => {
  let page: Page;
  beforeAll(async () => {
    page = await dashboard.person();
    await open(page, '/networks?network=10.9.0.0/24');
  });
  const cell = (name: RegExp) => page.getByRole('gridcell', { name });
  const planned = () => page.getByRole('link', { name: /^Plan a scan of 10\.9\.0\.\d+-/ });

  it('say each address in words: who, since when, and what was never looked at', async () => {
    await cell(/^10\.9\.0\.8, present, .*looked at 2 hours ago$/).waitFor();
    await cell(/^10\.9\.0\.9, nobody there, looked at 2 hours ago$/).waitFor();
    await cell(/^10\.9\.0\.200, never looked at$/).waitFor();
    expect(await page.getByRole('gridcell').count()).toBe(256);
    expect(await page.locator('td[tabindex="0"]').count()).toBe(1);
  });

  it('are moved in and chosen from with the keyboard, and by dragging', async () => {
    await page.locator('td[tabindex="0"]').focus();
    for (const key of ['Home', 'ArrowRight', 'Shift+ArrowRight', 'Shift+ArrowDown'])
      await page.keyboard.press(key);
    expect(await page.evaluate('document.activeElement.dataset.place')).toBe('18');
    expect(await planned().getAttribute('href')).toContain('10.9.0.1-18');
    await cell(/^10\.9\.0\.32,/).hover();
    await page.mouse.down();
    await cell(/^10\.9\.0\.40,/).hover();
    await page.mouse.up();
    await expect.poll(() => planned().getAttribute('href')).toContain('10.9.0.32-40');
    expect(await page.locator('td[aria-selected="true"]').count()).toBe(9);
  });

  it('of IPv6 are lists', async () => {
    const known = page.getByRole('navigation', { name: 'Networks with hosts' });
    await known.getByRole('link', { name: /^fd00::\/64/ }).click();
    await host(page, 'fd00::7').waitFor();
  });
});

it('has no barriers, in any theme and language, at 320 px', async () => {
  const { asset } = await dashboard.call('get_asset', { asset: '10.9.0.8' });
  const one = `/assets/${Object(asset).asset_id}`;
  const tabs = ['timeline', 'identity', 'addresses', 'captures', 'raw'].map((tab) => `${one}?tab=${tab}`);
  const paths = ['/assets', one, ...tabs, '/services?port=80/tcp', '/networks?network=10.9.0.0/24'];
  expect(await barriersOf(dashboard, paths)).toEqual([]);
}, 480_000);
