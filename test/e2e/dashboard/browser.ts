/** A real browser at a real server: what the tests of the dashboard share. */
import { type ChildProcess, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Frame, type Page } from 'playwright-core';
import { z } from 'zod';
import type { Scope } from '../../../src/core/caller.ts';
import { cleanEnvironment, type Home, mainArguments, makeHome, originOf, terminate } from '../portolan.ts';

const TOKEN = 'canary-dashboard-token-0815-4711';
/** The token of this name, of those that {@link startDashboard} was given. */
export const tokenOf = (name: string) => `canary-token-of-${name}-0815-4711`;
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
 * @param grants what tokens there are beside the one that may do everything, by name
 */
export async function startDashboard(
  settings: readonly string[] = [],
  before: (home: Home) => Promise<void> = async () => {},
  grants: Readonly<Record<string, readonly Scope[]>> = {},
): Promise<Dashboard> {
  const home = makeHome();
  await before(home);
  const problems: string[] = [];
  let child: ChildProcess;
  const serve = async (port: string) => {
    const tokens = Object.entries(grants).map(([name, scopes]) => {
      return { name, hash: hash('sha256', tokenOf(name)), scopes };
    });
    const words = [
      'serve',
      '--port',
      port,
      '--set',
      `server.tokens=${JSON.stringify(tokens)}`,
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
  // By what they are, as their names are in the reader's language.
  await page.locator('input[name=token]').fill(token);
  await page.locator('button[type=submit]').click();
  await page.locator('main#main h1').waitFor();
}

/** Opens a page, and waits until all of it is there. */
export async function settle(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.locator('h1').first().waitFor();
  // What is on its way is a status that ends in an ellipsis, in each language.
  await page.locator('main [role=status]', { hasText: /…$/ }).first().waitFor({ state: 'detached' });
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
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(AXE);
  const found: unknown = await page.evaluate(
    `axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'],
    }).then(({ violations }) => violations)`,
  );
  return Violations.parse(found).map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`,
  );
}

const LANGUAGES = ['en', 'zh-CN', 'es'] as const;
const THEMES = {
  light: { colorScheme: 'light', forcedColors: 'none' },
  dark: { colorScheme: 'dark', forcedColors: 'none' },
  'forced colours': { colorScheme: 'light', forcedColors: 'active' },
} as const;
const NARROW = 320;

/**
 * Barriers of these pages at 320 px in every theme and every language, and pages that are wider than that. A page is loaded
 * once a language: a theme is only other colours, which the browser changes where the page stands.
 */
export async function barriersOf(dashboard: Dashboard, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const locale of LANGUAGES) {
    const page = await dashboard.person({ locale, viewport: { width: NARROW, height: 640 } });
    const language = await page.locator('html').getAttribute('lang');
    if (language !== locale) found.push(`${locale} is shown in ${language}`);
    for (const path of paths) {
      await settle(page, `${dashboard.origin}${path}`);
      // What is read from the server may come after the heading.
      await page.waitForTimeout(200);
      // What is folded is there for who opens it; what hovers over the page would hide it.
      await page.evaluate(
        "document.querySelectorAll('main details:not(:has(> .absolute))').forEach((one) => { one.open = true; })",
      );
      const wide = Number(await page.evaluate('document.documentElement.scrollWidth'));
      if (wide > NARROW) found.push(`${locale} ${path} is ${wide} px wide`);
      for (const [theme, media] of Object.entries(THEMES)) {
        await page.emulateMedia(media);
        found.push(...(await barriers(page)).map((words) => `${locale}, ${theme}: ${path} ${words}`));
      }
    }
    await page.context().close();
  }
  return found;
}
