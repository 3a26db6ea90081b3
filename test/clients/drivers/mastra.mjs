/** Mastra's client; what a tool gives back is what its agent hands to the model. */
import { MCPClient } from '@mastra/mcp';

export async function connect({ url, command, args, env }) {
  const portolan = command ? { command, args, env } : { url: new URL(url) };
  const client = new MCPClient({ servers: { portolan } });
  const tools = await client.listTools();
  return {
    aborts: true,
    tools: async () => Object.keys(tools).map((name) => name.replace(/^portolan_/, '')),
    call: async (name, args, abortSignal) =>
      JSON.stringify(await tools[`portolan_${name}`].execute(args, { abortSignal, mcp: { extra: {} } })),
    close: () => client.disconnect(),
  };
}
