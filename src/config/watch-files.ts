/** Tells when files have another content, however they were replaced. */
import { readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Editors write a file in several steps; it is read when it has been left alone for so long, in milliseconds. */
const SETTLE_MS = 200;

/**
 * Their folders are watched, because editors, Kubernetes and certbot replace a file instead of writing into it; a file
 * that has the same text as before is no change.
 * @param onProblem told when a folder cannot be watched any longer.
 * @returns what ends the watching.
 * @throws the file system's error when a folder cannot be watched.
 */
export function watchFiles(
  files: readonly string[],
  onChange: () => void,
  onProblem: (error: unknown) => void,
): () => void {
  const contents = () => files.map(read).join('\0');
  let before = contents();
  let timer: NodeJS.Timeout | undefined;
  const settled = () => {
    const now = contents();
    if (now === before) return;
    before = now;
    onChange();
  };
  // In Kubernetes a file is a link through ..data, and that is what is replaced.
  const names = new Set([...files.map((file) => basename(file)), '..data']);
  const watchers = [...new Set(files.map((file) => dirname(file)))].map((folder) =>
    watch(folder, (_, name) => {
      if (name !== null && !names.has(name)) return;
      clearTimeout(timer);
      timer = setTimeout(settled, SETTLE_MS).unref();
    })
      .on('error', onProblem)
      .unref(),
  );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
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
