/**
 * Ordinary clients for the recorded cases, and the services they talk to. Run inside the lab's namespaces.
 *
 *   node clients.ts serve | browse HOST N | peers HOST N | retry HOST PORT N | monitor HOST N | traceroute HOST N
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** TCP services on every address of the host; 9100 answers monitoring. */
export const SERVICES = [22, 80, 443, 9100];
/** Where half of the peers live. */
const PEER_PORT = 6881;

async function serve(): Promise<void> {
  for (const port of [...SERVICES, PEER_PORT]) {
    const server = net.createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', () => socket.end('hello\n'));
    });
    server.listen(port, '::');
    await once(server, 'listening');
  }
  const dns = dgram.createSocket('udp4', () => undefined);
  dns.on('message', (message, from) => dns.send(message, from.port, from.address));
  dns.bind(53);
  await once(dns, 'listening');
  console.log('ready');
}

/** One exchange; resolves also when it fails. */
async function talk(host: string, port: number): Promise<void> {
  const socket = net.connect({ host, port });
  const timer = setTimeout(() => socket.destroy(), 400);
  socket.on('connect', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
  socket.on('data', () => undefined);
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
  clearTimeout(timer);
}

/** The address `n` behind the given one. */
function next(host: string, n: number): string {
  const parts = host.split('.').map(Number);
  return [...parts.slice(0, 3), (parts[3] ?? 0) + n].join('.');
}

const [what, host = '', ...numbers] = process.argv.slice(2);
const count = Number(numbers.at(-1) ?? 0);
switch (what) {
  case 'serve':
    await serve();
    break;
  case 'browse':
    for (let i = 0; i < count; i++) await talk(next(host, i % 6), i % 3 === 0 ? 80 : 443);
    break;
  case 'peers':
    for (let i = 0; i < count; i++) await talk(next(host, i % 25), i % 2 === 0 ? PEER_PORT : 20_000 + i * 37);
    break;
  case 'retry':
    for (let i = 0; i < count; i++) await talk(host, Number(numbers[0]));
    break;
  case 'monitor':
    for (let round = 0; round < 3; round++) for (let i = 0; i < count; i++) await talk(next(host, i), 9100);
    break;
  case 'traceroute': {
    const socket = dgram.createSocket('udp4');
    socket.bind();
    await once(socket, 'listening');
    for (let i = 0; i < count; i++) {
      socket.setTTL(1 + Math.floor(i / 3));
      socket.send(Buffer.alloc(32), 33_434 + i, host);
      await sleep(10);
    }
    socket.close();
    break;
  }
  default:
    console.error('see the head of this file');
    process.exitCode = 2;
}
