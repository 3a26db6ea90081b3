/** What hostile machines say of themselves changes nothing on any page: it is shown as text, and marked. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { makeHome } from '../portolan.ts';
import { type Dashboard, startDashboard } from './browser.ts';

/** Markup, a direction mark, a bell, a name that looks like a button, and a formula of a spreadsheet. */
const NAME = '=cmd|calc!A1<img src=x onerror=document.title="taken">';
const PRODUCT = '<button>Accept all</button>\u202egnp.exe\u0085 ';
const entities = (text: string) =>
  text
    .replace(/[<>&"]/g, (one) => `&#${one.charCodeAt(0)};`)
    .replace(/[^\x20-\x7e]/g, (one) => `&#${one.charCodeAt(0)};`);
const REPORT = `<?xml version="1.0"?>
<nmaprun scanner="nmap" args="nmap -sV 10.6.6.6" start="1790000000" version="7.93" xmloutputversion="1.05">
<scaninfo type="connect" protocol="tcp" numservices="1" services="80"/>
<host starttime="1790000000" endtime="1790000002"><status state="up" reason="syn-ack"/>
<address addr="10.6.6.6" addrtype="ipv4"/>
<hostnames><hostname name="${entities(NAME)}" type="PTR"/></hostnames>
<ports><port protocol="tcp" portid="80"><state state="open" reason="syn-ack"/>
<service name="http" product="${entities(PRODUCT)}" version="${entities(PRODUCT)}" method="probed" conf="10"/></port></ports>
</host><runstats><finished time="1790000002"/><hosts up="1" down="0" total="1"/></runstats></nmaprun>
`;
const Hosts = z.array(z.looseObject({ asset_id: z.string() }));
let dashboard: Dashboard;
const files = makeHome();

beforeAll(async () => {
  mkdirSync(join(files.folder, 'in'), { recursive: true });
  writeFileSync(join(files.folder, 'in', 'evil.xml'), REPORT);
  dashboard = await startDashboard([`captures.allowedDir=${join(files.folder, 'in')}`]);
});
afterAll(async () => {
  await dashboard?.close();
  files.remove();
});

it('is previewed and imported on the page, and is text on every other', async () => {
  const page = await dashboard.person();
  await page.goto(`${dashboard.origin}/data`);
  await page.getByLabel('File').fill('evil.xml');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByText('1 host').waitFor();
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByText('Kept.').waitFor();
  await dashboard.call('set_expectations', {
    add: [{ hosts: 'net:10.6.6.0/24', ports: '22', reason: NAME, effect: 'require' }],
  });
  const found = async () => Hosts.parse((await dashboard.call('find_assets', {}))['assets']);
  await expect.poll(async () => (await found()).length, { timeout: 15_000 }).toBe(1);
  const [host] = await found();
  let shown = 0;
  for (const path of [
    '/',
    '/changes?since=30d',
    '/assets',
    `/assets/${host?.asset_id}`,
    '/services',
    '/networks',
    '/expectations',
  ]) {
    await page.goto(`${dashboard.origin}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForTimeout(500);
    expect(await page.title()).toMatch(/^([A-Z][a-z]+ · )?Portolan$/);
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Accept all' }).count()).toBe(0);
    const text = (await page.locator('main').textContent()) ?? '';
    expect(text).not.toMatch(/[\u202e\u0085]/);
    if (text.includes('<img src=x') || text.includes('<button>')) shown += 1;
  }
  expect(shown).toBeGreaterThan(2);
  const csv = await (
    await fetch(`${dashboard.origin}/inventory/export/csv`, {
      headers: { Authorization: `Bearer ${dashboard.token}` },
    })
  ).text();
  expect(csv).not.toMatch(/(^|,|")=cmd/m);
  expect(dashboard.problems).toEqual([]);
});
