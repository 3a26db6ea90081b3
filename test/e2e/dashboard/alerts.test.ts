/** Alerts as people set them up in the browser: a channel, a rule with all its times, planned work, and what was sent. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts, type Listener, listen } from '../listeners.ts';
import { makeHome } from '../portolan.ts';
import { barriersOf, type Dashboard, startDashboard } from './browser.ts';

const HOST = '127.0.16.7';
const files = makeHome();
const listeners: Listener[] = [];
let dashboard: Dashboard;
let page: Page;
let port: number;

beforeAll(async () => {
  mkdirSync(join(files.folder, 'told'));
  dashboard = await startDashboard([
    `alerts.filesFolder=${join(files.folder, 'told')}`,
    'inventory.recheckSeconds=0',
    'rateLimit.scansPerMinute=0',
  ]);
  port = await freePorts(2);
  listeners.push(await listen(HOST, port, 'hello\r\n'));
  page = await dashboard.person();
});
afterAll(async () => {
  await dashboard?.close();
  for (const one of listeners) await one.close();
  files.remove();
  expect(dashboard.problems).toEqual([]);
});

const scan = () =>
  dashboard.call('custom_scan', { command: `-sT -Pn -n -p ${port},${port + 1} ${HOST}`, timeout: 60 });
const section = (name: string) =>
  page.locator('section', { has: page.getByRole('heading', { name, exact: true }) });
const rules = async () => (await dashboard.call('list_alerts', {}))['rules'];

it('a channel is made by the example of its kind, and keeps its least severity when it is changed', async () => {
  await page.goto(`${dashboard.origin}/alerts`);
  const channels = section('Channels');
  await channels.getByText('Add or change a channel').click();
  await channels.getByLabel('Name', { exact: true }).fill('book');
  await channels.getByLabel('Kind').selectOption('jsonl');
  await channels.getByLabel(/^Settings \(JSON\)/).fill('{"file": "told.jsonl"}');
  await channels.getByLabel('From severity').selectOption('low');
  await channels.getByRole('button', { name: 'Save' }).click();
  await channels.getByRole('row', { name: 'book jsonl' }).waitFor();
  await channels.getByRole('button', { name: 'Change book' }).click();
  await channels.getByRole('button', { name: 'Save' }).click();
  await expect
    .poll(async () => (await dashboard.call('list_alerts', {}))['channels'])
    .toMatchObject([{ name: 'book', kind: 'jsonl', min_severity: 'low' }]);
});

it('a rule has quiet hours and an escalation, says what it would have sent, and is changed as it was set', async () => {
  await page.goto(`${dashboard.origin}/alerts`);
  const part = section('Rules');
  await part.getByText('Add or change a rule').click();
  await part.getByLabel('Name', { exact: true }).fill('news');
  await part.getByLabel('Which changes').fill('incident:port.*');
  await part.getByLabel('How often').selectOption('daily');
  await part.getByLabel('At', { exact: true }).fill('07:30');
  await part.getByLabel('Time zone of all times here').fill('Europe/Berlin');
  const quiet = part.getByRole('group', { name: 'Quiet hours' });
  await quiet.getByLabel('From', { exact: true }).fill('22:00');
  await quiet.getByLabel('Until').fill('07:00');
  await quiet.getByLabel('Sent nevertheless').selectOption('high');
  await quiet.getByLabel('Mon').check();
  const escalation = part.getByRole('group', { name: 'Escalation' });
  await escalation.getByLabel('After minutes').fill('30');
  await escalation.getByLabel('In the channel').selectOption('book');
  await part.getByRole('button', { name: 'Preview' }).click();
  await part.getByText('It would have sent 0 messages in the last 30 days').waitFor();
  expect(await rules()).toEqual([]);
  await part.getByRole('button', { name: 'Save' }).click();
  const kept = {
    name: 'news',
    query: 'incident:port.*',
    channels: ['book'],
    digest: 'daily',
    at: '07:30',
    zone: 'Europe/Berlin',
    quiet: { from: '22:00', to: '07:00', days: [1], unless: 'high' },
    escalate: { minutes: 30, channel: 'book' },
    most: 6,
    enabled: true,
  };
  await expect.poll(rules).toEqual([kept]);
  const row = part.getByRole('row', { name: 'news' });
  await row.getByText('quiet 22:00 – 07:00').waitFor();
  await row.getByText('after 30 minutes also to book').waitFor();
  // Nothing that the form shows is lost by it.
  await row.getByRole('button', { name: 'Change news' }).click();
  await part.getByLabel('How often').selectOption('each');
  await part.getByRole('button', { name: 'Save' }).click();
  const { at: _, ...rest } = kept;
  await expect.poll(rules).toEqual([{ ...rest, digest: 'each' }]);
});

it('work is planned, holds back what opens meanwhile, and is taken back', async () => {
  const part = section('Maintenance windows');
  await part.getByText('No work is planned.').waitFor();
  await part.locator('summary').click();
  await part.getByLabel('Hosts (a query').fill('net:10.99.0.0/24');
  await part.getByLabel('Until').fill('2031-01-08T09:00');
  await part.getByLabel('Why?').fill('new switches');
  await part.getByRole('button', { name: 'Plan maintenance' }).click();
  const row = part.getByRole('row', { name: 'new switches' });
  await row.getByText('now').waitFor();
  expect((await dashboard.call('list_alerts', {}))['windows']).toMatchObject([
    { query: 'net:10.99.0.0/24', reason: 'new switches' },
  ]);
  await row.getByRole('button', { name: 'Remove: new switches' }).click();
  await part.getByText('No work is planned.').waitFor();
});

it('what was sent is listed, by its state, which the address keeps', async () => {
  await dashboard.call('set_alert', { rule: { name: 'news', query: '', channels: ['book'] } });
  await scan();
  listeners.push(await listen(HOST, port + 1, 'hello\r\n'));
  await scan();
  await scan();
  const told = () => readFileSync(join(files.folder, 'told', 'told.jsonl'), 'utf8');
  await expect.poll(() => told().includes(`${port + 1}`), { timeout: 30_000 }).toBe(true);
  await page.goto(`${dashboard.origin}/alerts?deliveries=sent`);
  const part = section('Last messages');
  await part
    .getByRole('row', { name: /sent .*news book/ })
    .first()
    .waitFor();
  await part.getByLabel('State').selectOption('dead');
  await part.getByText('No message is in this state.').waitFor();
  expect(new URL(page.url()).search).toBe('?deliveries=dead');
  await page.goBack();
  await part
    .getByRole('row', { name: /sent .*news book/ })
    .first()
    .waitFor();
}, 180_000);

it('has no barriers when it is full, in any theme and language, at 320 px', async () => {
  expect(await barriersOf(dashboard, ['/alerts'])).toEqual([]);
}, 120_000);
