/** Reads what a run left in its folder when nobody was there to listen. */
import { createReadStream } from 'node:fs';
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
  await readFile(join(directory, OUTPUT_FILE), (bytes) => lines.write(bytes));
  lines.write();
  await readFile(join(directory, REPORT_FILE), (bytes) => report.write(bytes));
  return { ...report.end(), coverage: report.coverage.notes() };
}

async function readFile(path: string, onBytes: (bytes: Uint8Array) => void): Promise<void> {
  try {
    for await (const bytes of createReadStream(path, { highWaterMark: 256 * 1024 })) onBytes(bytes);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
