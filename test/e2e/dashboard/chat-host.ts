/** A chat with the SDK's own host of MCP Apps in it, as a page for a browser; its tools are called out here. */
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { McpUiHostCapabilities, McpUiHostContext } from '@modelcontextprotocol/ext-apps/app-bridge';
import type { Browser, Frame, Page } from 'playwright-core';
import { rolldown } from 'rolldown';

const PAGE = 'chat-host';
/** The view is put where hosts put it: into a frame that may run scripts and has no origin. */
const SOURCE = `
import { AppBridge, PostMessageTransport } from '@modelcontextprotocol/ext-apps/app-bridge';
let bridge;
window.told = [];
window.openView = async (name, html, capabilities, hostContext) => {
  document.querySelector('iframe')?.remove();
  const frame = document.createElement('iframe');
  frame.name = name;
  frame.title = 'view';
  frame.style = 'width: 100%; border: 0';
  frame.setAttribute('sandbox', 'allow-scripts');
  document.body.append(frame);
  bridge = new AppBridge(null, { name: 'chat', version: '1' }, capabilities, { hostContext });
  bridge.oncalltool = (params) => window.callTool(params);
  bridge.onupdatemodelcontext = async (params) => { window.told.push(params); return {}; };
  bridge.onsizechange = ({ height }) => { frame.style.height = height + 'px'; };
  const ready = new Promise((resolve) => { bridge.oninitialized = resolve; });
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  frame.srcdoc = html;
  await ready;
};
window.showAnswer = async (args, result) => {
  await bridge.sendToolInput({ arguments: args });
  await bridge.sendToolResult(result);
};
window.changeContext = (context) => bridge.setHostContext(context);
window.endView = () => bridge.teardownResource({});
`;

async function script(): Promise<string> {
  const bundle = await rolldown({
    input: PAGE,
    cwd: join(import.meta.dirname, '../../..'),
    platform: 'browser',
    plugins: [
      {
        name: PAGE,
        resolveId: (id) => (id === PAGE ? join(import.meta.dirname, PAGE) : undefined),
        load: (id) => (id.endsWith(`/${PAGE}`) ? { code: SOURCE, moduleType: 'js' } : undefined),
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
  return output[0].code;
}

type CallTool = (params: { name: string; arguments?: Record<string, unknown> }) => Promise<unknown>;

export interface Chat {
  page: Page;
  origin: string;
  /** Opens the view anew. */
  open(capabilities: McpUiHostCapabilities, context: McpUiHostContext): Promise<Frame>;
  show(args: Record<string, unknown>, result: unknown): Promise<void>;
  run(code: string): Promise<unknown>;
  close(): Promise<void>;
}

/** @param html the view @param callTool what the chat does when the view calls a tool */
export async function startChat(browser: Browser, html: string, callTool: CallTool): Promise<Chat> {
  const code = await script();
  const server = createServer(({ url }, response) => {
    response.setHeader('Content-Type', url === '/host.js' ? 'text/javascript' : 'text/html');
    response.end(
      url === '/host.js'
        ? code
        : '<!doctype html><html lang="en"><title>Chat</title><body><script type="module" src="/host.js"></script>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
  await page.exposeFunction('callTool', callTool);
  let opened = 0;
  const run = (text: string) => page.evaluate(text);
  return {
    page,
    origin,
    run,
    async open(capabilities, context) {
      if (page.url() === 'about:blank') await page.goto(origin);
      await page.waitForFunction('window.openView !== undefined');
      opened += 1;
      const name = `view-${opened}`;
      await run(`openView(...${JSON.stringify([name, html, capabilities, context])})`);
      const frame = await (await page.waitForSelector(`iframe[name="${name}"]`)).contentFrame();
      if (!frame) throw new Error('the view has no frame');
      return frame;
    },
    async show(args, result) {
      await run(`showAnswer(...${JSON.stringify([args, result])})`);
    },
    async close() {
      await page.context().close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
