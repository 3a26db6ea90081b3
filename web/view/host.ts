/**
 * The chat around the view: JSON-RPC over postMessage, as the extension MCP Apps has it (specification of 2026-01-26). The
 * SDK's own client of it, with what it needs, is nine times as large as this file may be.
 */
import * as v from 'valibot';

const Message = v.object({
  jsonrpc: v.literal('2.0'),
  id: v.optional(v.union([v.string(), v.number()])),
  method: v.optional(v.string()),
  params: v.optional(v.unknown()),
  result: v.optional(v.unknown()),
  error: v.optional(v.object({ message: v.string() })),
});

export const Context = v.object({
  theme: v.optional(v.picklist(['light', 'dark'])),
  locale: v.optional(v.string()),
  styles: v.optional(v.object({ variables: v.optional(v.record(v.string(), v.optional(v.string()))) })),
  safeAreaInsets: v.optional(
    v.object({ top: v.number(), right: v.number(), bottom: v.number(), left: v.number() }),
  ),
});
export type Context = v.InferOutput<typeof Context>;

const Initialized = v.object({
  hostCapabilities: v.object({
    serverTools: v.optional(v.unknown()),
    updateModelContext: v.optional(v.unknown()),
  }),
  hostContext: v.fallback(Context, {}),
});

const ToolResult = v.object({
  content: v.optional(v.array(v.object({ type: v.string(), text: v.optional(v.string()) })), []),
  structuredContent: v.optional(v.unknown()),
  isError: v.optional(v.boolean()),
});

const ToolInput = v.object({ arguments: v.record(v.string(), v.unknown()) });

/** What a tool answered. */
export interface Told {
  text: string;
  facts: unknown;
  failed: boolean;
}

export interface Host {
  /** False: the chat lets the view call no tools. */
  mayCall: boolean;
  /** @throws Error in the chat's words, when it refuses. What a tool refuses is told (`failed`). */
  call(tool: string, args: Record<string, unknown>): Promise<Told>;
  /** Tells the model what a person did here; it reads it with the next message. */
  tellModel(text: string): void;
  /** How high the page is, in CSS pixels. */
  tellHeight(height: number): void;
}

/** What the chat says, in the order it says it. */
export interface Heard {
  context(changed: Context): void;
  asked(args: Record<string, unknown>): void;
  told(answer: Told): void;
  /** The view goes away. */
  end(): void;
}

/** Shakes hands with the chat. What it says is heard from then on. */
export async function connect(chat: Window, heard: Heard): Promise<Host> {
  const waiting = new Map<unknown, { resolve(result: unknown): void; reject(error: Error): void }>();
  let last = 0;
  // Whoever embeds the view may read what it says: which page that is, it cannot know.
  const send = (message: Record<string, unknown>) => chat.postMessage({ jsonrpc: '2.0', ...message }, '*');
  const ask = (method: string, params: Record<string, unknown>) =>
    new Promise<unknown>((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      send({ id: last, method, params });
    });
  const answer = (id: string | number, method: string) => {
    if (method === 'ping' || method === 'ui/resource-teardown') send({ id, result: {} });
    else send({ id, error: { code: -32601, message: `The view knows no ${method}.` } });
    if (method === 'ui/resource-teardown') heard.end();
  };
  addEventListener('message', ({ source, data }) => {
    const read = v.safeParse(Message, data);
    if (source !== chat || !read.success) return;
    const { id, method, params, result, error } = read.output;
    if (method === undefined) {
      if (error) waiting.get(id)?.reject(new Error(error.message));
      else waiting.get(id)?.resolve(result);
      waiting.delete(id);
    } else if (id !== undefined) answer(id, method);
    else hear(method, params, heard);
  });
  const { hostCapabilities, hostContext } = v.parse(
    Initialized,
    await ask('ui/initialize', {
      appInfo: { name: 'portolan-view', version: '1' },
      appCapabilities: { availableDisplayModes: ['inline', 'fullscreen'] },
      protocolVersion: '2026-01-26',
    }),
  );
  heard.context(hostContext);
  send({ method: 'ui/notifications/initialized' });
  return {
    mayCall: hostCapabilities.serverTools !== undefined,
    call: async (name, args) => toldBy(await ask('tools/call', { name, arguments: args })),
    tellModel(text) {
      if (hostCapabilities.updateModelContext === undefined) return;
      // A chat that does not take it shows what was decided all the same.
      void ask('ui/update-model-context', { content: [{ type: 'text', text }] }).catch(() => {});
    },
    tellHeight: (height) => send({ method: 'ui/notifications/size-changed', params: { height } }),
  };
}

function hear(method: string, params: unknown, heard: Heard): void {
  if (method === 'ui/notifications/host-context-changed') {
    const { success, output } = v.safeParse(Context, params);
    if (success) heard.context(output);
  } else if (method === 'ui/notifications/tool-input') {
    const { success, output } = v.safeParse(ToolInput, params);
    if (success) heard.asked(output.arguments);
  } else if (method === 'ui/notifications/tool-result') {
    heard.told(toldBy(params));
  }
}

function toldBy(result: unknown): Told {
  const { content, structuredContent: facts, isError } = v.parse(ToolResult, result);
  const [first] = content.filter(({ type }) => type === 'text');
  return { text: first?.text ?? '', facts, failed: isError === true };
}
