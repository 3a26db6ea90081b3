/** `portolan open`: the dashboard in the browser of whoever sits here, logged in by a link that is good once. */
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { dataFolder } from '../config/data-folder.ts';
import { hashToken } from '../config/tokens.ts';
import { shownDatabase } from '../core/database-address.ts';
import { PortolanError } from '../core/errors.ts';
import { LINK_LIFE_MS } from '../core/session.ts';
import { hasScreen, showInBrowser } from '../nmap/machine/browser.ts';
import type { Store } from '../store/open.ts';
import { recordFor } from './audit-record.ts';
import { EXIT } from './exit-codes.ts';
import { readiness } from './health.ts';
import { onInterrupt } from './interrupt.ts';
import { listeningUrl } from './listening.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { note, print } from './terminal.ts';

const LOOK_EVERY_MS = 300;

/**
 * Whoever may write into the database is the operator: the link, whose code is noted there, lets in as one.
 * @param options.print print the address alone.
 * @throws PortolanError `server_unreachable` when no server of this database listens.
 */
export async function open(options: CommonOptions & { print?: boolean }): Promise<number> {
  const { config } = await loadFor(options);
  const url = listeningUrl(config);
  if (url === undefined || (await readiness(new URL('/health/live', url))) !== 200) {
    throw new PortolanError(
      'server_unreachable',
      `No server listens on the database ${shownDatabase(config.scans.database)}.`,
      'Start one with the same configuration: portolan serve',
    );
  }
  const { openStore } = await import('../store/open.ts');
  const store = await openStore(config.scans.database);
  try {
    const code = randomBytes(32).toString('base64url');
    await store.sessions.addLink(hashToken(code), Date.now() + LINK_LIFE_MS);
    await recordFor(options, 'link_created', {});
    const address = `${new URL(config.server.publicUrl ?? url).origin}/login#code=${code}`;
    print(address);
    note('It logs in once, within a minute, as who may do everything.');
    if (options.print || !hasScreen()) return EXIT.ok;
    note('Opening it in a browser; where none shows it, paste it into one.');
    return await showAndWait(store, address, hashToken(code), dataFolder(config));
  } finally {
    await store.close();
  }
}

/** The code is in no argument of a process, which others here could read, but in a page that leads on to it. */
async function showAndWait(store: Store, address: string, hash: string, folder: string): Promise<number> {
  const page = join(folder, `open-${process.pid}.html`);
  const { signal } = onInterrupt({});
  try {
    await writeFile(page, leadsTo(address), { mode: 0o600 });
    await showInBrowser(pathToFileURL(page).href);
    const until = Date.now() + LINK_LIFE_MS;
    while (Date.now() < until && !signal.aborted) {
      if (!(await store.sessions.hasLink(hash))) {
        note('The browser is logged in.');
        return EXIT.ok;
      }
      await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
    }
    note('Nobody used it within its time.');
    return EXIT.failed;
  } finally {
    await rm(page, { force: true });
  }
}

function leadsTo(address: string): string {
  return `<!doctype html>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url=${address}">
<title>Portolan</title>
<a href="${address}">Portolan</a>
`;
}
