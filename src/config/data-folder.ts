import { dirname, join } from 'node:path';
import { isPostgres } from '../core/database-address.ts';
import { dataDirectory } from './directories.ts';
import type { Config } from './schema.ts';

/**
 * The folder of what is kept beside the database: files of running scans, the audit, notes of who listens. Of a database
 * on a server each machine has its own.
 */
export function dataFolder({ scans }: Pick<Config, 'scans'>): string {
  return isPostgres(scans.database) ? dataDirectory() : dirname(scans.database);
}

/** Where running scans keep their files. */
export function runsFolder(config: Pick<Config, 'scans'>): string {
  return join(dataFolder(config), 'runs');
}

/** Where captures are kept that people upload. */
export function uploadsFolder(config: Pick<Config, 'scans'>): string {
  return join(dataFolder(config), 'uploads');
}
