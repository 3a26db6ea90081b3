/** SSH servers that turn against us at the worst moment: the server lives on, and no socket is left behind. */
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeKey } from '../lab/machine.ts';
import { command } from '../lab/network.ts';
import { type Portolan, startStdio } from './portolan.ts';
import { makeSshHome, type SshHome, within } from './ssh-home.ts';

let home: SshHome;
let portolan: Portolan;
let peer: Server;
let port: number;
/** Connections to the peer that are open now, and how many there were. */
const open = new Set<Socket>();
let accepted = 0;
/** What the peer does with a connection. */
let behave: (socket: Socket) => void;

beforeAll(async () => {
  home = makeSshHome();
  makeKey(join(home.ssh, 'locked'), { passphrase: 'open sesame' });
  peer = createServer((socket) => {
    accepted += 1;
    open.add(socket);
    // Read, so that an end is seen.
    socket
      .resume()
      .on('error', () => {})
      .on('close', () => open.delete(socket));
    behave(socket);
  });
  await once(peer.listen(0, '127.0.0.1'), 'listening');
  const address = peer.address();
  port = typeof address === 'object' && address ? address.port : 0;
  // Of any key: only then is a host spoken to that a call names.
  appendFileSync(
    join(home.ssh, 'known_hosts'),
    `[127.0.0.1]:${port} ${readFileSync(join(home.ssh, 'locked.pub'), 'utf8')}`,
  );
  home.configure({ remote: { connectSeconds: 3 } });
  portolan = await startStdio(home);
});

afterAll(async () => {
  await portolan.close();
  peer.close();
  home.remove();
});

beforeEach(() => {
  accepted = 0;
});

const scan = (ssh_key: string) =>
  portolan.call('scan_network', {
    target: '127.0.0.1',
    host: '127.0.0.1',
    ssh_port: port,
    ssh_user: 'root',
    ssh_key: join(home.ssh, ssh_key),
  });

const later = (then: (socket: Socket) => void) => (socket: Socket) => {
  setTimeout(() => then(socket), 500);
};

async function lives(): Promise<void> {
  await new Promise((wake) => setTimeout(wake, 1000));
  expect((await portolan.call('list_tasks', {})).isError).toBe(false);
  expect(open.size).toBe(0);
}

it.each([
  ['known_hosts', /is not a private key/],
  ['locked', /is encrypted, and no passphrase is set/],
  ['id_ed25519.pub', /is a public key/],
])('a key that cannot be used (%s) is said before anybody is connected to', async (key, message) => {
  command('touch', [join(home.ssh, 'known_hosts')]);
  behave = later((socket) => socket.resetAndDestroy());
  for (let round = 0; round < 5; round += 1) {
    const { structured } = await scan(key);
    expect(structured).toMatchObject({
      error: { code: 'ssh_auth_failed', message: expect.stringMatching(message) },
    });
  }
  expect(accepted).toBe(0);
  await lives();
});

it.each<[string, (socket: Socket) => void, RegExp]>([
  ['resets at once', (socket) => socket.resetAndDestroy(), /ECONNRESET|closed the connection/],
  ['resets while it should greet', later((socket) => socket.resetAndDestroy()), /ECONNRESET/],
  ['ends while it should greet', later((socket) => socket.end()), /Connection lost/],
  ['says nothing', () => {}, /Handshake: /],
  ['is no SSH server and resets', (socket) => socket.write('220 mail\r\n'.repeat(400)), /Handshake: /],
  [
    'resets in the handshake',
    (socket) => socket.write('SSH-2.0-lab\r\n', () => setTimeout(() => socket.resetAndDestroy(), 200)),
    /ECONNRESET/,
  ],
  ['breaks the protocol', (socket) => socket.write('SSH-2.0-lab\r\n\0\0\0\x01\x7f\xff'), /Handshake: /],
])('a peer that %s', async (_name, how, message) => {
  behave = how;
  const { structured } = await scan('id_ed25519');
  expect(structured).toMatchObject({
    error: {
      code: expect.stringMatching(/^(scanner_unreachable|ssh_failed)$/),
      message: expect.stringMatching(message),
    },
  });
  expect(accepted).toBe(1);
  expect(await within(2, () => open.size === 0)).toBe(true);
  await lives();
});
