/** mcporter, with the text it prints. */
import { createCallResult, createRuntime } from 'mcporter';

export async function connect({ url, command, args, env }) {
  const how = command
    ? { kind: 'stdio', command, args, cwd: process.cwd() }
    : { kind: 'http', url: new URL(url) };
  const runtime = await createRuntime({ servers: [{ name: 'portolan', command: how, env }] });
  return {
    aborts: false,
    tools: async () => (await runtime.listTools('portolan')).map(({ name }) => name),
    async call(name, args) {
      const raw = await runtime.callTool('portolan', name, { args, timeoutMs: 120_000 });
      return createCallResult(raw).text('\n') ?? JSON.stringify(raw);
    },
    close: () => runtime.close(),
  };
}
