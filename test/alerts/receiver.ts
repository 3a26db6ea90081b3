/** A service on loopback that takes what channels send over HTTP, and answers as a test wants. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Taken {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Receiver {
  url: string;
  /** All requests it answered with 2xx. */
  taken: Taken[];
  /** Those that it answered otherwise. */
  refused: Taken[];
  /** From now on it answers so; 200 and `{}` at first. */
  answer(status: number, body?: string, headers?: Readonly<Record<string, string>>): void;
  close(): Promise<void>;
}

/** @param tls key and certificate, PEM. @param host a loopback address */
export async function startReceiver(
  tls?: { key: string; cert: string },
  host = '127.0.0.1',
): Promise<Receiver> {
  const [taken, refused]: [Taken[], Taken[]] = [[], []];
  let said: { status: number; body: string; headers: Readonly<Record<string, string>> } = {
    status: 200,
    body: '{}',
    headers: {},
  };
  const handler = (...[request, response]: Parameters<NonNullable<Parameters<typeof createServer>[1]>>) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const one = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
      (said.status < 300 ? taken : refused).push(one);
      response.writeHead(said.status, { 'content-type': 'application/json', ...said.headers }).end(said.body);
    });
  };
  const server: Server = tls ? createTlsServer(tls, handler) : createServer({}, handler);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://${host}:${port}`,
    taken,
    refused,
    answer: (status, body = '{}', headers = {}) => {
      said = { status, body, headers };
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** What a webhook was told, in the order in which it came. */
export const linesOf = (taken: readonly Taken[]): string[] =>
  taken.map(({ body }) => JSON.parse(body).data.title as string);
