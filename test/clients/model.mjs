/** A model on this machine that speaks OpenAI's chat completions: it calls the tool it is told to, then says "done". */
import { createServer } from 'node:http';

export async function startModel() {
  let wanted;
  let heard;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { messages } = JSON.parse(body);
    const last = messages.at(-1);
    if (last.role === 'tool') heard = last.content;
    const message =
      last.role === 'tool'
        ? { role: 'assistant', content: 'done' }
        : {
            role: 'assistant',
            content: null,
            tool_calls: [
              {
                id: 'call_1',
                type: 'function',
                function: { name: wanted.name, arguments: JSON.stringify(wanted.args) },
              },
            ],
          };
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        id: `chat-${messages.length}`,
        object: 'chat.completion',
        created: 0,
        model: 'loopback',
        choices: [{ index: 0, message, finish_reason: message.tool_calls ? 'tool_calls' : 'stop' }],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      }),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    /** Lets `agent` run while the model wants this tool. @returns what the tool's answer was when it came to the model. */
    async during(name, args, agent) {
      wanted = { name, args };
      heard = undefined;
      const said = await agent();
      if (said !== 'done') throw new Error(`The agent ended with ${JSON.stringify(said)}.`);
      return typeof heard === 'string' ? heard : JSON.stringify(heard);
    },
    close: () => server.close(),
  };
}
