/** @modelcontextprotocol/sdk 1.x, on which most clients are built. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

export async function connect({ url, sse, command, args, env }) {
  const client = new Client({ name: 'sdk-1', version: '1' });
  const transport = command
    ? new StdioClientTransport({ command, args, env, stderr: 'inherit' })
    : sse
      ? new SSEClientTransport(new URL(url))
      : new StreamableHTTPClientTransport(new URL(url));
  await client.connect(transport);
  return {
    aborts: true,
    // Learns the output schemas, against which it then holds every answer.
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args, signal) =>
      JSON.stringify(
        await client.callTool({ name, arguments: args }, undefined, { signal, timeout: 120_000 }),
      ),
    close: () => client.close(),
  };
}
