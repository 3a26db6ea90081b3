/** What a request knows of its client: on 2026-07-28 the request itself says it, before that the handshake did. */
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type ClientCapabilities,
  type McpServer,
  type ServerContext,
  specTypeSchemas,
} from '@modelcontextprotocol/server';

/** What the client can do; undefined when it does not say, or says it wrongly. */
export function clientCapabilities(mcp: McpServer, context: ServerContext): ClientCapabilities | undefined {
  const declared = envelopeOf(context)[CLIENT_CAPABILITIES_META_KEY];
  if (declared === undefined) return mcp.server.getClientCapabilities();
  const parsed = specTypeSchemas.ClientCapabilities['~standard'].validate(declared);
  return parsed.issues ? undefined : parsed.value;
}

/** The name it gives itself, which proves nothing; undefined when it gives none. */
export function clientName(mcp: McpServer, context: ServerContext): string | undefined {
  const declared = envelopeOf(context)[CLIENT_INFO_META_KEY];
  if (declared === undefined) return mcp.server.getClientVersion()?.name;
  const parsed = specTypeSchemas.Implementation['~standard'].validate(declared);
  return parsed.issues ? undefined : parsed.value.name;
}

function envelopeOf(context: ServerContext): Record<string, unknown> {
  return { ...context.mcpReq.envelope };
}
