/** A server that follows its configuration file, and reads it again on SIGHUP. */
import type { App } from '../app.ts';
import type { LoadedConfig } from '../config/load.ts';
import { reload } from '../config/reload.ts';
import { knownTokens } from '../config/tokens.ts';
import { type ConfigWatch, watchConfig } from '../config/watch.ts';
import { PortolanError } from '../core/errors.ts';
import type { Logger } from '../observe/log.ts';

/**
 * @param load reads all sources as at the start.
 * @param check throws a PortolanError for what this server cannot do while it runs.
 * @returns what ends the watching.
 */
export function followConfig(
  { config, file }: LoadedConfig,
  parts: {
    app: App;
    log: Logger;
    load: () => Promise<LoadedConfig>;
    check?: (next: LoadedConfig) => void;
    /** Told that other tools are offered now. */
    onTools: () => void;
    /** Runs what SIGHUP asks for, and may do more around it. */
    onHangup?: (reload: () => Promise<void>) => Promise<void>;
  },
): () => void {
  if (file === undefined) return () => {};
  const { app, log, load, check = () => {}, onTools, onHangup = (reload) => reload() } = parts;
  const onProblem = (error: unknown) =>
    log.warn({ err: error, file }, 'the configuration file is not watched');
  let watching: ConfigWatch;
  try {
    watching = watchConfig({
      file,
      load,
      onProblem,
      onChange(next) {
        check(next);
        app.check(next.config);
        for (const notice of next.notices) log.warn({ notice }, 'configuration');
        const { changed, waiting } = reload(config, next.config);
        if (changed.length > 0) app.reconfigured(changed);
        if (changed.some((key) => key.startsWith('tools.'))) onTools();
        if (changed.length > 0) log.info({ file, changed }, 'configuration changed');
        if (waiting.length > 0) log.warn({ file, waiting }, 'these settings count from the next start on');
      },
      onRefused: (why) =>
        log.error(
          { file, reason: why.message, next: why.next },
          'configuration refused; the one before goes on',
        ),
    });
  } catch (error) {
    onProblem(error);
    return () => {};
  }
  const hungUp = () => void onHangup(() => watching.check());
  // At a terminal it means that the terminal is gone.
  if (!process.stdin.isTTY) process.on('SIGHUP', hungUp);
  return () => {
    process.off('SIGHUP', hungUp);
    watching.close();
  };
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
