/** An agent of OpenAI's Agents SDK. */
import {
  Agent,
  MCPServerStdio,
  MCPServerStreamableHttp,
  OpenAIChatCompletionsModel,
  run,
  setTracingDisabled,
} from '@openai/agents';
import OpenAI from 'openai';
import { startModel } from '../model.mjs';

setTracingDisabled(true);

export async function connect({ url, command, args, env }) {
  const server = command
    ? new MCPServerStdio({ name: 'portolan', command, args, env })
    : new MCPServerStreamableHttp({ name: 'portolan', url });
  await server.connect();
  const model = await startModel();
  const client = new OpenAI({ baseURL: model.url, apiKey: 'none', maxRetries: 0 });
  const agent = new Agent({
    name: 'scanner',
    model: new OpenAIChatCompletionsModel(client, 'loopback'),
    mcpServers: [server],
  });
  return {
    aborts: true,
    tools: async () => (await server.listTools()).map(({ name }) => name),
    call: (name, args, signal) =>
      model.during(name, args, async () => (await run(agent, 'Scan.', { signal })).finalOutput),
    async close() {
      model.close();
      await server.close();
    },
  };
}
