/** An agent of LangChain with the adapters for MCP. */
import { MultiServerMCPClient } from '@langchain/mcp-adapters';
import { ChatOpenAI } from '@langchain/openai';
import { createAgent } from 'langchain';
import { startModel } from '../model.mjs';

export async function connect({ url, command, args, env }) {
  const portolan = command ? { transport: 'stdio', command, args, env } : { transport: 'http', url };
  const client = new MultiServerMCPClient({ mcpServers: { portolan } });
  const tools = await client.getTools();
  const model = await startModel();
  const agent = createAgent({
    model: new ChatOpenAI({
      model: 'loopback',
      apiKey: 'none',
      maxRetries: 0,
      configuration: { baseURL: model.url },
    }),
    tools,
  });
  return {
    aborts: true,
    tools: async () => tools.map(({ name }) => name),
    call: (name, args, signal) =>
      model.during(name, args, async () => {
        const { messages } = await agent.invoke(
          { messages: [{ role: 'user', content: 'Scan.' }] },
          { signal },
        );
        return messages.at(-1).content;
      }),
    async close() {
      model.close();
      await client.close();
    },
  };
}
