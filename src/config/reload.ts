/**
 * A configuration that is read anew while we run. The object that everybody reads from stays the same one; its values
 * change in place, so that whoever asks when it needs a setting has the new one.
 */
import { isDeepStrictEqual } from 'node:util';
import { SETTINGS, type Setting } from './flat-settings.ts';
import type { Config } from './schema.ts';

/** Settings, or whole groups, that are read once: open sockets, open files, loaded code. */
const AT_START: ReadonlySet<string> = new Set([
  'server.transport',
  'server.host',
  'server.port',
  'server.path',
  'server.publicUrl',
  'server.trustedProxies',
  'server.tls',
  'server.maxConnections',
  'server.maxConnectionsPerAddress',
  'server.allowedHosts',
  'server.allowedOrigins',
  'auth.allowUrlToken',
  'auth.issuer',
  'auth.audience',
  'auth.jwksUrl',
  'auth.nameClaim',
  'auth.scopesClaim',
  'auth.scopes',
  'scans.database',
  'scans.zone',
  'tools.plugins',
  'remote',
  'metrics',
  'logging.file',
  'logging.format',
  'logging.audit',
  'logging.auditFile',
  'logging.auditHeadFile',
  'logging.auditHeadMinutes',
]);

/** Whether a change of it counts only from the next start on. */
export function countsAtStart({ group, key }: Pick<Setting, 'group' | 'key'>): boolean {
  return AT_START.has(group) || AT_START.has(key);
}

export interface Reloaded {
  /** Keys of settings that have another value now. */
  changed: string[];
  /** Keys that the sources say otherwise, and which wait for a start. */
  waiting: string[];
}

/** Gives `config` the values of `next`, but for those that count at the start alone. */
export function reload(config: Config, next: Config): Reloaded {
  const now = config as Record<string, Record<string, unknown>>;
  const then = next as Record<string, Record<string, unknown>>;
  const changed: string[] = [];
  const waiting: string[] = [];
  for (const setting of SETTINGS) {
    const { group, name, key } = setting;
    const value = then[group]?.[name];
    const values = now[group];
    if (!values || isDeepStrictEqual(values[name], value)) continue;
    if (countsAtStart(setting)) {
      waiting.push(key);
      continue;
    }
    changed.push(key);
    if (value === undefined) delete values[name];
    else values[name] = value;
  }
  return { changed, waiting };
}
