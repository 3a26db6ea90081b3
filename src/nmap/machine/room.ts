/** Whether the disk takes what a run has to write: nmap's reports, and what we log beside them. */
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PortolanError } from '../../core/errors.ts';

/** System errors that mend when somebody makes room or repairs the disk (errno(3)). */
const DISK_FAULTS: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EFBIG']);

/** A fault of the disk below a run, as callers see it; undefined for everything else. */
export function diskFault(error: unknown): PortolanError | undefined {
  if (error instanceof PortolanError) return error.code === 'storage_failed' ? error : undefined;
  if (!(error instanceof Error && 'code' in error)) return undefined;
  const code = String(error.code);
  if (!DISK_FAULTS.has(code)) return undefined;
  const what = code === 'ENOSPC' || code === 'EDQUOT' ? 'is full' : 'does not work as it should';
  return new PortolanError(
    'storage_failed',
    `The disk of the data directory ${what} (${code}).`,
    'Make room on it or repair it; the scan goes on by itself then, with all it had found.',
    { cause: error },
  );
}

/** Writes so many bytes into a new file and removes it. @throws PortolanError `storage_failed` when there is no room */
export async function checkRoom(path: string, bytes: number): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'w', 0o600);
    try {
      await file.writeFile(Buffer.alloc(bytes));
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw diskFault(error) ?? error;
  } finally {
    await rm(path, { force: true }).catch(() => {});
  }
}
