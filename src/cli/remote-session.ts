/** The tools of a server elsewhere, as any MCP client sees them. What it says is cleaned before it is shown. */
import {
  Client,
  ProtocolError,
  SdkHttpError,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { z } from 'zod';
import { VERSION } from '../config/version.ts';
import { cleanDeep, cleanField, cleanText } from '../core/clean.ts';
import { ERROR_CODES, PortolanError } from '../core/errors.ts';
import { factsOf } from '../transports/mcp/result.ts';
import type { Answer, Session } from './session.ts';

/** A scan call may wait ten minutes; progress keeps longer ones alive. */
const TIMEOUT_MS = 660_000;
/** Longest text answer shown. */
const MAX_TEXT = 1_000_000;

/** @throws PortolanError `unauthorized`, or `server_unreachable` when nobody answers there. */
export async function openRemote(url: URL, token: string | undefined): Promise<Session> {
  const client = new Client(
    { name: 'portolan-cli', version: VERSION },
    { versionNegotiation: { mode: 'auto' } },
  );
  const transport = new StreamableHTTPClientTransport(url, {
    requestInit: token ? { headers: { Authorization: `Bearer ${token}` } } : {},
  });
  try {
    await client.connect(transport);
  } catch (error) {
    throw unreachable(url, error);
  }
  return {
    async tools() {
      const { tools } = await client.listTools();
      return tools.map((tool) => ({
        name: cleanField(tool.name, 128),
        title: cleanField(tool.title ?? tool.name),
        inputSchema: tool.inputSchema,
      }));
    },
    async call(name, args, { signal, progress }): Promise<Answer> {
      const result = await client.callTool(
        { name, arguments: args },
        {
          signal,
          timeout: TIMEOUT_MS,
          resetTimeoutOnProgress: true,
          onprogress: (update) =>
            progress((update.progress / (update.total || 100)) * 100, cleanField(update.message ?? '')),
        },
      );
      const text = result.content.map((block) => (block.type === 'text' ? block.text : '')).join('\n');
      const ok = result.isError !== true;
      return {
        ok,
        text: cleanText(text.trim(), MAX_TEXT),
        structured: cleanDeep(factsOf(result)),
        // Every error text begins with its code.
        code: ok ? undefined : /^([a-z_]+): /.exec(text.trim())?.[1],
      };
    },
    async report(taskId, format) {
      const { contents } = await client
        .readResource({ uri: `scan://${taskId}/report.${format}` }, { timeout: TIMEOUT_MS })
        .catch(refused);
      const text = contents.map((content) => ('text' in content ? content.text : '')).join('');
      return pieces(format === 'json' ? safeJson(text) : cleanText(text, Number.POSITIVE_INFINITY));
    },
    close: () => client.close(),
  };
}

async function* pieces(text: string): AsyncIterable<string> {
  yield text;
}

/** As {@link cleanText}, in a way that leaves it JSON. */
function safeJson(text: string): string {
  return `${JSON.stringify(cleanDeep(JSON.parse(text)), null, 2)}\n`;
}

const Refusal = z.object({
  code: z.enum(ERROR_CODES),
  message: z.string().transform((text) => cleanField(text)),
  next: z.string().transform((text) => cleanField(text)),
});

/** What the server refuses outside of tools comes as an error of the protocol, with our own words in its data. */
function refused(error: unknown): never {
  const said = error instanceof ProtocolError ? Refusal.safeParse(error.data).data : undefined;
  if (!said) throw error;
  throw new PortolanError(said.code, said.message, said.next, { cause: error });
}

function unreachable(url: URL, error: unknown): PortolanError {
  if (error instanceof SdkHttpError && (error.status === 401 || error.status === 403)) {
    return new PortolanError(
      'unauthorized',
      `${url.origin} does not accept the token.`,
      'Put the token into the environment variable PORTOLAN_TOKEN, or name another one with --token-env.',
      { cause: error },
    );
  }
  const reason = firstCause(error);
  const distrusted = /certificate/i.test(reason);
  return new PortolanError(
    'server_unreachable',
    `No MCP server answers at ${url.origin}${url.pathname}: ${cleanField(reason, 300)}`,
    distrusted
      ? 'Name the file of the authority that signed it: NODE_EXTRA_CA_CERTS=/path/to/ca.pem portolan …'
      : 'Check the address and that `portolan serve` runs there; the path is normally /mcp.',
    { cause: error },
  );
}

/** fetch says only that it failed, and the SDK wraps that once more. */
function firstCause(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return firstCause(error.cause) || error.message;
}
