/** Scanning in a real browser: planned, followed, stopped, compared, made a schedule of, and seen in a capture. */
import { cpSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Machine, startMachine } from '../../lab/machine.ts';
import { freePorts, type Listener, listen } from '../listeners.ts';
import { makeSshHome, type SshHome } from '../ssh-home.ts';
import { barriersOf, type Dashboard, startDashboard } from './browser.ts';

const FIRST = '127.0.13.1';
const LATER = '127.0.13.9';
const CAPTURE = new URL('../../captures/cases/connect-then-syn/capture.pcap', import.meta.url);

let dashboard: Dashboard;
let page: Page;
let port: number;
const listeners: Listener[] = [];
/** Tools that the page called. */
const called: string[] = [];
const asked: Request[] = [];
let far: SshHome;
let machine: Machine;

beforeAll(async () => {
  port = await freePorts(3);
  far = makeSshHome();
  const root = { name: 'root', uid: 0, publicKey: far.publicKey };
  machine = await startMachine({ address: '127.0.0.1', port: port + 2, users: [root] });
  far.know(machine);
  dashboard = await startDashboard(
    [
      'inventory.recheckSeconds=0',
      'rateLimit.scansPerMinute=0',
      `remote.scanners=${JSON.stringify({ branch: far.scanner(machine) })}`,
    ],
    async ({ folder }) => cpSync(far.ssh, join(folder, '.ssh'), { recursive: true }),
  );
  listeners.push(await listen(FIRST, port, 'hello\r\n'), await listen(LATER, port, 'hello\r\n'));
  page = await dashboard.person();
  page.on('request', (request) => {
    const tool = /\/tools\/(\w+)\/execute$/.exec(new URL(request.url()).pathname)?.[1];
    if (tool === undefined) return;
    called.push(tool);
    asked.push(request);
  });
});
afterAll(async () => {
  await dashboard?.close();
  for (const one of listeners) await one.close();
  await machine?.stop();
  far?.remove();
  expect(dashboard.problems).toEqual([]);
});

const main = () => page.getByRole('main');
const button = (name: string) => main().getByRole('button', { name, exact: true });
const field = (name: string) => main().getByLabel(name, { exact: true });

describe('a new scan', () => {
  it('says while one types what is refused and why, and starts nothing', async () => {
    await page.goto(`${dashboard.origin}/scans/new`);
    await field('Target').pressSequentially('192.0.2.7', { delay: 60 });
    await main().getByText('192.0.2.7 may not be scanned').waitFor();
    await main().getByText('out_of_scope').waitFor();
    expect(await button('Scan').isDisabled()).toBe(true);
    await field('Target').press('Enter');
    await expect.poll(() => new URL(page.url()).search).toBe('?target=192.0.2.7');
    const plans = called.filter((tool) => tool === 'plan_scan').length;
    expect(plans).toBeGreaterThan(0);
    // One typed nine letters: asked is when the typing pauses.
    expect(plans).toBeLessThan(9);
    expect(called.filter((tool) => /scan/.test(tool) && tool !== 'plan_scan')).toEqual([]);
    expect(await dashboard.call('list_tasks', {})).toEqual({ tasks: [] });
  });

  it('is started by the button, followed as it finds, and stopped', async () => {
    await page.goto(`${dashboard.origin}/scans/new?command=-sT`);
    // One host after the other, half a second each, so that there is something to follow.
    const command = `-sT -Pn -n --max-hostgroup 1 --scan-delay 250ms -p ${port},${port + 1} 127.0.13.1-60`;
    await field('Options and targets').fill(command);
    await main().getByText('Allowed. Nothing was sent yet.').waitFor();
    await main().getByText('at least 120').waitFor();
    await button('Scan').click();
    await page.waitForURL(/\/scans\/[0-9a-z]{10,}$/);
    const openHost = (address: string) =>
      main().getByRole('rowgroup').filter({ hasText: address }).filter({ hasText: 'open' });
    await openHost(FIRST).waitFor();
    const hosts = () => main().locator('tbody th').allTextContents();
    await expect.poll(async () => (await hosts()).length, { timeout: 20_000 }).toBeGreaterThan(4);
    const seen = await hosts();
    // In the server's order it stands above those that have no open port.
    await openHost(LATER).waitFor();
    // What came since moved nothing.
    expect((await hosts()).slice(0, seen.length)).toEqual(seen);
    await main().getByRole('progressbar').waitFor();

    await button('Stop the scan').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop the scan' }).click();
    await main().getByRole('status').getByText('stopped').waitFor();
    await button('Go on with it').waitFor();
    await main().getByText(FIRST, { exact: true }).waitFor();
    await main().getByRole('link', { name: 'Run again …' }).click();
    await expect.poll(() => field('Options and targets').inputValue()).toContain('127.0.13.1-60');
    await page.goBack();
    await main().getByRole('status').getByText('stopped').waitFor();
  });
});

it('compares two scans: what only one of them found', async () => {
  const scan = () =>
    dashboard.call('custom_scan', { command: `-sT -Pn -n -p ${port},${port + 1} ${FIRST}`, timeout: 60 });
  await scan();
  const second = await listen(FIRST, port + 1, 'hello\r\n');
  await page.goto(`${dashboard.origin}/scans?state=completed`);
  const targets = () => main().getByRole('rowheader').count();
  await expect.poll(targets, { timeout: 10_000 }).toBe(1);
  // It is read while another ends: nothing moves until the reader wants it.
  await scan();
  await second.close();
  const pill = main().getByRole('button', { name: '1 new: show' });
  await pill.waitFor();
  expect(await targets()).toBe(1);
  await pill.click();
  await expect.poll(targets, { timeout: 10_000 }).toBe(2);
  await main()
    .getByRole('link', { name: `Compare the scan of ${FIRST} with another` })
    .last()
    .click();
  await main()
    .getByRole('link', { name: `Compare with the scan of ${FIRST}` })
    .click();
  const row = main().getByRole('row', { name: `${port + 1}/tcp` });
  await row.getByText('not found open').waitFor();
  // Before, and after.
  expect(await row.getByRole('cell').last().textContent()).not.toContain('not found');
  expect(
    await main()
      .getByRole('row', { name: `${port}/tcp` })
      .count(),
  ).toBe(0);
});

it('makes a schedule of a scan, has it run, holds it until a day, and removes it', async () => {
  await page.goto(`${dashboard.origin}/scans?state=completed`);
  await main().getByRole('row').getByRole('link', { name: FIRST, exact: true }).first().click();
  await main().getByRole('link', { name: 'Make a schedule of it …' }).click();
  await expect.poll(() => field('Options and targets').inputValue()).toContain(`${FIRST}`);
  await main().getByText('Allowed. Nothing was sent yet.').waitFor();
  await field('Name').fill('nightly');
  await button('Make the schedule').click();
  // Of the week that is shown, each night that is still to come.
  await page.goto(`${dashboard.origin}/schedules?name=nightly&week=2031-01-08`);
  await expect.poll(() => main().getByText('planned').count(), { timeout: 10_000 }).toBe(7);
  await page.goto(`${dashboard.origin}/schedules?name=nightly`);
  await button('Run now').click();
  const runs = main().getByRole('table', { name: 'How its runs went' });
  await runs.getByRole('link', { name: 'completed' }).waitFor({ timeout: 60_000 });

  await main().getByRole('link', { name: 'Edit' }).click();
  await field('Rule').fill('every 6h');
  await button('Save').click();
  await main().getByRole('row', { name: 'nightly' }).getByText('every 6h').waitFor();
  await button('Pause …').click();
  await page.getByRole('dialog').getByLabel('Until').fill('2031-01-08T09:00');
  await page.getByRole('dialog').getByRole('button', { name: 'Pause …' }).click();
  await main().getByRole('row', { name: 'nightly' }).getByText('paused').waitFor();
  const { schedules } = await dashboard.call('list_schedules', {});
  expect(schedules).toMatchObject([{ name: 'nightly', when: 'every 6h', state: 'paused', targets: [FIRST] }]);
  await button('Remove …').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove …' }).click();
  await main().getByText('Look every night?').waitFor();
});

it('is planned and run from another machine of the configuration, and from there once more', async () => {
  await page.goto(`${dashboard.origin}/scans/new?target=${FIRST}&ports=${port}`);
  await main().getByText('Allowed. Nothing was sent yet.').waitFor();
  await field('Scanned from').selectOption('branch');
  await expect.poll(() => new URL(page.url()).searchParams.get('scanner')).toBe('branch');
  const planned = (request: Request) => /"scanner":"branch"/.test(request.postData() ?? '');
  await expect.poll(() => asked.filter(planned).length).toBeGreaterThan(0);
  await expect.poll(() => button('Scan').isEnabled(), { timeout: 20_000 }).toBe(true);
  await button('Scan').click();
  await page.waitForURL(/\/scans\/[0-9a-z]{10,}$/);
  await main().getByRole('status').getByText('completed').waitFor({ timeout: 60_000 });
  await main().getByRole('rowgroup').filter({ hasText: FIRST }).filter({ hasText: 'open' }).waitFor();
  await main().getByRole('link', { name: 'Run again …' }).click();
  await expect.poll(() => field('Scanned from').inputValue()).toBe('branch');
  await field('Scanned from').selectOption('this server');
  await main().getByText('Allowed. Nothing was sent yet.').waitFor();
});

it('reads a capture that was dropped on the page, and refuses what is none', async () => {
  await page.goto(`${dashboard.origin}/captures`);
  await main().getByText('No capture yet.').waitFor();
  await drop('notes.pcap', Buffer.from('these are only words, and no packets at all'));
  await main().getByRole('alert').getByText('corrupt_capture').waitFor();
  await drop('monday.pcap', await readFile(CAPTURE));
  await page.waitForURL(/path=upload%3Amonday.pcap/);
  const suspect = main().getByRole('article').first();
  await suspect.getByText('a stranger').waitFor();
  await suspect.getByText('Evidence').click();
  await suspect.getByText(/Packets to look at: \d+ \d+/).waitFor();
  await main().getByText('The same as a table').click();
  await main().getByRole('columnheader', { name: 'Asked' }).waitFor();
  await suspect.getByRole('link', { name: /Verify answered ports/ }).click();
  await expect.poll(() => field('Options and targets').inputValue()).toBe('-Pn -n -p 80,443 10.32.6.3');
  // By hand it goes too, and not by a slip.
  await page.goto(`${dashboard.origin}/captures`);
  await button('Delete upload:monday.pcap').click();
  const sure = page.getByRole('dialog', { name: 'Delete this capture?' });
  await sure.getByRole('button', { name: 'Cancel' }).click();
  await main().getByRole('link', { name: 'upload:monday.pcap' }).waitFor();
  await button('Delete upload:monday.pcap').click();
  await sure.getByRole('button', { name: 'Delete …' }).click();
  await main().getByText('No capture yet.').waitFor();
  await drop('monday.pcap', await readFile(CAPTURE));
  await page.waitForURL(/path=upload%3Amonday.pcap/);
  // The tools of captures have failures of a shape of their own.
  await page.goto(`${dashboard.origin}/captures?path=upload:gone.pcap`);
  await main().getByRole('alert').getByText('file_not_found').waitFor();
});

/** As a person does who drags a file out of a folder. */
async function drop(name: string, bytes: Buffer): Promise<void> {
  const carried = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob("${bytes.toString('base64')}"), (one) => one.charCodeAt(0));
    transfer.items.add(new File([bytes], ${JSON.stringify(name)}));
    return transfer;
  })()`);
  await page.getByText('Drop a capture here').dispatchEvent('drop', { dataTransfer: carried });
}

it('has no barriers on these pages, in any theme and language, at 320 px', async () => {
  const { tasks } = await dashboard.call('list_tasks', {});
  const [one] = Array.isArray(tasks) ? tasks : [];
  const paths = [
    '/scans',
    `/scans/${one.task_id}`,
    '/scans/new?target=127.0.0.1',
    '/schedules?new=true&target=127.0.0.1',
    '/captures?path=upload:monday.pcap',
  ];
  expect(await barriersOf(dashboard, paths)).toEqual([]);
}, 480_000);
