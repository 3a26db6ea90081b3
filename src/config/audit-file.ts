import { join } from 'node:path';
import { dataFolder } from './data-folder.ts';
import type { Config } from './schema.ts';

/** Where the audit of a configuration is, for the one who writes it and the one who verifies it. */
export function auditFile(config: Pick<Config, 'logging' | 'scans'>): string {
  return config.logging.auditFile ?? join(dataFolder(config), 'audit.jsonl');
}

/** How the audit of a configuration is kept. */
export function auditSettings(config: Pick<Config, 'logging' | 'scans'>) {
  const { auditMaxMb, auditKeepFiles, auditKeepDays } = config.logging;
  return {
    file: auditFile(config),
    maxMegabytes: auditMaxMb,
    keepFiles: auditKeepFiles,
    keepDays: auditKeepDays,
  };
}
