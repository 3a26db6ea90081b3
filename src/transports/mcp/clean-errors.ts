/**
 * Errors as they leave over MCP: those of the SDK repeat names and addresses of the caller as they came ("Prompt … not
 * found"), for a terminal or a log to show. Ours were clean when they were made.
 */
import type { McpServer, Transport } from '@modelcontextprotocol/server';
import { cleanDeep, cleanText } from '../../core/clean.ts';

/** Makes every error that this server answers with, on whatever transport, clean. */
export function cleanErrors({ server }: McpServer): void {
  const connect = server.connect.bind(server);
  server.connect = (transport) => connect(cleaning(transport));
}

function cleaning(transport: Transport): Transport {
  const send = transport.send.bind(transport);
  transport.send = (message, options) => {
    if (!('error' in message)) return send(message, options);
    const { message: words, data, ...rest } = message.error;
    const error = {
      ...rest,
      message: cleanText(words),
      ...(data === undefined ? {} : { data: cleanDeep(data) }),
    };
    return send({ ...message, error }, options);
  };
  return transport;
}
