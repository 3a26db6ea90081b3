/** The data files of the installed nmap that a scan in phases reads itself. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NmapInstall } from '../machine/install.ts';
import type { Runner } from '../run/runner.ts';
import { parseVersionDatabase, type VersionDatabase } from './version-database.ts';

/** The service probes. Throws when the file is not there: nmap without it cannot detect versions either. */
export async function readVersionDatabase({ dataDirectory }: NmapInstall): Promise<VersionDatabase> {
  // Matches hold bytes outside of ASCII; Latin-1 keeps each as it is.
  const text = await readFile(join(dataDirectory, 'nmap-service-probes'), 'latin1');
  return parseVersionDatabase(text);
}

/** Names of TCP ports as the nmap-services there has them; no names when it cannot be read. */
export async function readServiceNames(
  nmap: NmapInstall,
  runner: Runner,
): Promise<(port: number) => string | undefined> {
  const text = await runner.readServices(nmap).catch(() => '');
  const names = new Map<number, string>();
  for (const [, name = '', port] of text.matchAll(/^(\S+)\t(\d+)\/tcp\t/gm)) {
    if (name !== 'unknown' && !names.has(Number(port))) names.set(Number(port), name);
  }
  return (port) => names.get(port);
}
