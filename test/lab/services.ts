/**
 * The services of all hosts of a lab, in one process inside their namespace: `node services.ts JSON`, where JSON is a
 * list of hosts. Prints `ready` when all listen, and ends when its standard input does.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { LabHost, Service } from './hosts.ts';
import { serve } from './serve.ts';

/** Where the firewall sends every connection to a tarpit. */
export const TARPIT_PORT = 65_535;

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
