/** Private keys as files hold them, in the forms that ssh(1) takes. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';
import { z } from 'zod';

/**
 * The key in a file's bytes; an Error that says in ssh2's or OpenSSL's words what is wrong. PKCS#8 (RFC 5958), which
 * openssl(1) writes by default and ssh2 does not read, is put into a form that it does.
 */
export function parsePrivateKey(bytes: Buffer, passphrase: string | undefined): ParsedKey | Error {
  const text = bytes.toString('latin1');
  if (!/^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/m.test(text)) return ssh2.utils.parseKey(bytes, passphrase);
  if (text.includes('-----BEGIN ENCRYPTED') && passphrase === undefined) return new Error('encrypted');
  try {
    const key = createPrivateKey({ key: bytes, ...(passphrase === undefined ? {} : { passphrase }) });
    return ssh2.utils.parseKey(sshForm(key));
  } catch (error) {
    return error instanceof Error ? error : new Error('no key');
  }
}

function sshForm(key: KeyObject): string | Buffer {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.export({ type: 'pkcs1', format: 'pem' });
    case 'ec':
      return key.export({ type: 'sec1', format: 'pem' });
    case 'ed25519':
      return openSshForm(key);
    default:
      throw new Error('SSH has no such kind of key');
  }
}

const Ed25519 = z.object({ x: z.string(), d: z.string() });

/** PROTOCOL.key of OpenSSH, without encryption: the only form there is for this kind. */
function openSshForm(key: KeyObject): string {
  const { x, d } = Ed25519.parse(key.export({ format: 'jwk' }));
  const seed = Buffer.from(d, 'base64url');
  const point = Buffer.from(x, 'base64url');
  const check = Buffer.alloc(8); // two equal numbers of any value
  const secret = Buffer.concat([
    check,
    field('ssh-ed25519'),
    field(point),
    field(Buffer.concat([seed, point])),
    field(''),
  ]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (secret.length % 8)) % 8));
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    Buffer.from([0, 0, 0, 1]),
    field(Buffer.concat([field('ssh-ed25519'), field(point)])),
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = whole.toString('base64').replace(/.{70}/g, '$&\n');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

/** A string of RFC 4251, section 5. */
function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
