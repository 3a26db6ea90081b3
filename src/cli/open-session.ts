/** Opens a {@link Session}: of this process, or with `--url` of a server elsewhere. */
import { PortolanError } from '../core/errors.ts';
import { type CommonOptions, loadFor } from './options.ts';
import type { Session } from './session.ts';

export interface SessionOptions extends CommonOptions {
  url?: string;
  tokenEnv?: string;
}

/**
 * @param doing.scans whether the first thing done with it is a scan
 * @throws PortolanError
 */
export async function openSession(
  options: SessionOptions,
  { scans = false }: { scans?: boolean } = {},
): Promise<Session> {
  if (options.url === undefined) {
    if (options.tokenEnv !== undefined) {
      throw new PortolanError(
        'invalid_argument',
        '--token-env is for a server elsewhere, and there is no --url.',
        'Add --url https://host:8765/mcp, or leave --token-env out.',
      );
    }
    const { openLocal } = await import('./local-session.ts');
    return await openLocal(await loadFor(options), scans);
  }
  const local = (['config', 'db', 'set'] as const).find((name) => options[name] !== undefined);
  if (local !== undefined) {
    throw new PortolanError(
      'invalid_argument',
      `--${local} concerns this machine, but with --url the server there does the work.`,
      `Leave --${local} out, or set it where that server is started.`,
    );
  }
  const url = URL.parse(options.url);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new PortolanError(
      'invalid_argument',
      `--url ${options.url} is not the address of a server.`,
      'Write it whole: --url http://127.0.0.1:8765/mcp',
    );
  }
  const { openRemote } = await import('./remote-session.ts');
  return await openRemote(url, process.env[options.tokenEnv ?? 'PORTOLAN_TOKEN']);
}
