/** The view in the chat: the SDK's own host in a real browser, the real server over stdio, real scans. */
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { type Browser, chromium, type Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freePorts, type Listener, listen } from '../listeners.ts';
import { cleanEnvironment, type Home, mainArguments, makeHome } from '../portolan.ts';
import { barriers, watch } from './browser.ts';
import { type Chat, startChat } from './chat-host.ts';

const NET = '127.0.13';
const HOST = `${NET}.7`;
const URI = 'ui://portolan/view';
/** What nmap takes for a version: markup that acts on whoever lets it. */
const MARKUP = `9<img src=x onerror="document.title='owned'">`;
const MAY = { serverTools: {}, updateModelContext: { text: {} } };
const ENGLISH = { theme: 'light', locale: 'en-GB' } as const;

/** What hosts look for at a tool, and looked for before. */
const OFFERED = { ui: { resourceUri: URI }, 'ui/resourceUri': URI };

let home: Home;
let client: Client;
let browser: Browser;
let chat: Chat;
let port: number;
const listeners: Listener[] = [];
const problems: string[] = [];
const Contents = z.array(z.object({ text: z.string() }));

const call = (name: string, args: Record<string, unknown>) =>
  client.callTool({ name, arguments: args }, { timeout: 120_000 });
const scan = () =>
  call('custom_scan', { command: `-sT -sV --version-light -Pn -n -p ${port}-${port + 1} ${HOST}` });
/** Opens the view with what a tool answers. */
async function shown(
  tool: string,
  args: Record<string, unknown>,
  capabilities: object = MAY,
): Promise<Frame> {
  const frame = await chat.open(capabilities, ENGLISH);
  await chat.show(args, await call(tool, args));
  return frame;
}
async function stillExpected(): Promise<unknown[]> {
  const { structuredContent } = await call('list_expectations', {});
  const { expectations } = z
    .object({ expectations: z.array(z.object({ ended: z.boolean() })) })
    .parse(structuredContent);
  return expectations.filter(({ ended }) => !ended);
}

beforeAll(async () => {
  home = makeHome();
  client = new Client(
    { name: 'chat', version: '1' },
    {
      capabilities: {
        extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } },
      },
    },
  );
  const settings = [
    'inventory.recheckSeconds=0',
    'rateLimit.scansPerMinute=0',
    'rateLimit.readsPerMinute=0',
    'scans.syncWaitSeconds=20',
    'tools.toolsets=scan,tasks,inventory,inventory_admin',
  ];
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [...mainArguments(home), ...settings.flatMap((one) => ['--set', one])],
      env: cleanEnvironment(home),
      stderr: 'inherit',
    }),
  );
  port = await freePorts(2);
  listeners.push(await listen(HOST, port, `220 vsFTPd ${MARKUP} ready...\r\n`));
  await scan();
  listeners.push(await listen(HOST, port + 1, 'hello\r\n'));
  await scan();
  await scan();
  const { contents } = await client.readResource({ uri: URI });
  const [view] = Contents.parse(contents);
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  chat = await startChat(browser, view?.text ?? '', ({ name, arguments: args = {} }) => call(name, args));
  watch(chat.page, chat.origin, problems);
}, 240_000);
afterAll(async () => {
  await chat?.close();
  await browser?.close();
  await client?.close();
  for (const one of listeners) await one.close();
  home.remove();
  expect(problems).toEqual([]);
});

it('is offered with the tools whose answers it shows', async () => {
  const { tools } = await client.listTools();
  const metaOf = new Map(tools.map(({ name, _meta }) => [name, _meta]));
  for (const tool of [
    'what_changed',
    'get_asset',
    'find_assets',
    'show_coverage',
    'get_task_status',
    'quick_scan',
  ])
    expect(metaOf.get(tool), tool).toEqual(OFFERED);
  expect(metaOf.get('accept_changes')).toBeUndefined();
});

describe('changes', () => {
  it('accepts one by a button that names what becomes expected, with the keyboard, and takes it back', async () => {
    const frame = await shown('what_changed', { since: 'baseline' });
    await frame.getByRole('heading', { level: 1, name: 'Changes' }).waitFor();
    expect(await stillExpected()).toEqual([]);
    // The name has marks about what comes from the network, so that it cannot turn the sentence around.
    const accept = frame.getByRole('button', {
      name: new RegExp(`^Expect ${port + 1}/tcp to be open on .?${HOST}`),
    });
    await accept.focus();
    await chat.page.keyboard.press('Enter');
    await frame
      .getByRole('status')
      .getByText(/Expected from now on: .*may be open/)
      .waitFor();
    expect(await stillExpected()).toHaveLength(1);
    expect(JSON.stringify(await chat.run('told'))).toContain('Expected from now on');
    // Reading goes on at what came of it, and a second Enter does nothing.
    expect(await frame.evaluate('document.activeElement.getAttribute("role")')).toBe('status');
    await chat.page.keyboard.press('Enter');
    expect(await stillExpected()).toHaveLength(1);
    await frame.getByRole('button', { name: /^Undo: port opened/ }).click();
    await frame.getByRole('status').getByText('waits for a decision again').waitFor();
    await accept.waitFor();
    expect(await stillExpected()).toEqual([]);
  });

  it('offers no decision where the chat lets it call nothing', async () => {
    const frame = await shown('what_changed', { since: 'baseline' }, {});
    await frame.getByText('This chat lets the page read only.').waitFor();
    expect(await frame.getByRole('button').count()).toBe(0);
  });
});

describe('words from the network', () => {
  it('are text, whatever is in them', async () => {
    const frame = await shown('get_asset', { asset: HOST });
    await frame.getByText(MARKUP).first().waitFor();
    expect(await frame.locator('img').count()).toBe(0);
    expect(await frame.evaluate('document.title')).toBe('Portolan');
  });

  it('show what they would hide, even where no server of ours cleaned them', async () => {
    const answer = await call('what_changed', { since: 'baseline' });
    const forged = JSON.parse(
      JSON.stringify(answer).replaceAll(HOST, 'gnp\\u202egpj\\u0000<b>Undo</b>\\u200b'),
    );
    const frame = await chat.open(MAY, ENGLISH);
    await chat.show({}, forged);
    await frame.getByRole('button', { name: 'gnp⟨202E⟩gpj⟨0000⟩<b>Undo</b>⟨200B⟩' }).first().waitFor();
    expect(await frame.evaluate('/[\\u202e\\u0000\\u200b]/.test(document.body.textContent)')).toBe(false);
    expect(await frame.locator('b').count()).toBe(0);
  });

  it('reach nothing: the policy of the page runs no script but its own, and asks nobody', async () => {
    const frame = await shown('get_asset', { asset: HOST });
    await frame.locator('h1').waitFor();
    const before = problems.length;
    const tried = `(async () => {
      const script = document.createElement('script');
      try { script.text = 'document.title = "owned"'; document.head.append(script); } catch {}
      document.head.append(Object.assign(document.createElement('style'), { textContent: 'h1 { color: red }' }));
      return await fetch('${chat.origin}').then(() => 'answered', () => 'refused');
    })()`;
    expect(await frame.evaluate(tried)).toBe('refused');
    expect(await frame.evaluate('document.title')).toBe('Portolan');
    expect(await frame.evaluate('getComputedStyle(document.querySelector("h1")).color')).not.toBe(
      'rgb(255, 0, 0)',
    );
    // The browser says so on the console.
    expect(problems.splice(before).join()).toMatch(/Content Security Policy/);
  });

  it('of an error are told as it is', async () => {
    const frame = await shown('get_asset', { asset: 'no-such-host' });
    await frame.getByRole('alert').getByText('asset_not_found').waitFor();
  });
});

it('shows a network as a grid, moves in it with the arrows, and opens a host', async () => {
  for (const [tool, args] of [
    ['show_coverage', { network: `${NET}.0/24` }],
    ['find_assets', { query: `net:${NET}.0/24` }],
  ] as const) {
    const frame = await shown(tool, args);
    const cell = frame.getByRole('gridcell', { name: `${HOST}, present` });
    await cell.waitFor();
    expect(await frame.getByRole('gridcell').count()).toBe(256);
    await frame.getByRole('gridcell', { name: `${NET}.8, never looked at` }).waitFor();
    await cell.focus();
    await chat.page.keyboard.press('ArrowRight');
    expect(await frame.evaluate('document.activeElement.ariaLabel')).toContain(`${NET}.8`);
    await chat.page.keyboard.press('ArrowLeft');
    await chat.page.keyboard.press('Enter');
    await frame.getByRole('heading', { level: 1, name: HOST }).waitFor();
    await frame.getByRole('button', { name: 'Back' }).click();
    await cell.waitFor();
  }
});

it('follows a scan that runs, and shows what it found', async () => {
  // So slow that it is seen to run: some 12 seconds, of which the call waits none.
  const started = client.callTool({
    name: 'custom_scan',
    arguments: { command: `-sT -Pn -n --max-rate 5 -p ${port - 60}-${port} ${HOST}` },
  });
  const Tasks = z.object({ tasks: z.array(z.object({ task_id: z.string() })) });
  let task = '';
  await expect
    .poll(async () => {
      const { structuredContent } = await call('list_tasks', { state: 'running' });
      task = Tasks.parse(structuredContent).tasks[0]?.task_id ?? '';
      return task;
    })
    .not.toBe('');
  const frame = await shown('get_task_status', { task_id: task });
  await frame.getByRole('progressbar', { name: 'Progress of the scan' }).waitFor();
  await frame.getByRole('status').getByText('running').waitFor();
  await frame.getByText('completed').waitFor({ timeout: 60_000 });
  await frame.getByRole('cell', { name: `${port}/tcp` }).waitFor();
  await started;
});

it('looks and speaks as the chat does, without barriers, and is gone when the chat ends it', async () => {
  const languages = { en: 'en-GB', 'zh-CN': 'zh-TW', es: 'es-MX' };
  const scheme = (frame: Frame) => frame.evaluate('getComputedStyle(document.documentElement).colorScheme');
  const answers = [
    ['what_changed', { since: 'baseline' }],
    ['get_asset', { asset: HOST }],
    ['show_coverage', { network: `${NET}.0/24` }],
    ['find_assets', {}],
    ['custom_scan', { command: `-sT -Pn -n -p ${port} ${HOST}` }],
  ] as const;
  const found: string[] = [];
  const told = await Promise.all(
    answers.map(async ([tool, args]) => ({ tool, args, answer: await call(tool, args) })),
  );
  for (const [lang, locale] of Object.entries(languages)) {
    const frame = await chat.open(MAY, { theme: 'light', locale });
    for (const { tool, args, answer } of told) {
      await chat.show(args, answer);
      await frame.locator('h1').waitFor();
      if (tool === 'show_coverage') await frame.getByRole('gridcell').first().waitFor();
      for (const theme of ['light', 'dark'] as const) {
        await chat.run(`changeContext(${JSON.stringify({ theme, locale })})`);
        await expect.poll(() => scheme(frame)).toBe(theme);
        found.push(...(await barriers(frame)).map((one) => `${lang} ${theme} ${tool} ${one}`));
      }
      await chat.page.emulateMedia({ forcedColors: 'active' });
      found.push(...(await barriers(frame)).map((one) => `${lang} forced colours ${tool} ${one}`));
      await chat.page.emulateMedia({ forcedColors: 'none' });
    }
    expect(await frame.locator('html').getAttribute('lang')).toBe(lang);
  }
  expect(found).toEqual([]);
  const frame = await shown('what_changed', { since: 'baseline' });
  await frame.locator('h1').waitFor();
  const variables = { '--color-background-primary': 'rgb(1, 2, 3)', color: 'red' };
  await chat.run(`changeContext(${JSON.stringify({ theme: 'dark', locale: 'es', styles: { variables } })})`);
  await frame.getByRole('heading', { level: 1, name: 'Cambios' }).waitFor();
  expect(await frame.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(1, 2, 3)');
  expect(await frame.evaluate('getComputedStyle(document.documentElement).colorScheme')).toBe('dark');
  await chat.run('endView()');
  await frame.locator('h1').waitFor({ state: 'detached' });
});
