/** A server that follows its configuration file, and reads it again on SIGHUP. */
import type { App } from '../app/app.ts';
import type { LoadedConfig } from '../config/load.ts';
import { reload } from '../config/reload.ts';
import { redact } from '../config/secrets.ts';
import { knownTokens } from '../config/tokens.ts';
import { type ConfigWatch, watchConfig } from '../config/watch.ts';
import { PortolanError } from '../core/errors.ts';
import type { OpenLog } from '../observe/log.ts';

/**
 * @param load reads all sources as at the start.
 * @param check throws a PortolanError for what this server cannot do while it runs.
 * @returns what ends the watching.
 */
export function followConfig(
  { config, file }: LoadedConfig,
  parts: {
    app: App;
    log: OpenLog;
    load: () => Promise<LoadedConfig>;
    check?: (next: LoadedConfig) => void;
    /** Told that other tools are offered now. */
    onTools?: () => void;
    /** Runs what SIGHUP asks for, and may do more around it. */
    onHangup?: (reload: () => Promise<void>) => Promise<void>;
  },
): () => void {
  const { app, log, load, check = () => {}, onTools = () => {}, onHangup = (reload) => reload() } = parts;
  let watching: ConfigWatch | undefined;
  const hungUp = () => {
    log.reopen();
    void onHangup(async () => watching?.check());
  };
  // At a terminal it means that the terminal is gone.
  if (!process.stdin.isTTY) process.on('SIGHUP', hungUp);
  const stop = () => {
    process.off('SIGHUP', hungUp);
    watching?.close();
  };
  if (file === undefined) return stop;
  const record = (kind: string, fields: Readonly<Record<string, unknown>>) =>
    void app.observation().then(
      (observation) => observation.record(kind, { file, ...fields }),
      (error: unknown) => log.error({ err: error }, 'the audit cannot be written'),
    );
  const onProblem = (error: unknown) =>
    log.warn({ err: error, file }, 'the configuration file is not watched');
  try {
    watching = watchConfig({
      file,
      load,
      onProblem,
      onChange(next) {
        check(next);
        app.check(next.config);
        for (const notice of next.notices) log.warn({ notice }, 'configuration');
        const before = structuredClone(redact(config));
        const { changed, waiting } = reload(config, next.config);
        if (changed.length + waiting.length > 0)
          record('configuration_changed', { changed: changes(changed, before, redact(config)), waiting });
        if (changed.length > 0) app.reconfigured(changed);
        if (changed.some((key) => key.startsWith('tools.'))) onTools();
        if (changed.length > 0) log.info({ file, changed }, 'configuration changed');
        if (waiting.length > 0) log.warn({ file, waiting }, 'these settings count from the next start on');
      },
      onRefused: (why) => {
        log.error(
          { file, reason: why.message, next: why.next },
          'configuration refused; the one before goes on',
        );
        record('configuration_refused', { reason: why.message });
      },
    });
  } catch (error) {
    onProblem(error);
  }
  return stop;
}

type Shown = ReturnType<typeof redact>;

/** What each setting was and is now, without secrets. */
function changes(keys: readonly string[], before: Shown, now: Shown): Record<string, unknown> {
  const settingIn = (shown: Shown, key: string) => {
    const [group = '', name = ''] = key.split('.');
    return shown[group]?.[name] ?? null;
  };
  return Object.fromEntries(
    keys.map((key) => [key, { from: settingIn(before, key), to: settingIn(now, key) }]),
  );
}

/** A server that was started open to whoever reaches it cannot begin to ask for tokens. @throws PortolanError */
export function mayKeepAccess(asksForTokens: boolean, next: Pick<LoadedConfig['config'], 'server'>): void {
  if (asksForTokens || knownTokens(next).length === 0) return;
  throw new PortolanError(
    'invalid_config',
    'This server was started without a token, and cannot ask for one while it runs.',
    'Start it again for that change: portolan service restart',
  );
}
