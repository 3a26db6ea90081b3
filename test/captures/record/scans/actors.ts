/**
 * Programs with ordinary sockets for the recorded scans: services, and clients that use them. Run inside a lab.
 *
 *   node actors.ts serve TCP[,TCP...] [UDP,...]         on every address; each may be ADDRESS@PORT
 *   node actors.ts visit SOURCE ENDPOINTS [ROUNDS [PAUSE]]  one exchange with each endpoint
 *   node actors.ts touch SOURCE ENDPOINTS [PAUSE]       connects and closes, as a worm or a connect scan does
 *   node actors.ts ask SOURCE SOURCE-PORT ENDPOINTS [PAUSE]  one datagram to each
 *   node actors.ts names SOURCE ENDPOINT COUNT [PAUSE]  questions, each from a new port, and their answers
 *   node actors.ts peers SOURCE NET COUNT PORTS [PAUSE] TCP and UDP to COUNT addresses of NET, a third on PORTS
 *   node actors.ts each SOURCES ENDPOINTS [PAUSE]       source n connects to endpoint n
 *
 * ENDPOINTS: `10.0.0.1-60:80/443`, several joined by commas. PAUSE in ms.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

interface Endpoint {
  host: string;
  port: number;
}

function hosts(text: string): string[] {
  const range = /^(.*\.)(\d+)-(\d+)$/.exec(text);
  if (range === null) return [text];
  const [, head = '', first = '', last = ''] = range;
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => `${head}${Number(first) + i}`);
}

function endpoints(text: string): Endpoint[] {
  return text.split(',').flatMap((one) => {
    const [names = '', ports = ''] = one.split(':');
    const wanted = ports.split('/').flatMap((some) => {
      const [first = 0, last = first] = some.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
    return hosts(names).flatMap((host) => wanted.map((port) => ({ host, port })));
  });
}

async function serve(tcp: string, udp: string): Promise<void> {
  for (const one of tcp.split(',').filter(Boolean)) {
    const [host = '', port] = one.includes('@') ? one.split('@') : ['::', one];
    const server = net.createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (data) => {
        if (/^bye/.test(data.toString('latin1'))) socket.end();
        else socket.write(`hello ${port}\n`.repeat(20));
      });
    });
    server.listen(Number(port), host);
    await once(server, 'listening');
  }
  for (const one of udp.split(',').filter(Boolean)) {
    // Bound to all addresses, it would answer from the first one, whichever was asked.
    const [host = '', port] = one.includes('@') ? one.split('@') : ['0.0.0.0', one];
    const socket = dgram.createSocket('udp4', (message, from) => {
      // A DNS answer is marked as one (QR, RFC 1035).
      if (port === '53' && message.length > 2) message[2] = (message[2] ?? 0) | 0x80;
      socket.send(message, from.port, from.address);
    });
    socket.on('error', () => undefined);
    socket.bind(Number(port), host);
    await once(socket, 'listening');
  }
  console.log('ready');
}

/** One connection; with words when a client, without when only a touch. */
async function connect(source: string, to: Endpoint, words: boolean): Promise<void> {
  const socket = net.connect({ host: to.host, port: to.port, localAddress: source });
  const timer = setTimeout(() => socket.destroy(), words ? 1500 : 300);
  socket.on('error', () => undefined);
  socket.on('connect', () => {
    if (words) socket.write('GET / HTTP/1.1\r\nHost: here\r\n\r\n');
    else socket.destroy();
  });
  socket.on('data', () => socket.end('bye'));
  await new Promise((resolve) => socket.once('close', resolve));
  clearTimeout(timer);
}

const [what, ...words] = process.argv.slice(2);
const [first = '', second = '', third = '', fourth = '', fifth = ''] = words;
switch (what) {
  case 'serve':
    await serve(first, second);
    break;
  case 'visit':
    for (let round = 0; round < Number(third || 1); round++)
      for (const to of endpoints(second)) {
        await connect(first, to, true);
        await sleep(Number(fourth));
      }
    break;
  case 'touch': {
    // Worms do not wait for one victim before they try the next.
    const all: Promise<void>[] = [];
    for (const to of endpoints(second)) {
      all.push(connect(first, to, false));
      await sleep(Number(third || 5));
    }
    await Promise.all(all);
    break;
  }
  case 'each': {
    const from = first.split(',').flatMap(hosts);
    const to = endpoints(second);
    const all: Promise<void>[] = [];
    for (const [i, source] of from.entries()) {
      const endpoint = to[i];
      if (endpoint !== undefined) all.push(connect(source, endpoint, false));
      await sleep(Number(third || 5));
    }
    await Promise.all(all);
    break;
  }
  case 'names':
    for (let i = 0; i < Number(third); i++) {
      const socket = dgram.createSocket('udp4');
      socket.on('error', () => undefined);
      socket.bind(0, first);
      await once(socket, 'listening');
      const [to] = endpoints(second);
      socket.send(
        Buffer.from([i, 52, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97 + (i % 26), 0, 0, 1, 0, 1]),
        to?.port,
        to?.host,
      );
      await sleep(Number(fourth || 20));
      socket.close();
    }
    break;
  case 'peers': {
    // As a peer-to-peer client does: hosts from a list of peers, each with a port of its own, many of them gone.
    const lasting = fourth.split('/').map(Number);
    const udp = dgram.createSocket('udp4');
    udp.on('error', () => undefined);
    udp.bind(0, first);
    await once(udp, 'listening');
    const all: Promise<void>[] = [];
    for (let i = 0; i < Number(third); i++) {
      const host = `${second}.${1 + ((i * 7) % 250)}`;
      const port = i % 3 === 0 ? (lasting[(i / 3) % lasting.length] ?? 6881) : 10_000 + ((i * 7919) % 50_000);
      if (i % 4 === 1) udp.send(Buffer.alloc(60, i), port, host);
      else all.push(connect(first, { host, port }, true));
      await sleep(Number(fifth || 20));
    }
    await Promise.all(all);
    await sleep(200);
    udp.close();
    break;
  }
  case 'ask': {
    const socket = dgram.createSocket('udp4', () => undefined);
    socket.on('error', () => undefined);
    socket.bind(Number(second), first);
    await once(socket, 'listening');
    for (const to of endpoints(third)) {
      socket.send(Buffer.from([18, 52, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]), to.port, to.host);
      await sleep(Number(fourth || 5));
    }
    await sleep(200);
    socket.close();
    break;
  }
  default:
    console.error('see the head of this file');
    process.exitCode = 2;
}
