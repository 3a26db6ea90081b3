/** Vercel's AI SDK. */
import { createMCPClient } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport as StdioTransport } from '@ai-sdk/mcp/mcp-stdio';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, stepCountIs } from 'ai';
import { startModel } from '../model.mjs';

export async function connect({ url, command, args, env }) {
  const client = await createMCPClient({
    transport: command ? new StdioTransport({ command, args, env }) : { type: 'http', url },
  });
  const tools = await client.tools();
  const model = await startModel();
  const provider = createOpenAICompatible({ name: 'loopback', baseURL: model.url });
  return {
    aborts: true,
    tools: async () => Object.keys(tools),
    call: (name, args, abortSignal) =>
      model.during(name, args, async () => {
        const { text } = await generateText({
          model: provider('loopback'),
          tools,
          prompt: 'Scan.',
          stopWhen: stepCountIs(3),
          maxRetries: 0,
          abortSignal,
        });
        return text;
      }),
    async close() {
      model.close();
      await client.close();
    },
  };
}
