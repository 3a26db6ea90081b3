/** What tokens of each single scope see of each page: what they may, and in words what right the rest needs. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SCOPES, type Scope } from '../../../src/core/caller.ts';
import { freePorts, type Listener, listen } from '../listeners.ts';
import { type Dashboard, logIn, settle, startDashboard, tokenOf, watch } from './browser.ts';

const HOST = '127.0.15.7';
/** Each page by its address, and the scope without which it shows nothing. */
const PAGES: readonly [path: string, needs: Scope | undefined][] = [
  ['/', undefined],
  ['/changes', 'inventory:read'],
  ['/assets', 'inventory:read'],
  [`/assets/${HOST}`, 'inventory:read'],
  ['/services', 'inventory:read'],
  ['/networks', 'inventory:read'],
  ['/scans', 'scan:read'],
  [`/scans/new?target=${HOST}`, 'scan:read'],
  ['/schedules', 'schedules:read'],
  ['/captures', 'capture:read'],
  ['/expectations', 'inventory:read'],
  ['/alerts', 'alerts:read'],
  ['/data', 'inventory:read'],
  ['/system', undefined],
];
/** Each right to read by itself; the rights to act, which show nothing; and the one that shows the server. */
const GRANTS: Readonly<Record<string, readonly Scope[]>> = {
  inventory: ['inventory:read'],
  scans: ['scan:read'],
  schedules: ['schedules:read', 'schedules:write'],
  captures: ['capture:read'],
  alerts: ['alerts:read'],
  acts: SCOPES.filter((scope) => !scope.endsWith(':read') && scope !== 'admin'),
  admin: ['admin'],
};
/** None of it is so: there was a scan, by somebody else. */
const LIES = /Nothing was scanned yet|No network was looked at yet|The inventory is empty/;

let dashboard: Dashboard;
let listener: Listener;

beforeAll(async () => {
  dashboard = await startDashboard(['inventory.recheckSeconds=0'], undefined, GRANTS);
  const port = await freePorts(1);
  listener = await listen(HOST, port, 'hello\r\n');
  await dashboard.call('custom_scan', { command: `-sT -Pn -n -p ${port} ${HOST}`, timeout: 60 });
});
afterAll(async () => {
  await dashboard?.close();
  await listener?.close();
  expect(dashboard.problems).toEqual([]);
});

it.each(Object.entries(GRANTS))(
  'the token of %s is told what is missing, and asks for nothing it may not have',
  async (name, scopes) => {
    const page = await (await dashboard.browser.newContext({ locale: 'en-GB' })).newPage();
    watch(page, dashboard.origin, dashboard.problems);
    const refused: string[] = [];
    page.on('response', (response) => {
      if (response.status() === 403) refused.push(`${page.url()}: ${response.url()}`);
    });
    await logIn(page, dashboard.origin, tokenOf(name));
    const links = await page.getByRole('navigation').getByRole('link').allTextContents();
    for (const [path, needs] of PAGES) {
      const says = await shown(page, path);
      if (needs === undefined || scopes.includes(needs))
        expect(says, path).not.toContain('This page needs the scope');
      else expect(says, path).toContain(`needs the scope ${needs}`);
      expect(says, path).not.toMatch(LIES);
    }
    expect(refused).toEqual([]);
    expect(links.includes('Captures')).toBe(scopes.includes('capture:read'));
    const news = await page.getByText('Without the scope scan:read no news arrive').count();
    expect(news).toBe(scopes.includes('scan:read') ? 0 : 1);
    await page.context().close();
  },
);

it('who runs the server sees how it stands: tokens, audit, what is kept for how long, and who said each setting', async () => {
  const page = await dashboard.person();
  await settle(page, `${dashboard.origin}/system`);
  const table = (name: string) =>
    page.getByRole('table').filter({ has: page.getByRole('columnheader', { name }) });
  await page.getByText(/^✓ The audit is whole: \d+ records\.$/).waitFor();
  await page.getByRole('row', { name: 'captures capture:read' }).getByText('valid').waitFor();
  await table('Kept for')
    .getByRole('row', { name: 'Changes 400 days inventory.eventDays default' })
    .waitFor();
  await page.getByRole('row', { name: 'inventory.recheckSeconds 0 command line' }).waitFor();
  await page.getByRole('row', { name: /^server\.token .*environment: PORTOLAN_SERVER__TOKEN$/ }).waitFor();
  expect(await page.locator('main').textContent()).not.toContain(dashboard.token);
  await page.context().close();
});

it('the page lets nothing make markup of text, nor load anything of others', async () => {
  const page = await (await dashboard.browser.newContext()).newPage();
  await page.goto(`${dashboard.origin}/login`);
  const refused = (script: string) =>
    page.evaluate(
      `(async () => { try { await (async () => { ${script} })(); return 'done'; } catch (error) { return error.name; } })()`,
    );
  expect(await refused("document.createElement('div').innerHTML = '<b>x</b>'")).toBe('TypeError');
  expect(await refused("await fetch('http://127.0.0.1:9/')")).toBe('TypeError');
  expect(await refused("trustedTypes.createPolicy('mine', {})")).toBe('TypeError');
  await page.context().close();
});

/** What a page says. */
async function shown(page: Page, path: string): Promise<string> {
  await settle(page, `${dashboard.origin}${path}`);
  return (await page.locator('main').textContent()) ?? '';
}
