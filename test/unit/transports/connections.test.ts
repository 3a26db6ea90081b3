/** Shares of connections by address, on a real server and from two addresses of this machine. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ConnectionLimits, Connections } from '../../../src/transports/http/connections.ts';

const LIMITS: ConnectionLimits = {
  most: 6,
  mostPerAddress: 4,
  isProxy: () => false,
  firstByteMs: 60_000,
  stallMs: 60_000,
};

let server: Server;
let port: number;
let sockets: Socket[];
/** Whether each request came on a reserved place, in the order they came. */
let reserved: (boolean | undefined)[];
beforeEach(() => {
  sockets = [];
  reserved = [];
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.closeAllConnections();
  server.close();
});

/** Answers nothing: who has asked is not silent, and keeps its place. */
async function serve(limits: Partial<ConnectionLimits> = {}): Promise<void> {
  const connections = new Connections({ ...LIMITS, ...limits });
  server = createServer((request, response) => {
    reserved.push(connections.began(request, response));
  });
  connections.of(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = server.address();
  port = typeof at === 'object' && at !== null ? at.port : 0;
}

async function ask(localAddress: string, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const before = reserved.length;
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    socket.on('error', () => {});
    sockets.push(socket);
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await expect.poll(() => reserved.length).toBe(before + 1);
  }
}

it('one address has its share, and another one an ordinary place', async () => {
  await serve();
  await ask('127.0.0.2', 8);
  await ask('127.0.0.1', 2);
  expect(reserved).toEqual([...Array(4).fill(false), ...Array(4).fill(true), false, false]);
});

it('a proxy speaks for many, and has as many as there are', async () => {
  await serve({ isProxy: (address) => address === '127.0.0.2' });
  await ask('127.0.0.2', 7);
  expect(reserved).toEqual([...Array(6).fill(false), true]);
});
