/** How long a request may take to arrive, over a real socket with short minutes. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { allowUpload, limitArrival } from '../../../src/transports/http/arrival.ts';

const MINUTE_MS = 300;
let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Sends a body of 4 MiB in pieces of that size, and a pause between. @returns the first line of the answer, and how long it took */
async function send(uploads: boolean, { piece, pauseMs }: { piece: number; pauseMs: number }) {
  const listener: RequestListener = async (incoming, outgoing) => {
    limitArrival(incoming, outgoing, MINUTE_MS);
    const ended = uploads ? allowUpload(incoming, outgoing) : () => {};
    try {
      for await (const _ of incoming);
      outgoing.end('whole');
    } catch {
      // The connection is gone.
    } finally {
      ended();
    }
  };
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let answer = '';
  socket.on('data', (bytes) => {
    answer += bytes;
  });
  socket.on('error', () => {});
  const begun = performance.now();
  const size = 4 * 1024 * 1024;
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n`);
  for (let sent = 0; sent < size && answer === '' && !socket.destroyed; sent += piece) {
    socket.write(Buffer.alloc(Math.min(piece, size - sent)));
    await delay(pauseMs);
  }
  while (answer === '' && !socket.destroyed && performance.now() - begun < 5000) await delay(10);
  socket.destroy();
  return { line: answer.split('\r\n')[0], took: performance.now() - begun };
}

const STEADY = { piece: 512 * 1024, pauseMs: 100 };

it('takes an upload that keeps coming for longer than a minute', async () => {
  const { line, took } = await send(true, STEADY);
  expect(line).toBe('HTTP/1.1 200 OK');
  expect(took).toBeGreaterThan(2 * MINUTE_MS);
});

it('ends an upload that trickles, or says nothing, after a minute of it', async () => {
  const trickle = await send(true, { piece: 1024, pauseMs: 20 });
  expect(trickle.line).toBe('HTTP/1.1 408 Request Timeout');
  expect(trickle.took).toBeLessThan(3 * MINUTE_MS);
});

it('ends any other request that is not there within a minute, however fast it comes', async () => {
  expect((await send(false, STEADY)).line).toBe('HTTP/1.1 408 Request Timeout');
});
