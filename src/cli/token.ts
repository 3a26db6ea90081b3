/** `portolan token NAME`: a further token for the HTTP server, with the entry that makes it known. */
import { tokenEntry } from '../config/token-entry.ts';
import { hashToken, newToken } from '../config/tokens.ts';
import { SCOPES } from '../core/caller.ts';
import { PortolanError } from '../core/errors.ts';
import { EXIT } from './exit-codes.ts';
import { print } from './terminal.ts';

/** @param options.scopes comma separated; reading and running ordinary scans when absent. */
export async function token(name: string, options: { scopes?: string }): Promise<number> {
  const secret = newToken();
  const scopes = (options.scopes ?? 'scan:read,scan:run').split(',').map((one) => one.trim());
  const entry = tokenEntry().safeParse({ name, hash: hashToken(secret), scopes });
  if (!entry.success) {
    throw new PortolanError(
      'invalid_argument',
      `No token is made for ${JSON.stringify(name)} with the scopes ${scopes.join(', ')}.`,
      `A name has up to 64 letters, digits, dots, dashes or underscores; the scopes are ${SCOPES.join(', ')}.`,
    );
  }
  print(
    [
      'The token, shown this once:',
      '',
      `  ${secret}`,
      '',
      'Add below `server:` in the configuration file, and restart the server:',
      '',
      '  tokens:',
      `    - name: ${entry.data.name}`,
      `      hash: ${entry.data.hash}`,
      `      scopes: [${entry.data.scopes.map((scope) => JSON.stringify(scope)).join(', ')}]`,
    ].join('\n'),
  );
  return EXIT.ok;
}
