/** Private keys in every form that OpenSSH takes, and what is said of those that cannot be used. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Machine, makeKey, startMachine } from '../lab/machine.ts';
import { command } from '../lab/network.ts';
import { freePorts } from './listeners.ts';
import { type Portolan, startStdio } from './portolan.ts';
import { makeSshHome, type SshHome } from './ssh-home.ts';

const SECRET = 'open sesame';
const P256 = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
const P521 = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'];
const RSA = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];

/** How each is made: by ssh-keygen, or by openssl in PKCS#8; `locked` ones with a passphrase. */
const KEYS: Record<string, { keygen?: readonly string[]; openssl?: readonly string[]; locked?: true }> = {
  ed25519: { keygen: ['ed25519'] },
  ecdsa256: { keygen: ['ecdsa', '-b', '256'] },
  ecdsa384: { keygen: ['ecdsa', '-b', '384'] },
  ecdsa521: { keygen: ['ecdsa', '-b', '521'] },
  rsa: { keygen: ['rsa', '-b', '2048'] },
  'ed25519-locked': { keygen: ['ed25519'], locked: true },
  'rsa-pem': { keygen: ['rsa', '-m', 'PEM'] },
  'rsa-pem-locked': { keygen: ['rsa', '-m', 'PEM'], locked: true },
  'ecdsa-pem-locked': { keygen: ['ecdsa', '-m', 'PEM'], locked: true },
  'rsa-pkcs8': { keygen: ['rsa', '-m', 'PKCS8'] },
  'ecdsa-pkcs8': { keygen: ['ecdsa', '-m', 'PKCS8'] },
  'ecdsa-pkcs8-locked': { keygen: ['ecdsa', '-m', 'PKCS8'], locked: true },
  'openssl-p256': { openssl: P256 },
  'openssl-p521-locked': { openssl: P521, locked: true },
  'openssl-rsa': { openssl: RSA },
};

let home: SshHome;
let machine: Machine;
let portolan: Portolan;
let port: number;

function make(name: string, { keygen, openssl = [], locked }: (typeof KEYS)[string]): string {
  const path = join(home.ssh, name);
  const [type = '', ...more] = keygen ?? [];
  if (keygen) return makeKey(path, { type, more, passphrase: locked ? SECRET : '' });
  const cipher = locked ? ['-aes-256-cbc', '-pass', `pass:${SECRET}`] : [];
  command('openssl', ['genpkey', ...openssl, ...cipher, '-out', path]);
  command('chmod', ['600', path]);
  return command('ssh-keygen', ['-y', '-P', locked ? SECRET : '', '-f', path]).trim();
}

beforeAll(async () => {
  port = await freePorts(1);
  home = makeSshHome();
  const lines = Object.entries(KEYS).map(([name, key]) => make(name, key));
  // Of this kind ssh-keygen of Debian 12 reads no PKCS#8: its public half is taken from a twin.
  const secret = join(home.ssh, 'openssl-ed25519');
  command('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', secret]);
  const der = Buffer.from(
    command('openssl', ['pkey', '-in', secret, '-pubout']).replace(/-.*-|\s/g, ''),
    'base64',
  );
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(der.subarray(-32))]);
  lines.push(`ssh-ed25519 ${blob.toString('base64')}`);
  // One that is trusted through its certificate alone.
  makeKey(join(home.ssh, 'authority'));
  makeKey(join(home.ssh, 'certified'));
  const sign = ['-q', '-s', join(home.ssh, 'authority'), '-I', 'lab', '-n', 'root'];
  command('ssh-keygen', [...sign, join(home.ssh, 'certified.pub')]);
  writeFileSync(join(home.ssh, 'odd'), '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n');
  command('openssl', ['genpkey', '-algorithm', 'X25519', '-out', join(home.ssh, 'x25519')]);
  writeFileSync(join(home.ssh, 'secret'), SECRET, { mode: 0o600 });
  writeFileSync(join(home.ssh, 'wrong'), 'close sesame', { mode: 0o600 });
  machine = await startMachine({
    address: '127.0.0.1',
    port,
    users: [{ name: 'root', uid: 0, publicKey: lines.join('\n') }],
    sshd: [`TrustedUserCAKeys ${join(home.ssh, 'authority.pub')}`],
  });
  home.know(machine);
  const key = (name: string, more = {}) => home.scanner(machine, { key: join(home.ssh, name), ...more });
  const passphrase = (name: string) => ({ passphrase: `file:${join(home.ssh, name)}` });
  home.configure({
    scanners: {
      ...Object.fromEntries(
        Object.entries(KEYS).map(([name, { locked }]) => [
          name,
          key(name, locked ? passphrase('secret') : {}),
        ]),
      ),
      'openssl-ed25519': key('openssl-ed25519'),
      certified: key('certified'),
      'no-passphrase': key('openssl-p521-locked'),
      'wrong-passphrase': key('openssl-p521-locked', passphrase('wrong')),
      odd: key('odd'),
      x25519: key('x25519'),
    },
  });
  portolan = await startStdio(home);
}, 60_000);

afterAll(async () => {
  await portolan.close();
  await machine.stop();
  home.remove();
});

const scan = (scanner: string) =>
  portolan.call('scan_network', { target: '127.0.0.1', port_range: String(port), scanner, timeout: 60 });

it.each([...Object.keys(KEYS), 'openssl-ed25519'].map((name) => [name]))('%s', async (name) => {
  const { structured, text } = await scan(name);
  expect(structured, text).toMatchObject({ success: true });
});

it.each([
  ['no-passphrase', /is encrypted, and no passphrase is set/, /Set passphrase/],
  ['wrong-passphrase', /does not open with the passphrase/, /Check the passphrase/],
  ['odd', /is not a private key that can be used/, /ssh-keygen or openssl/],
  ['x25519', /is not a private key that can be used/, /ssh-keygen or openssl/],
  [
    'certified',
    /did not let root in by key/,
    /The certificate .*certified-cert\.pub was not shown: .* plain keys alone/,
  ],
])('%s is refused in words', async (name, message, next) => {
  const { structured } = await scan(name);
  expect(structured).toMatchObject({
    error: {
      code: 'ssh_auth_failed',
      message: expect.stringMatching(message),
      next: expect.stringMatching(next),
    },
  });
});
