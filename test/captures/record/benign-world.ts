/**
 * The far side of the benign recordings: servers on every address that the far namespace takes for its own.
 *
 *   node benign-world.ts SERVICES.json
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { answer } from './benign-dns.ts';

/** What answers on a port. TCP services listen on all addresses, UDP ones on those named. */
export interface Service {
  proto: 'tcp' | 'udp';
  port: number;
  /**
   * TCP: `reply` answers each message, `greet` also speaks first, `ftp` opens a port for each PASV and calls back for
   * PORT. UDP: `echo`, `reply` (a short datagram), `bulk` (three large ones), `dns`,
   * `tftp` (each transfer from a port of its own, RFC 1350).
   */
  kind: 'reply' | 'greet' | 'ftp' | 'echo' | 'bulk' | 'dns' | 'tftp';
  addresses?: string[];
  /** Bytes of each TCP answer. */
  bytes?: number;
  /** Seconds after which an idle connection is closed by the server. */
  idle?: number;
}

function converse(socket: net.Socket, service: Service): void {
  socket.on('error', () => socket.destroy());
  if (service.idle !== undefined) socket.setTimeout(service.idle * 1000, () => socket.end());
  if (service.kind === 'greet' || service.kind === 'ftp') socket.write('220 ready\r\n');
  socket.on('data', (data) => {
    if (service.kind === 'ftp') command(socket, data.toString('latin1'));
    else socket.write(Buffer.alloc(service.bytes ?? 200, 'x'));
  });
}

/** Enough of FTP for transfers in both modes (RFC 959). */
function command(control: net.Socket, line: string): void {
  const file = Buffer.alloc(2000, 'f');
  if (line.startsWith('PASV')) {
    const data = net.createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(file);
      data.close();
    });
    data.listen(0, '0.0.0.0', () => {
      const { port } = data.address() as net.AddressInfo;
      control.write(`227 (${port})\r\n`);
    });
  } else if (line.startsWith('PORT')) {
    const port = Number(line.split(' ')[1]);
    const data = net.connect({
      host: control.remoteAddress?.replace('::ffff:', '') ?? '',
      port,
      localPort: 20,
      localAddress: control.localAddress?.replace('::ffff:', '') ?? '',
    });
    data.on('error', () => data.destroy());
    data.end(file);
    data.on('close', () => control.write('226 sent\r\n'));
  } else control.write('200 ok\r\n');
}

/** Four blocks, each sent when the one before is acknowledged. */
function transfer(address: string, to: dgram.RemoteInfo): void {
  const socket = dgram.createSocket('udp4');
  let block = 0;
  const next = () => {
    block++;
    if (block > 4) socket.close();
    else
      socket.send(
        Buffer.concat([Buffer.from([0, 3, 0, block]), Buffer.alloc(block < 4 ? 512 : 80)]),
        to.port,
        to.address,
      );
  };
  socket.on('message', next);
  socket.on('error', () => undefined);
  socket.bind(0, address, next);
}

async function listen(service: Service): Promise<void> {
  if (service.proto === 'tcp') {
    const server = net.createServer({ allowHalfOpen: false }, (socket) => converse(socket, service));
    server.listen(service.port, '::');
    await once(server, 'listening');
    return;
  }
  for (const address of service.addresses ?? []) {
    const socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.on('error', () => undefined);
    socket.on('message', (message, from) => {
      const send = (data: Buffer) => socket.send(data, from.port, from.address);
      if (service.kind === 'echo') send(message);
      else if (service.kind === 'dns') send(answer(message, address));
      else if (service.kind === 'tftp') transfer(address, from);
      else if (service.kind === 'bulk')
        for (let i = 0; i < 3; i++) send(Buffer.alloc(message.length > 1000 ? 1200 : 400));
      else send(Buffer.alloc(60));
    });
    socket.bind(service.port, address);
    await once(socket, 'listening');
  }
}

for (const service of JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Service[])
  await listen(service);
console.log('ready');
