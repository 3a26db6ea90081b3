/** Watches the configuration file. A change that is valid is told; one that is not is told as refused. */
import { PortolanError } from '../core/errors.ts';
import type { LoadedConfig } from './load.ts';
import { watchFiles } from './watch-files.ts';

export interface ConfigWatch {
  /** Reads the sources now, whether or not the file has changed. */
  check(): Promise<void>;
  close(): void;
}

export function watchConfig(parts: {
  file: string;
  /** Reads all sources as at the start. */
  load: () => Promise<LoadedConfig>;
  /** Told what a valid change came to. May throw a PortolanError to refuse it nevertheless. */
  onChange: (loaded: LoadedConfig) => void;
  /** Told why a change was refused; what was before goes on. */
  onRefused: (why: PortolanError) => void;
  /** Told when the folder cannot be watched (any longer). */
  onProblem: (error: unknown) => void;
}): ConfigWatch {
  const { file, load, onChange, onRefused, onProblem } = parts;
  let checks = Promise.resolve();

  const check = () => {
    checks = checks.then(async () => {
      try {
        onChange(await load());
      } catch (error) {
        if (error instanceof PortolanError) onRefused(error);
        else onProblem(error);
      }
    });
    return checks;
  };
  return { check, close: watchFiles([file], () => void check(), onProblem) };
}
