/** Where what a channel brings is written. */
import type { FileHandle } from 'node:fs/promises';
import type { ClientChannel } from 'ssh2';

/** Most bytes that wait for the disk before the scanner is made to wait. */
const MAX_WAITING = 4 * 1024 * 1024;

export interface FileEnd {
  write(bytes: Buffer): void;
  /** Resolves when everything is written, or cannot be. */
  end(): Promise<void>;
  failed(): boolean;
}

/** Writes to a file in order; a slow disk pauses the channel instead of filling our memory. */
export function appendTo(
  file: FileHandle,
  channel: ClientChannel,
  onFailure: (error: unknown) => void,
): FileEnd {
  let waiting = 0;
  let failed = false;
  let last: Promise<void> = Promise.resolve();
  return {
    write(bytes) {
      if (failed) return;
      waiting += bytes.length;
      if (waiting > MAX_WAITING) pauseBoth(channel, true);
      last = last
        .then(() => (failed ? undefined : file.appendFile(bytes)))
        .catch((error: unknown) => {
          failed = true;
          onFailure(error);
        })
        .finally(() => {
          waiting -= bytes.length;
          if (waiting === 0) pauseBoth(channel, false);
        });
    },
    end: () => last,
    failed: () => failed,
  };
}

function pauseBoth(channel: ClientChannel, pause: boolean): void {
  for (const stream of [channel, channel.stderr]) {
    if (pause) stream.pause();
    else stream.resume();
  }
}
