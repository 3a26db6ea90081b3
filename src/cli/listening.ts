/** Where the server of a database listens: noted beside it for `portolan health`, whatever options it was started with. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { dataFolder } from '../config/data-folder.ts';
import type { Config } from '../config/schema.ts';

const Note = z.object({ url: z.url({ protocol: /^https?$/ }) });

const fileOf = (config: Pick<Config, 'scans'>) => join(dataFolder(config), 'listening.json');

/** @returns what takes the note away again, unless another server has written its own meanwhile. */
export function noteListening(config: Pick<Config, 'scans'>, url: string): () => void {
  // With PostgreSQL nothing else has made it yet.
  mkdirSync(dirname(fileOf(config)), { recursive: true, mode: 0o700 });
  writeFileSync(fileOf(config), `${JSON.stringify({ url })}\n`, { mode: 0o600 });
  return () => {
    if (listeningUrl(config) === url) rmSync(fileOf(config), { force: true });
  };
}

/** The MCP endpoint of the server that noted itself last; undefined when none did. */
export function listeningUrl(config: Pick<Config, 'scans'>): string | undefined {
  try {
    return Note.parse(JSON.parse(readFileSync(fileOf(config), 'utf8'))).url;
  } catch {
    return undefined; // none was ever started, or the file is none of ours
  }
}
