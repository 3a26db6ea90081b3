/** The SDK that Portolan itself is built on, in the era the target says. Not a copy that a client below brought along. */
import {
  Client,
  StreamableHTTPClientTransport,
} from '../../../node_modules/@modelcontextprotocol/client/dist/index.mjs';
import { StdioClientTransport } from '../../../node_modules/@modelcontextprotocol/client/dist/stdio.mjs';

export async function connect({ url, command, args, env, era }) {
  const mode = era === '2025-11-25' ? 'legacy' : { pin: era };
  const client = new Client({ name: 'sdk-2', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(
    command
      ? new StdioClientTransport({ command, args, env, stderr: 'inherit' })
      : new StreamableHTTPClientTransport(new URL(url)),
  );
  return {
    aborts: true,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args, signal) =>
      JSON.stringify(await client.callTool({ name, arguments: args }, { signal, timeout: 120_000 })),
    close: () => client.close(),
  };
}
