/**
 * The few words of an ssh configuration (ssh_config(5)) that say where a machine is: HostName, Port, User, IdentityFile
 * and ProxyJump of `Host` sections. Everything else is taken out before it is computed: ProxyCommand, `Match exec` and
 * CanonicalizeHostName would start programs.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import SSHConfig from 'ssh-config';
import { PortolanError } from '../../core/errors.ts';

export interface HostWords {
  host?: string;
  port?: number;
  user?: string;
  keys: string[];
  /** Jump hosts in order, as `[user@]host[:port]`. */
  jumps: string[];
}

const HONOURED = new Set(['hostname', 'port', 'user', 'identityfile', 'proxyjump']);

/** What the file says of a host; nothing when there is no such file. @throws PortolanError invalid_config */
export function readSshConfig(file: string, alias: string): HostWords {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { keys: [], jumps: [] };
    throw invalid(file, 'cannot be read', error);
  }
  const words = compute(file, text, alias);
  const one = (name: string) => {
    const value = words[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const [host, port, user, jump] = [one('hostname'), one('port'), one('user'), one('proxyjump')];
  const keys = [words['identityfile'] ?? []].flat().map(homePath);
  return {
    ...(host === undefined ? {} : { host: host.replaceAll('%h', alias) }),
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(user === undefined ? {} : { user }),
    keys,
    jumps:
      jump === undefined || jump.toLowerCase() === 'none' ? [] : jump.split(',').map((one) => one.trim()),
  };
}

function compute(file: string, text: string, alias: string): Record<string, string | string[]> {
  try {
    const all = SSHConfig.parse(text);
    const inert = new SSHConfig();
    for (const line of all) {
      if (!('param' in line)) continue;
      const name = line.param.toLowerCase();
      if (HONOURED.has(name)) inert.push(line);
      if (name !== 'host' || !('config' in line)) continue;
      const config = new SSHConfig();
      for (const inner of line.config) {
        if ('param' in inner && HONOURED.has(inner.param.toLowerCase())) config.push(inner);
      }
      inert.push({ ...line, config });
    }
    return inert.compute(alias, { ignoreCase: true, matchExec: false });
  } catch (error) {
    throw invalid(file, 'is not an ssh configuration', error);
  }
}

/** `~/` and `%d` are the home; other tokens are left, and then name no file. */
function homePath(path: string): string {
  return path
    .replace(/^~(?=\/)/, homedir())
    .replaceAll('%d', homedir())
    .replace(/^(?!\/)/, `${join(homedir(), '.ssh')}/`);
}

function invalid(file: string, what: string, cause: unknown): PortolanError {
  return new PortolanError(
    'invalid_config',
    `The ssh configuration ${file} ${what}.`,
    'Mend it, or write host, port, user and key into the settings of the scanner.',
    { cause },
  );
}
