/** A real browser at a real server: what the tests of the dashboard share. */
import { type ChildProcess, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Frame, type Page } from 'playwright-core';
import { z } from 'zod';
import { cleanEnvironment, type Home, mainArguments, makeHome, originOf, terminate } from '../portolan.ts';

const TOKEN = 'canary-dashboard-token-0815-4711';
/** May read captures, and nothing else. */
export const NARROW_TOKEN = 'canary-narrow-token-of-captures-0815';
/** axe-core, as text: the policy of the page lets no script of others in but what the test puts there. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface Dashboard {
  home: Home;
  origin: string;
  token: string;
  browser: Browser;
  /** A page that is logged in, in a context of its own: another person. */
  person(options?: Parameters<Browser['newContext']>[0]): Promise<Page>;
  /** A tool called past the browser. */
  call(tool: string, args: object): Promise<Record<string, unknown>>;
  /** Kills the server as a power cut would, and starts it again at the same port. @param meanwhile while it is away */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  /** What pages complained of, or asked of others, so far. */
  problems: string[];
  close(): Promise<void>;
}

/**
 * @param settings `server.maxConnections=200`
 * @param before what is done in the home before the server is started there: a database that is filled
 */
export async function startDashboard(
  settings: readonly string[] = [],
  before: (home: Home) => Promise<void> = async () => {},
): Promise<Dashboard> {
  const home = makeHome();
  await before(home);
  const problems: string[] = [];
  let child: ChildProcess;
  const serve = async (port: string) => {
    const narrow = { name: 'narrow', hash: hash('sha256', NARROW_TOKEN), scopes: ['capture:read'] };
    const words = [
      'serve',
      '--port',
      port,
      '--set',
      `server.tokens=${JSON.stringify([narrow])}`,
      ...settings.flatMap((one) => ['--set', one]),
    ];
    child = spawn(process.execPath, mainArguments(home, ...words), {
      env: { ...cleanEnvironment(home), PORTOLAN_SERVER__TOKEN: TOKEN },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return await originOf(child);
  };
  const origin = await serve('0');
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  return {
    home,
    origin,
    token: TOKEN,
    browser,
    problems,
    async person(options = {}) {
      const context = await browser.newContext({ locale: 'en-GB', ...options });
      const page = await context.newPage();
      watch(page, origin, problems);
      await logIn(page, origin, TOKEN);
      return page;
    },
    async call(tool, args) {
      const response = await fetch(`${origin}/tools/${tool}/execute`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(args),
      });
      return z.record(z.string(), z.unknown()).parse(await response.json());
    },
    async restart(meanwhile) {
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
      await meanwhile?.();
      await serve(new URL(origin).port);
    },
    async close() {
      await browser.close();
      await terminate(child);
      home.remove();
    },
  };
}

export async function logIn(page: Page, origin: string, token: string): Promise<void> {
  await page.goto(`${origin}/login`);
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('navigation').waitFor();
}

/** Errors of scripts and of the policy, and requests to anybody else. */
export function watch(page: Page, origin: string, problems: string[]): void {
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    // What the server refuses, or cannot answer while it is away, is told on the console too.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      problems.push(message.text());
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(blob|data):/.test(url)) problems.push(`asked ${url}`);
  });
}

const Violations = z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) }));

/** What axe finds against WCAG 2.2 A and AA on the page as it is, in words. */
export async function barriers(page: Page | Frame): Promise<string[]> {
  await page.evaluate(AXE);
  const found: unknown = await page.evaluate(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then(({ violations }) => violations)",
  );
  return Violations.parse(found).map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`,
  );
}

/** Light, dark and forced colours, and each language once: colours do not depend on the language. */
const LOOKS = [
  { locale: 'en', colorScheme: 'light', forcedColors: 'none' },
  { locale: 'zh-CN', colorScheme: 'dark', forcedColors: 'none' },
  { locale: 'es', colorScheme: 'light', forcedColors: 'active' },
] as const;
const NARROW = 320;

/** Barriers of these pages at 320 px in every theme and language, and pages that are wider than that. */
export async function barriersOf(dashboard: Dashboard, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const look of LOOKS) {
    const viewport = { width: NARROW, height: 640 };
    const page = await (await dashboard.browser.newContext({ ...look, viewport })).newPage();
    watch(page, dashboard.origin, dashboard.problems);
    await page.goto(`${dashboard.origin}/login`);
    await page.locator('input[name=token]').fill(dashboard.token);
    await page.locator('button[type=submit]').click();
    await page.locator('main#main h1').waitFor();
    const language = await page.locator('html').getAttribute('lang');
    if (language !== look.locale) found.push(`${look.locale} is shown in ${language}`);
    for (const path of paths) {
      await page.goto(`${dashboard.origin}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      // What is read from the server comes after the heading.
      await page.waitForTimeout(400);
      found.push(...(await barriers(page)).map((words) => `${look.locale} ${path} ${words}`));
      const wide = Number(await page.evaluate('document.documentElement.scrollWidth'));
      if (wide > NARROW) found.push(`${look.locale} ${path} is ${wide} px wide`);
    }
    await page.context().close();
  }
  return found;
}
