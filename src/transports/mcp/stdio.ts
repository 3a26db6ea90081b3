/** MCP over stdin and stdout, for the person who started us. Nothing but the protocol may be written to stdout. */
import { Console } from 'node:console';
import type { McpServer } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { LOCAL_CALLER } from '../../core/caller.ts';
import { createMcpServer, type List, type McpDependencies, sendListChanged } from './server.ts';
import { tellUpdated } from './subscriptions.ts';

/** Longest message a client may send; the largest real one is a list of 1024 targets. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

export interface StdioService {
  /** Fulfilled when the client has closed its end, or close() was called. */
  closed: Promise<void>;
  /** Tells the client that the list of tools (prompts, resources) is another one now. */
  listChanged(list: List): void;
  /** Tells the client that pages have changed, if it asked to hear of them. */
  updated(uris: readonly string[]): void;
  close(): Promise<void>;
}

/**
 * Serves the process's stdio in the era the client opens with: 2025 `initialize`, or 2026-07-28. When the client closes
 * its end, calls that still wait are aborted unanswered (their scans go on until the process ends) and `closed` is
 * fulfilled. From here on console.log writes to stderr, so that no library can break the protocol.
 */
export function startStdio(deps: McpDependencies, onError: (error: Error) => void): StdioService {
  globalThis.console = new Console(process.stderr, process.stderr);
  const transport = new StdioServerTransport(process.stdin, process.stdout, {
    maxBufferSize: MAX_MESSAGE_BYTES,
  });
  // The last one built serves the connection: one before it can only have been a probe (server/discover).
  let server: McpServer | undefined;
  let spoken: 'legacy' | 'modern' = 'legacy';
  const handle = serveStdio(
    ({ era }) => {
      spoken = era;
      server = createMcpServer(deps, { era, caller: LOCAL_CALLER });
      return server;
    },
    { transport, onerror: onError },
  );
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const onclose = transport.onclose;
  transport.onclose = () => {
    onclose?.();
    // What changes from now on is told to nobody.
    server = undefined;
    resolve();
  };
  return {
    closed,
    listChanged: (list) => server && sendListChanged(server, list),
    updated: (uris) => void (server && tellUpdated(server, spoken, uris).catch(onError)),
    close: () => handle.close(),
  };
}
