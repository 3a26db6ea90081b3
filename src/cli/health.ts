/** `portolan health`: whether the server here takes calls, as an exit status. The health check of containers. */

import { get } from 'node:http';
import { get as getOverTls } from 'node:https';
import { shownDatabase } from '../core/database-address.ts';
import { EXIT } from './exit-codes.ts';
import { listeningUrl } from './listening.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { print } from './terminal.ts';

const TIMEOUT_MS = 4000;

export async function health(options: CommonOptions): Promise<number> {
  const { config } = await loadFor(options);
  const url = listeningUrl(config);
  if (url === undefined) {
    print(`No server listens on the database ${shownDatabase(config.scans.database)}.`);
    return EXIT.failed;
  }
  const status = await readiness(new URL('/health/ready', url));
  print(status === 200 ? `Ready: ${url}` : `Not ready: ${url} (${status ?? 'no answer'})`);
  return status === 200 ? EXIT.ok : EXIT.failed;
}

/** The status of the answer of a server of this machine; undefined without one. */
export function readiness(url: URL): Promise<number | undefined> {
  return new Promise((resolve) => {
    const options = {
      timeout: TIMEOUT_MS,
      // It is this machine's own server, whose certificate names it by another name, and no secret is sent.
      rejectUnauthorized: false,
    };
    const request = (url.protocol === 'https:' ? getOverTls : get)(url, options, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}
