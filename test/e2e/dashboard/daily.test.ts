/** The dashboard as people use it every day, in a real browser: the first visit, the inbox, two people at once, a power cut. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts, type Listener, listen } from '../listeners.ts';
import { barriersOf, type Dashboard, startDashboard, watch } from './browser.ts';

const HOST = '127.0.12.7';
let dashboard: Dashboard;
let port: number;
const listeners: Listener[] = [];
const scan = () =>
  dashboard.call('custom_scan', {
    command: `-sT -sV --version-light -Pn -n -p ${port}-${port + 2} ${HOST}`,
    timeout: 100,
  });

beforeAll(async () => {
  dashboard = await startDashboard(['inventory.recheckSeconds=0', 'rateLimit.scansPerMinute=0']);
  port = await freePorts(3);
  listeners.push(await listen(HOST, port, 'hello\r\n'));
});
afterAll(async () => {
  await dashboard?.close();
  for (const one of listeners) await one.close();
  expect(dashboard.problems).toEqual([]);
});

const rows = (page: Page) => page.locator('tbody tr[data-change]');
const open = async (page: Page, path: string) => {
  await page.goto(`${dashboard.origin}${path}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
};

it('leads from the first visit to the first finding, which the first page shows by itself', async () => {
  const page = await dashboard.person();
  const first = await page.context().newPage();
  watch(first, dashboard.origin, dashboard.problems);
  await open(first, '/');
  await first.getByText('Nothing was scanned yet').waitFor();
  await open(page, '/');
  await page.getByRole('main').getByRole('link', { name: 'Plan a scan' }).click();
  await page.getByRole('radio', { name: /^These ports/ }).check();
  await page.getByLabel('Target').fill(HOST);
  await page.getByLabel('Ports', { exact: true }).fill(`${port}-${port + 2}`);
  await page.getByText('Allowed. Nothing was sent yet.').waitFor();
  await page.getByRole('button', { name: 'Scan', exact: true }).click();
  await page.getByRole('rowgroup').filter({ hasText: HOST }).filter({ hasText: 'open' }).waitFor();
  // The page that was there all the time.
  await first.getByText('Hosts present').waitFor();
  await first.getByRole('row', { name: '127.0.12.0/24' }).first().waitFor();
  await page.context().close();
});

describe('the inbox', () => {
  let page: Page;
  beforeAll(async () => {
    listeners.push(await listen(HOST, port + 1, 'hello\r\n'), await listen(HOST, port + 2, 'hello\r\n'));
    await scan();
    await scan();
    page = await dashboard.person();
    await open(page, '/changes');
    await rows(page).nth(1).waitFor();
  }, 480_000);

  it('accepts with the keyboard, says what is expected from now on, and takes it back', async () => {
    const count = await rows(page).count();
    await page.keyboard.press('j');
    expect(await rows(page).nth(1).getAttribute('aria-current')).toBe('true');
    await page.keyboard.press('e');
    await page.getByLabel('Why?').fill('the new printer');
    await page.keyboard.press('Enter');
    await page.getByText(/Expected from now on: .*\d+/).waitFor();
    await expect.poll(() => rows(page).count(), { timeout: 15_000 }).toBe(count - 1);
    await page.keyboard.press('u');
    await expect.poll(() => rows(page).count(), { timeout: 15_000 }).toBe(count);
    const { expectations } = await dashboard.call('list_expectations', {});
    expect(expectations).toEqual(expect.not.arrayContaining([expect.objectContaining({ ended: false })]));
  });

  it('takes back what emptied it', async () => {
    const count = await rows(page).count();
    for (let row = 0; row < count; row += 1) {
      // Marked by hand, as keys go on to hold afterwards.
      await rows(page).nth(row).getByRole('checkbox').check();
    }
    await page.keyboard.press('a');
    await page.getByText('Nothing to decide.').waitFor();
    await page.keyboard.press('u');
    await expect.poll(() => rows(page).count(), { timeout: 15_000 }).toBe(count);
  });

  it('shows another person what one decides', async () => {
    const other = await dashboard.person();
    await open(other, '/changes');
    await rows(other).first().waitFor();
    const count = await rows(page).count();
    await other.keyboard.press('m');
    await other.getByLabel('Why?').fill('maintenance');
    await other.keyboard.press('Enter');
    await expect.poll(() => rows(other).count(), { timeout: 15_000 }).toBe(count - 1);
    await expect.poll(() => rows(page).count(), { timeout: 15_000 }).toBe(count - 1);
    await other.keyboard.press('u');
    await expect.poll(() => rows(page).count(), { timeout: 15_000 }).toBe(count);
    await other.context().close();
  });

  it('holds the list still while it is read, and says how much is new', async () => {
    const count = await rows(page).count();
    const one = await listen(HOST, port + 3, 'hello\r\n').catch(() => undefined);
    await dashboard.call('custom_scan', { command: `-sT -Pn -n -p ${port} 127.0.12.8`, timeout: 60 });
    await listeners[2]?.close();
    listeners.splice(2, 1);
    await scan();
    await scan();
    await one?.close();
    const pill = page.getByRole('button', { name: /new: show$/ });
    await pill.waitFor();
    expect(await rows(page).count()).toBe(count);
    await page.keyboard.press('.');
    await pill.waitFor({ state: 'detached' });
  });
});

it('goes on after the server was killed: says that news are missing, and catches up', async () => {
  const page = await dashboard.person();
  await open(page, '/');
  await dashboard.restart(async () => {
    await page.getByText('No news arrive at the moment.').waitFor();
  });
  await page.getByText('No news arrive at the moment.').waitFor({ state: 'detached', timeout: 30_000 });
  // The page was not left: the session outlives the process, and news arrive as before.
  await dashboard.call('custom_scan', { command: `-sT -Pn -n -p ${port} 127.0.14.7`, timeout: 60 });
  await page.getByRole('row', { name: '127.0.14.0/24' }).first().waitFor({ timeout: 20_000 });
  expect(new URL(page.url()).pathname).toBe('/');
  await page.context().close();
});

it('takes a double click for one', async () => {
  const page = await dashboard.person();
  await open(page, '/expectations');
  const form = page.locator('form', { hasText: 'Add an expectation' });
  await form.getByLabel('Hosts').fill('net:127.0.12.0/24');
  await form.getByLabel('Ports').fill('4711');
  await form.getByLabel('Why?').fill('once');
  await form.getByRole('button').dblclick();
  await page.getByRole('cell', { name: '4711/tcp' }).waitFor();
  await delay(500);
  expect(await page.getByRole('cell', { name: '4711/tcp' }).count()).toBe(1);
  await page.context().close();
});

describe('who may see it', () => {
  it('goes nowhere else after a log-in, whatever a link says', async () => {
    const page = await (await dashboard.browser.newContext({ locale: 'en-GB' })).newPage();
    watch(page, dashboard.origin, dashboard.problems);
    for (const next of [
      'http://127.0.0.1:9/evil',
      '//127.0.0.1:9/evil',
      '/\\127.0.0.1:9',
      'javascript:alert(1)',
    ]) {
      await page.context().clearCookies();
      await page.goto(`${dashboard.origin}/login?next=${encodeURIComponent(next)}`);
      await page.getByLabel('Token').fill(dashboard.token);
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('heading', { name: 'Your network' }).waitFor();
      expect(page.url()).toBe(`${dashboard.origin}/`);
    }
    await page.context().close();
  });

  it('is told when a token is wrong, in the words of the API', async () => {
    const page = await (await dashboard.browser.newContext({ locale: 'en-GB' })).newPage();
    watch(page, dashboard.origin, dashboard.problems);
    await page.goto(`${dashboard.origin}/changes?severity=high`);
    await page.getByLabel('Token').fill('wrong-token-of-many-letters');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').getByText('The token is not valid.').waitFor();
    await page.getByLabel('Token').fill(dashboard.token);
    await page.getByRole('button', { name: 'Log in' }).click();
    // To where one wanted to go, with its filter.
    await page.getByRole('heading', { name: 'Changes' }).waitFor();
    expect(new URL(page.url()).search).toContain('severity=high');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token').waitFor();
    await page.goto(`${dashboard.origin}/changes`);
    await page.getByLabel('Token').waitFor();
    await page.context().close();
  });

  it('asks to log in again when a session is over, and goes on there', async () => {
    const page = await dashboard.person();
    await open(page, '/expectations');
    await page.context().clearCookies();
    // Somebody else's edits have the page read again, and find out, as soon as its stream of events stands.
    const asked = async () => {
      await dashboard.call('edit_asset', { asset: HOST, tags: ['seen'] });
      return await page.getByLabel('Token').isVisible();
    };
    await expect.poll(asked, { timeout: 30_000, interval: 500 }).toBe(true);
    await page.getByLabel('Token').fill(dashboard.token);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'Expectations' }).waitFor();
    await page.context().close();
  });
});

it('has no barriers, in any theme and language, at 320 px', async () => {
  const paths = ['/', '/changes?since=7d', '/expectations', '/data', '/system', '/login'];
  expect(await barriersOf(dashboard, paths)).toEqual([]);
}, 480_000);
