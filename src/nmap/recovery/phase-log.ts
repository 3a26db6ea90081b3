/** The hosts that a scan in phases has finished, one JSON line each in the folder of its run: what a recovery reads. */
import { appendFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostResult } from '../../core/result.ts';

export const HOSTS_FILE = 'hosts.jsonl';
export const PHASE_PREFIX = 'phase-';

/** On disk when it returns, so that a host is never told before it is safe. */
export function logHost(directory: string, host: HostResult): void {
  appendFileSync(join(directory, HOSTS_FILE), `${JSON.stringify(host)}\n`, { mode: 0o600 });
}

/** Hosts that were logged whole; a line that was cut off is left out. */
export async function loggedHosts(directory: string): Promise<HostResult[]> {
  const text = await readFile(join(directory, HOSTS_FILE), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return [HostResult.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}

/** The folders of a run whose names begin so, in their order: of its phases (none for a plain scan), or further runs. */
export async function foldersOf(directory: string, prefix: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name) => join(directory, name));
}
