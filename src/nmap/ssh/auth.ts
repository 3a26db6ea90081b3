/** Proves to a server who we are: one way, the one that was chosen. Secrets are read here and handed to ssh2 alone. */
import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import type { AnyAuthMethod, KeyboardInteractiveAuthMethod, ParsedKey } from 'ssh2';
import { PortolanError } from '../../core/errors.ts';
import { parsePrivateKey } from './private-key.ts';
import type { Hop } from './scanner.ts';

/** Larger than any private key. */
const MAX_KEY_BYTES = 65_536;

/** Everything a login needs, read before anybody is connected to. */
export interface Credentials {
  /** Tried one after another. */
  methods: AnyAuthMethod[];
  /** What lies beside them that ssh(1) would have shown too: what to do when the login fails. */
  unused?: string;
}

/** @throws PortolanError ssh_auth_failed when a key cannot be used */
export async function readCredentials({ user: username, auth }: Hop): Promise<Credentials> {
  switch (auth.kind) {
    case 'agent':
      return { methods: [{ type: 'agent', username, agent: auth.socket }] };
    case 'key': {
      const key = await readKey(auth);
      const unused = await certificateBeside(auth.path);
      return {
        methods: [{ type: 'publickey', username, key }],
        ...(unused === undefined ? {} : { unused }),
      };
    }
    case 'password': {
      const password = auth.password();
      // Some servers take passwords by the second way only (PAM): one hidden question is the password, others nobody can answer.
      const prompt: KeyboardInteractiveAuthMethod['prompt'] = (
        _name,
        _words,
        _language,
        questions,
        finish,
      ) => {
        const [first] = questions;
        finish(questions.length === 1 && first?.echo === false ? [password] : questions.map(() => ''));
      };
      return {
        methods: [
          { type: 'password', username, password },
          { type: 'keyboard-interactive', username, prompt },
        ],
      };
    }
  }
}

async function readKey(from: Hop['auth'] & { kind: 'key' }): Promise<ParsedKey> {
  const { path, pinned = false } = from;
  const bytes = await readSmall(path, pinned ? constants.O_NOFOLLOW : 0);
  const passphrase = from.passphrase?.();
  const key = parsePrivateKey(bytes, passphrase);
  if (key instanceof Error) throw unusable(path, key, passphrase !== undefined);
  if (!key.isPrivateKey()) throw refusal(`${path} is a public key.`, 'Name the private key beside it.');
  return key;
}

/** ssh2 cannot show a user certificate (PROTOCOL.certkeys of OpenSSH), so nobody must wonder why it did not help. */
async function certificateBeside(path: string): Promise<string | undefined> {
  const certificate = `${path}-cert.pub`;
  return await access(certificate).then(
    () =>
      `The certificate ${certificate} was not shown: Portolan logs in with plain keys alone. Put the public key itself into its ~/.ssh/authorized_keys.`,
    () => undefined,
  );
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
    'Name a private key as ssh-keygen or openssl make them (ed25519, ECDSA or RSA).',
  );
}

function refusal(message: string, next: string): PortolanError {
  return new PortolanError('ssh_auth_failed', `Authentication: ${message}`, next);
}
