/** Runs a fixed command that only tells something about this machine. Never a scanner: that is start-scanner.ts alone. */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

export interface CommandOutput {
  /** Exit status; undefined when it could not be started or was killed. */
  status: number | undefined;
  stdout: string;
  stderr: string;
  /** Why it could not be started. */
  fault?: Error;
}

const MAX_OUTPUT = 64 * 1024;

/** Never throws. Without a shell, with a bare environment and `env`, at most `timeoutMs` and 64 KB. */
export function ask(
  path: string,
  args: readonly string[],
  timeoutMs = 5000,
  env: Readonly<Record<string, string>> = {},
): Promise<CommandOutput> {
  return new Promise((resolve) => {
    execFile(
      path,
      [...args],
      {
        env: { PATH: SYSTEM_PATH, LC_ALL: 'C', ...env },
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: MAX_OUTPUT,
        windowsHide: true,
      },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
        const fault = error !== null && typeof error.code === 'string' ? { fault: error } : {};
        resolve({ status, stdout, stderr, ...fault });
      },
    ).stdin?.end();
  });
}

/** Where system commands live, whatever PATH our own caller had: sbin is missing from many users' PATH. */
export const SYSTEM_PATH = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
].join(delimiter);

/** The absolute path of an executable: as given when it is a path, else the first one in `path`. */
export async function findExecutable(name: string, path: string = SYSTEM_PATH): Promise<string | undefined> {
  const candidates = isAbsolute(name)
    ? [name]
    : path
        .split(delimiter)
        .filter(isAbsolute)
        .map((directory) => join(directory, name));
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch {
      // not there, or not ours to run: the next one
    }
  }
  return undefined;
}
