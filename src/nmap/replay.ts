/** Reads what a run left in its folder when nobody was there to listen. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { CoverageNote, HostResult } from '../core/result.ts';
import { createLineSplitter, type OpenPort, readOutputLine } from './output.ts';
import { createReport, OUTPUT_FILE, REPORT_FILE, type ReportEnd } from './report.ts';

export interface LeftBehind extends ReportEnd {
  coverage: CoverageNote[];
}

/**
 * Replays the report and the output that a run left in its directory, whole or cut, so that nothing nmap had said is
 * lost. First the announced ports, then the hosts. Missing files are as empty ones.
 */
export async function readRun(
  directory: string,
  listener: { host(host: HostResult): void; openPort?(found: OpenPort): void },
): Promise<LeftBehind> {
  const report = createReport((host) => listener.host(host));
  const lines = createLineSplitter((line) => {
    const event = readOutputLine(line);
    if (event?.kind === 'open') listener.openPort?.(event.found);
    else if (event?.kind === 'gave_up') report.coverage.gaveUp(event.address);
  });
  await readIfThere(join(directory, OUTPUT_FILE), (bytes) => lines.write(bytes));
  lines.write();
  await readIfThere(join(directory, REPORT_FILE), (bytes) => report.write(bytes));
  return { ...report.end(), coverage: report.coverage.notes() };
}

const BLOCK = 64 * 1024;

/** Gives the bytes of a file in order. Two blocks of memory take turns: one is read while the other is looked at. */
export async function readBlocks(path: string, onBytes: (bytes: Uint8Array) => void): Promise<void> {
  const file = await open(path, 'r');
  const read = (block: Buffer<ArrayBuffer>) => file.read(block, 0, block.length, null);
  try {
    let next = read(Buffer.allocUnsafe(BLOCK));
    let spare = Buffer.allocUnsafe(BLOCK);
    for (;;) {
      const { bytesRead, buffer } = await next;
      if (bytesRead === 0) return;
      next = read(spare);
      spare = buffer;
      onBytes(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

async function readIfThere(path: string, onBytes: (bytes: Uint8Array) => void): Promise<void> {
  try {
    await readBlocks(path, onBytes);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
