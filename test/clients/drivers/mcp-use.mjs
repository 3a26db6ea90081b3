/** mcp-use 1.x: the newest that has its client inside (2.x looks for one in another package, which the registry lacked). */
import { MCPClient } from 'mcp-use';

export async function connect({ url, command, args, env }) {
  const client = new MCPClient({ mcpServers: { portolan: command ? { command, args, env } : { url } } });
  const session = await client.createSession('portolan');
  return {
    aborts: false,
    tools: async () => (await session.listTools()).map(({ name }) => name),
    call: async (name, args) => JSON.stringify(await session.callTool(name, args)),
    close: () => client.closeAllSessions(),
  };
}
