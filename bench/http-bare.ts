/** What bench/http.bench.ts measures against: Hono with the SDK's own handler and one trivial tool. Prints its port. */
import { serve } from '@hono/node-server';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { Hono } from 'hono';
import { z } from 'zod';

const tool = {
  title: 'Trivial',
  description: 'Gives back what it was given.',
  inputSchema: z.strictObject({ text: z.string() }),
  outputSchema: z.strictObject({ text: z.string() }),
};
const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'bare', version: '1' });
  server.registerTool('trivial', tool, ({ text }) => ({
    content: [{ type: 'text', text }],
    structuredContent: { text },
  }));
  return server;
});
const app = new Hono();
app.all('/mcp', (context) => handler.fetch(context.req.raw));
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  console.error(`listens on http://127.0.0.1:${port}/mcp`),
);
process.once('SIGTERM', () => {
  server.close();
  process.exit(0);
});
