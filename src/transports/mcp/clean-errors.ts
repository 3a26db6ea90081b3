/**
 * Errors as they leave over MCP: those of the SDK repeat names and addresses of the caller as they came ("Prompt … not
 * found"), for a terminal or a log to show. Ours were clean when they were made.
 */
import { isJsonContentType, type McpServer, type Transport } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { cleanDeep, cleanField } from '../../core/clean.ts';
import { ERROR_CODES } from '../../core/errors.ts';

/** Makes every error that this server answers with, on whatever transport, clean. */
export function cleanErrors({ server }: McpServer): void {
  const connect = server.connect.bind(server);
  server.connect = (transport) => connect(cleaning(transport));
}

/** The same for what the SDK refuses before a message gets so far: headers that do not fit it, sessions. */
export async function cleanRefusal(response: Response): Promise<Response> {
  const { status, headers } = response;
  if (status < 400 || !isJsonContentType(headers.get('content-type'))) return response;
  const kept = new Headers(headers);
  kept.delete('content-length');
  return Response.json(cleanMessage(await response.json()), { status, headers: kept });
}

function cleaning(transport: Transport): Transport {
  const send = transport.send.bind(transport);
  transport.send = (message, options) =>
    send('error' in message ? { ...message, error: cleanError(message.error) } : message, options);
  return transport;
}

const Failure = z.looseObject({
  error: z.looseObject({ code: z.number(), message: z.string(), data: z.unknown().optional() }),
});
type RpcError = z.infer<typeof Failure>['error'];

function cleanMessage(body: unknown): unknown {
  const failure = Failure.safeParse(body).data;
  return failure ? { ...failure, error: cleanError(failure.error) } : body;
}

const Ours = z.looseObject({ code: z.enum(ERROR_CODES), next: z.string() });

function cleanError<Problem extends RpcError | { code: number; message: string; data?: unknown }>(
  error: Problem,
): Problem {
  const { message, data } = error;
  // Ours has a line for its next step; in others a line break is a caller's.
  if (Ours.safeParse(data).success) return error;
  return {
    ...error,
    message: inOneLine(message),
    ...(data === undefined ? {} : { data: cleanDeep(data, inOneLine) }),
  };
}

const inOneLine = (text: string) => cleanField(text, Number.POSITIVE_INFINITY);
