/** Options that every command takes, and the configuration they lead to. */
import { resolve } from 'node:path';
import { kindOf, SETTING_BY_KEY } from '../config/flat-settings.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { isPostgres, passwordIn } from '../core/database-address.ts';
import { PortolanError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';

export interface CommonOptions {
  config?: string;
  db?: string;
  /** `key=value` pairs. */
  set?: string[];
}

/**
 * The configuration for a command. `flags` are the settings that the command's own options name; undefined ones were
 * not given.
 * @throws PortolanError `invalid_config`, also for a setting that is said twice: one of both would be dropped.
 */
export function loadFor(options: CommonOptions, flags: Record<string, unknown> = {}): Promise<LoadedConfig> {
  const own = {
    'scans.database': options.db === undefined ? undefined : databaseGiven(options.db),
    ...flags,
  };
  const said = [
    ...(options.set ?? []).map(splitSetting),
    ...Object.entries(own).filter(([, value]) => value !== undefined),
  ];
  const keys = said.map(([key]) => key);
  const twice = keys.find((key, place) => keys.indexOf(key) < place);
  if (twice !== undefined) throw saidTwice(twice);
  return loadConfig({ file: options.config, flags: Object.fromEntries(said) });
}

/** A path is one of the folder that the command was given in. */
export function databaseGiven(database: string): string {
  if (passwordIn(database) !== undefined) splitSetting(`scans.database=${database}`);
  return isPostgres(database) || /^(env|file):/.test(database) ? database : resolve(database);
}

function saidTwice(key: string): PortolanError {
  const setting = SETTING_BY_KEY.get(key);
  return new PortolanError(
    'invalid_config',
    `The command line says ${key} twice.`,
    setting && kindOf(setting) === 'list'
      ? `Say it once, with commas between: --set ${key}=A,B.`
      : 'Say it once: as an option or with --set.',
  );
}

function splitSetting(text: string): [string, string] {
  const equals = text.indexOf('=');
  const key = equals === -1 ? text : text.slice(0, equals);
  const setting = SETTING_BY_KEY.get(key);
  if (!setting || equals === -1) {
    const near = nearest(key, SETTING_BY_KEY.keys());
    throw new PortolanError(
      'invalid_config',
      equals === -1 ? `--set ${key} has no value.` : `--set: there is no setting ${key}.`,
      setting
        ? `Write --set ${key}=VALUE.`
        : near
          ? `Did you mean ${near}?`
          : 'docs/config.md lists the settings.',
    );
  }
  const value = text.slice(equals + 1);
  if (!setting.secret && setting.secretIn?.(value) === undefined) return [key, value];
  if (/^(env|file):/.test(value)) return [key, value];
  throw new PortolanError(
    'invalid_config',
    `--set ${key} would show the secret to everyone on this machine who lists processes.`,
    `Write --set ${key}=env:NAME or file:/path, or set ${setting.env}.`,
  );
}
