/** What a service of a lab says on a connection: some do what makes a scanner in haste name them wrong. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { OddService, Service } from './hosts.ts';

const GREETINGS: Record<Extract<Service, string>, string> = {
  ssh: 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n',
  smtp: '220 mail.lab.internal ESMTP Postfix (Debian/GNU)\r\n',
  ftp: '220 (vsFTPd 3.0.3)\r\n',
  http: '',
  silent: '',
};
const NGINX = 'HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nlab';

export function serve(socket: Socket, service: Service): void {
  socket.on('error', () => socket.destroy()); // scanners reset their connections
  socket.setTimeout(30_000, () => socket.destroy());
  if (typeof service === 'object') {
    serveOddly(socket, service);
    return;
  }
  const greeting = GREETINGS[service];
  if (greeting !== '') socket.write(greeting);
  socket.on('data', () => {
    if (service === 'http') socket.end(NGINX);
    else if (service === 'smtp') socket.write('250 mail.lab.internal\r\n');
  });
}

function serveOddly(socket: Socket, service: OddService): void {
  if ('tls' in service) {
    const inside = new TLSSocket(socket, { isServer: true, secureContext: secureContext() });
    serve(inside, service.tls);
  } else if ('banner' in service) {
    later(socket, service.afterMs, () => socket.write(service.banner));
    socket.resume();
  } else if ('closesAfterMs' in service) {
    later(socket, service.closesAfterMs, () => socket.end());
    socket.resume();
  } else if ('greetsLaterMs' in service) {
    const greeting = later(socket, service.greetsLaterMs, () => socket.write(GREETINGS.ssh));
    socket.once('data', () => {
      if (greeting.done) return;
      clearTimeout(greeting.timer);
      socket.end(NGINX);
    });
  } else if ('begins' in service) {
    socket.once('data', (bytes) => {
      if (bytes.toString('latin1').startsWith(service.begins)) socket.end(service.answer);
      else socket.destroy();
    });
  } else {
    socket.once('data', () => later(socket, service.afterMs, () => socket.end(service.answer)));
  }
}

function later(socket: Socket, ms: number | undefined, act: () => void) {
  const state = { done: false, timer: setTimeout(run, ms ?? 0) };
  function run() {
    state.done = true;
    if (!socket.destroyed) act();
  }
  socket.once('close', () => clearTimeout(state.timer));
  return state;
}

let context: ReturnType<typeof createSecureContext> | undefined;

/** Of a certificate that is made when it is first needed. */
function secureContext() {
  if (context) return context;
  const folder = mkdtempSync(join(tmpdir(), 'portolan-lab-tls-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const words = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=lab.internal'.split(' ');
    execFileSync('openssl', [...words, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    context = createSecureContext({ key: readFileSync(key), cert: readFileSync(cert) });
    return context;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
