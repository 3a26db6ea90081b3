/** UDP programs in their roles: see benign-clients.ts. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { draw, hosts } from './benign-hosts.ts';
import type { Options } from './benign-options.ts';

async function bound(address: string, port = 0, multicast = false): Promise<dgram.Socket> {
  const six = address.includes(':');
  const socket = dgram.createSocket({ type: six ? 'udp6' : 'udp4', reuseAddr: multicast });
  socket.on('error', () => undefined);
  socket.bind(port, six ? '::' : '0.0.0.0');
  await once(socket, 'listening');
  if (multicast) socket.setBroadcast(true);
  return socket;
}

/** Waits for one datagram, at most so many seconds. */
const heard = (socket: dgram.Socket, seconds: number) =>
  new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), seconds * 1000);
    socket.once('message', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });

export const DATAGRAM_ROLES: Record<string, (o: Options) => Promise<unknown>> = {
  /** Asks each host and port for something, with retries, from one socket or a new one each time; again each cycle. */
  async ask(o) {
    const one = o.has('socket') ? await bound('0.0.0.0', o.number('socket', 0)) : undefined;
    const question = async (host: string, port: number) => {
      const socket = one ?? (await bound(host));
      for (let i = 0; i <= o.number('retries', 1); i++) {
        socket.send(Buffer.alloc(o.number('bytes', 48), 'a'), port, host);
        // On the common socket an answer may be anybody's.
        if (one !== undefined) await sleep(o.number('timeout', 2) * 1000);
        if (one !== undefined || (await heard(socket, o.number('timeout', 2)))) break;
      }
      if (one === undefined) socket.close();
    };
    for (let cycle = 0; cycle < o.number('cycles', 1); cycle++) {
      const start = Date.now();
      const running: Promise<void>[] = [];
      for (const host of hosts(o.text('hosts')))
        for (const port of o.list('ports')) {
          running.push(question(host, port));
          await sleep(o.number('gap', 0.1) * 1000);
        }
      await Promise.all(running);
      await sleep(Math.max(0, start + o.number('every', 0) * 1000 - Date.now()));
    }
    one?.close();
  },

  /** A DHT node (BEP 5): one socket, hundreds of peers on ports of their own, few of which answer. */
  async dht(o) {
    const next = draw(o.number('seed', 3));
    const peers = hosts(o.text('hosts')).map((host) => ({ host, port: 1025 + Math.floor(next() * 64_000) }));
    const socket = await bound('0.0.0.0', 6881);
    const good = new Map<string, { host: string; port: number }>();
    socket.on('message', (_data, from) => good.set(from.address, { host: from.address, port: from.port }));
    for (const peer of peers) {
      socket.send(Buffer.alloc(104, 'd'), peer.port, peer.host);
      for (const known of good.values())
        if (next() < 0.1) socket.send(Buffer.alloc(104, 'd'), known.port, known.host);
      await sleep(o.number('gap', 0.1) * 1000);
    }
    await sleep(2000);
    socket.close();
  },

  /** A stream each way: telephony, games, video; `hosts` at the same time. */
  async stream(o) {
    const ports = o.list('ports');
    await Promise.all(
      hosts(o.text('hosts')).map(async (host, n) => {
        await sleep(n * o.number('gap', 0.5) * 1000);
        const socket = await bound(host);
        const port = ports[n % ports.length] ?? 0;
        for (let i = 0; i < o.number('packets', 50); i++) {
          socket.send(Buffer.alloc(i < 2 ? o.number('first', 172) : o.number('bytes', 172)), port, host);
          await sleep(o.number('pace', 0.02) * 1000);
        }
        socket.close();
      }),
    );
  },

  /** Magic packets (AMD, 1995): six 0xff, sixteen times the MAC address. */
  async wake(o) {
    const socket = await bound('0.0.0.0', 0, true);
    const targets = hosts(o.text('hosts'));
    for (let time = 0; time < o.number('times', 1); time++)
      for (let n = 0; n < o.number('machines', targets.length); n++) {
        const mac = Buffer.from([2, 0, 0, 0, n >> 8, n & 255]);
        const packet = Buffer.concat([Buffer.alloc(6, 255), ...Array.from({ length: 16 }, () => mac)]);
        for (const port of o.list('ports')) socket.send(packet, port, targets[n % targets.length] ?? '');
        await sleep(o.number('gap', 0.1) * 1000);
      }
    await sleep(200);
    socket.close();
  },

  /** Announcements and searches on the local network: mDNS, SSDP, LLMNR, NetBIOS, Dropbox, WS-Discovery. */
  async chatter(o) {
    const groups: [string, number, number][] = [
      ['224.0.0.251', 5353, 90],
      ['239.255.255.250', 1900, 130],
      ['224.0.0.252', 5355, 40],
      ['10.20.0.255', 137, 50],
      ['10.20.0.255', 138, 200],
      ['255.255.255.255', 17_500, 140],
      ['239.255.255.250', 3702, 300],
      ['255.255.255.255', 10_001, 4],
      ['224.0.1.187', 5683, 30],
      ['10.20.0.255', 57_621, 44],
    ];
    const next = draw(o.number('seed', 5));
    for (let i = 0; i < o.number('count', 200); i++) {
      const [group, port, bytes] = groups[Math.floor(next() * groups.length)] ?? ['224.0.0.251', 5353, 90];
      const socket = await bound(group, 0, true);
      socket.send(Buffer.alloc(bytes, 'm'), port, group);
      await sleep(o.number('gap', 0.1) * 1000);
      socket.close();
    }
  },

  /** Messages that arrive from elsewhere for each host, on the port of a conversation that it has. */
  async push(o) {
    const next = draw(o.number('seed', 9));
    const targets = hosts(o.text('hosts'));
    const sockets = hosts(o.text('from'))
      .slice(0, targets.length)
      .map((address) => {
        const socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
        return socket.on('error', () => undefined).bind(o.number('source', 443), address);
      });
    await Promise.all(sockets.map((socket) => once(socket, 'listening')));
    const streams = targets.map((host, n) => ({
      host,
      socket: sockets[n % sockets.length],
      port: o.number('port', 0) || 49_152 + Math.floor(next() * 16_000),
    }));
    for (let time = 0; time < o.number('times', 1); time++) {
      const order = streams.map((stream) => ({ stream, key: next() })).toSorted((a, b) => a.key - b.key);
      for (const { stream } of order) {
        stream.socket?.send(Buffer.alloc(o.number('bytes', 60), 'p'), stream.port, stream.host);
        await sleep(o.number('gap', 0.2) * 1000);
      }
    }
    for (const socket of sockets) socket.close();
  },

  /** Answers on its own hosts what `push` with the same seed sends to them. */
  async pushed(o) {
    const next = draw(o.number('seed', 9));
    for (const host of hosts(o.text('hosts'))) {
      const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
      socket.on('message', (message, from) => socket.send(message, from.port, from.address));
      socket.on('error', () => undefined);
      socket.bind(o.number('port', 0) || 49_152 + Math.floor(next() * 16_000), host);
    }
    await sleep(o.number('seconds', 60) * 1000);
    process.exit(0);
  },

  /** A VoIP exchange looks whether its telephones are there: OPTIONS, retransmitted at growing intervals. */
  async qualify(o) {
    const next = draw(o.number('seed', 7));
    const phones = hosts(o.text('hosts')).map((host) => ({ host, port: 1025 + Math.floor(next() * 64_000) }));
    const socket = await bound('0.0.0.0', 5060);
    const heardFrom = new Set<string>();
    socket.on('message', (_data, from) => heardFrom.add(from.address));
    for (let cycle = 0; cycle < o.number('cycles', 3); cycle++) {
      heardFrom.clear();
      const ask = async ({ host, port }: { host: string; port: number }) => {
        for (const wait of [500, 1000, 2000]) {
          if (heardFrom.has(host)) return;
          socket.send(Buffer.alloc(420, 's'), port, host);
          await sleep(wait);
        }
      };
      const start = Date.now();
      const running: Promise<void>[] = [];
      for (const phone of phones) {
        running.push(ask(phone));
        await sleep(50);
      }
      await Promise.all(running);
      await sleep(Math.max(0, start + o.number('every', 20) * 1000 - Date.now()));
    }
    socket.close();
  },

  /** TFTP: a socket and a server port for each file. */
  async tftp(o) {
    for (let file = 0; file < o.number('files', 30); file++) {
      const socket = await bound('0.0.0.0');
      const over = new Promise<void>((resolve) => {
        socket.on('message', (data, from) => {
          socket.send(Buffer.from([0, 4, data[2] ?? 0, data[3] ?? 0]), from.port, from.address);
          if (data.length < 516) resolve();
        });
      });
      socket.send(Buffer.from(`\0\x01file${file}\0octet\0`), 69, o.text('host'));
      await Promise.race([over, sleep(2000)]);
      await sleep(100);
      socket.close();
    }
  },

  /** Three ports in the agreed order, then the service (port knocking). */
  async knock(o) {
    const socket = await bound('0.0.0.0');
    for (const port of o.list('ports')) {
      socket.send(Buffer.alloc(0), port, o.text('host'));
      await sleep(300);
    }
    socket.close();
  },
};
