/** Proves to a server who we are: one way, the one that was chosen. Secrets are read here and handed to ssh2 alone. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import { PortolanError } from '../../core/errors.ts';
import type { Hop } from './scanner.ts';

/** Larger than any private key. */
const MAX_KEY_BYTES = 65_536;

/** @throws PortolanError ssh_auth_failed when a key cannot be used */
export async function authConfig({ user, auth }: Hop, client: Client): Promise<ConnectConfig> {
  switch (auth.kind) {
    case 'agent':
      return { username: user, authHandler: ['agent'], agent: auth.socket };
    case 'key':
      return { username: user, ...(await readKey(auth)), authHandler: ['publickey'] };
    case 'password': {
      const password = auth.password();
      // Some servers take passwords by this way only (PAM): one hidden question is the password, others nobody can answer.
      client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) => {
        const [first] = prompts;
        finish(prompts.length === 1 && first?.echo === false ? [password] : prompts.map(() => ''));
      });
      return {
        username: user,
        password,
        tryKeyboard: true,
        authHandler: ['password', 'keyboard-interactive'],
      };
    }
  }
}

async function readKey(from: Hop['auth'] & { kind: 'key' }): Promise<ConnectConfig> {
  const { path, pinned = false } = from;
  const privateKey = await readSmall(path, pinned ? constants.O_NOFOLLOW : 0);
  const passphrase = from.passphrase?.();
  const key = ssh2.utils.parseKey(privateKey, passphrase);
  if (key instanceof Error) throw unusable(path, key, passphrase !== undefined);
  if (!key.isPrivateKey()) throw refusal(`${path} is a public key.`, 'Name the private key beside it.');
  return { privateKey, ...(passphrase === undefined ? {} : { passphrase }) };
}

async function readSmall(path: string, follow: number): Promise<Buffer> {
  try {
    // Does not wait for anybody to write into a FIFO.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | follow);
    try {
      const { size } = await file
        .stat()
        .then((stat) => (stat.isFile() ? stat : { size: Number.POSITIVE_INFINITY }));
      if (size > MAX_KEY_BYTES) throw new Error('not a key');
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no key';
    throw refusal(
      `The key ${path} cannot be read (${code}).`,
      'Check the path, and that this user may read the file.',
    );
  }
}

/** Never with anything of the file in it. */
function unusable(path: string, error: Error, hadPassphrase: boolean): PortolanError {
  if (/encrypted/i.test(error.message) && !hadPassphrase) {
    return refusal(
      `The key ${path} is encrypted, and no passphrase is set.`,
      'Set passphrase to env:NAME or file:/path for this scanner, or use an ssh-agent.',
    );
  }
  if (hadPassphrase) {
    return refusal(`The key ${path} does not open with the passphrase that is set.`, 'Check the passphrase.');
  }
  return refusal(
    `${path} is not a private key that can be used.`,
    'Name a private key as ssh-keygen makes them (ed25519, ECDSA or RSA).',
  );
}

function refusal(message: string, next: string): PortolanError {
  return new PortolanError('ssh_auth_failed', `Authentication: ${message}`, next);
}
