/** Watches the configuration file. A change that is valid is told; one that is not is told as refused. */
import { readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { PortolanError } from '../core/errors.ts';
import type { LoadedConfig } from './load.ts';

export interface ConfigWatch {
  /** Reads the sources now, whether or not the file has changed. */
  check(): Promise<void>;
  close(): void;
}

/** Editors write a file in several steps; it is read when it has been left alone for so long, in milliseconds. */
const SETTLE_MS = 200;

/**
 * The folder is watched, because editors and Kubernetes replace a file instead of writing into it; a file that has the
 * same text as before is no change.
 */
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
  let text = read(file);
  let timer: NodeJS.Timeout | undefined;
  let checks = Promise.resolve();

  const check = () => {
    checks = checks.then(async () => {
      text = read(file);
      try {
        onChange(await load());
      } catch (error) {
        if (error instanceof PortolanError) onRefused(error);
        else onProblem(error);
      }
    });
    return checks;
  };
  const settled = () => {
    if (read(file) !== text) void check();
  };
  // In Kubernetes the file is a link through ..data, and that is what is replaced.
  const names = new Set([basename(file), '..data']);
  const watcher = watch(dirname(file), (_, name) => {
    if (name !== null && !names.has(name)) return;
    clearTimeout(timer);
    timer = setTimeout(settled, SETTLE_MS).unref();
  });
  watcher.on('error', onProblem);
  watcher.unref();
  return {
    check,
    close() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}

/** Undefined when it is gone or cannot be read: that is a change too. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
