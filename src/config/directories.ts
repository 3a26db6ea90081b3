/** Where this platform keeps a program's data and its configuration. */
import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** For the database and running scans. XDG Base Directory Specification; `Application Support` and `%LOCALAPPDATA%` elsewhere. */
export function dataDirectory(env: Environment = process.env, platform: string = process.platform): string {
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'portolan');
  if (platform === 'win32') {
    return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'portolan');
  }
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'portolan');
}

/** For `portolan.yaml`. */
export function configDirectory(env: Environment = process.env, platform: string = process.platform): string {
  if (platform === 'darwin') return dataDirectory(env, platform);
  if (platform === 'win32') {
    return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'portolan');
  }
  return join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'portolan');
}
