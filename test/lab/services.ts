/**
 * The services of all hosts of a lab, in one process inside their namespace: `node services.ts JSON`, where JSON is a
 * list of hosts. Prints `ready` when all listen, and ends when its standard input does.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { LabHost, Service } from './hosts.ts';

/** Where the firewall sends every connection to a tarpit. */
export const TARPIT_PORT = 65_535;

const GREETINGS: Record<Extract<Service, string>, string> = {
  ssh: 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n',
  smtp: '220 mail.lab.internal ESMTP Postfix (Debian/GNU)\r\n',
  ftp: '220 (vsFTPd 3.0.3)\r\n',
  http: '',
  silent: '',
};

function serve(socket: Socket, service: Service): void {
  socket.on('error', () => socket.destroy()); // scanners reset their connections
  socket.setTimeout(30_000, () => socket.destroy());
  const greeting = typeof service === 'string' ? GREETINGS[service] : service.banner;
  if (greeting !== '') socket.write(greeting);
  socket.on('data', () => {
    if (service === 'http') {
      socket.end(
        'HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nlab',
      );
    } else if (service === 'smtp') {
      socket.write('250 mail.lab.internal\r\n');
    }
  });
}

async function listen({ address, tcp = {}, udp = [], tarpit }: LabHost): Promise<void> {
  const services: [number, Service][] = Object.entries(tcp).map(([port, service]) => [Number(port), service]);
  if (tarpit) services.push([TARPIT_PORT, 'silent']);
  for (const [port, service] of services) {
    const server = createServer((socket) => serve(socket, service)).listen({
      port,
      host: address,
      backlog: 511,
    });
    await once(server, 'listening');
  }
  for (const port of udp) {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.on('message', (message, from) => socket.send(message, from.port, from.address));
    socket.bind(port, address);
    await once(socket, 'listening');
  }
}

if (import.meta.main) {
  const hosts = JSON.parse(process.argv[2] ?? '[]') as LabHost[];
  for (const host of hosts) if (!host.down) await listen(host);
  console.log('ready');
  process.stdin.resume().on('end', () => process.exit(0));
}
