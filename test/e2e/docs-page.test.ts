/** `/docs` in a real browser: what a person sees, logging in, calling a tool, and that nothing else is spoken to. */
import { type ChildProcess, spawn } from 'node:child_process';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { cleanEnvironment, type Home, mainArguments, makeHome, originOf, terminate } from './portolan.ts';

const TOKEN = 'canary-root-token-0815-4711';
let home: Home;
let browser: Browser;
let server: { origin: string; stop(): Promise<void> };
let page: Page;
/** What the page asked for, and what it complained of. */
let asked: string[];
let problems: string[];

beforeAll(async () => {
  home = makeHome();
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  server = await serve({ PORTOLAN_SERVER__TOKEN: TOKEN });
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  home.remove();
});
beforeEach(async () => {
  asked = [];
  problems = [];
  page = await (await browser.newContext()).newPage();
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => {
    // A refused login is told on the console too.
    if (message.type() === 'error' && !message.text().includes('401')) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
});

async function serve(env: Record<string, string>): Promise<typeof server> {
  const child: ChildProcess = spawn(process.execPath, mainArguments(home, 'serve', '--port', '0'), {
    env: { ...cleanEnvironment(home), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return { origin: await originOf(child), stop: () => terminate(child) };
}

const logIn = async (token: string) => {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
};
const operation = (path: string) => page.locator('section > details').filter({ hasText: path }).first();

it('asks for a token, says when it is wrong, shows the API with the right one, and calls a tool', async () => {
  const answer = await page.goto(`${server.origin}/docs`);
  expect(answer?.status()).toBe(200);
  await page.getByLabel('Token').waitFor();
  await logIn('wrong-token-of-many-letters');
  await page.getByText('This token is not valid.').waitFor();
  await logIn(TOKEN);
  await page.getByRole('heading', { name: 'execute' }).waitFor();
  expect(await page.locator('section > details').count()).toBeGreaterThan(25);

  await page.getByLabel('Find').fill('plan_scan');
  expect(await page.locator('section > details:visible').count()).toBe(1);
  const plan = operation('/tools/plan_scan/execute');
  await plan.locator('summary').first().click();
  // Words and kinds of the arguments, not their JSON Schema.
  await plan.getByRole('heading', { name: 'Body' }).waitFor();
  expect(await plan.innerText()).toMatch(/target string/);
  expect(await plan.innerText()).not.toContain('additionalProperties');
  await plan.getByLabel('Body').fill('{"target":"127.0.0.1"}');
  await plan.getByRole('button', { name: 'Send' }).click();
  await plan.getByText('200 OK').waitFor();
  expect(await plan.locator('pre').innerText()).toContain('127.0.0.1');

  // The token stays in this tab, and is in no address.
  expect(await page.evaluate('localStorage.length + document.cookie.length')).toBe(0);
  expect(asked.filter((url) => !url.startsWith(`${server.origin}/`) && !url.startsWith('blob:'))).toEqual([]);
  expect(asked.join()).not.toContain(TOKEN);
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('Token').waitFor();
  expect(await page.evaluate('sessionStorage.length')).toBe(0);
  expect(problems).toEqual([]);
});

it('runs nothing that is not its own', async () => {
  await page.goto(`${server.origin}/docs`);
  await page.getByLabel('Token').waitFor();
  const ran = await page.evaluate(`
    const script = document.createElement('script');
    script.append('window.injected = true');
    document.body.append(script);
    try { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.injected = true">'); } catch {}
    window.injected === true`);
  expect(ran).toBe(false);
  await expect(page.evaluate(`fetch('http://127.0.0.1:9/')`)).rejects.toThrow();
  expect(problems.join()).toContain('Content Security Policy');
});

it('shows the API at once where no token is asked for', async () => {
  const open = await serve({});
  try {
    await page.goto(`${open.origin}/docs`);
    await page.getByRole('heading', { name: 'service' }).waitFor();
    expect(await page.getByLabel('Token').isVisible()).toBe(false);
    if (process.env['SCREENSHOT']) await page.screenshot({ path: process.env['SCREENSHOT'] });
    expect(problems).toEqual([]);
  } finally {
    await open.stop();
  }
});
