/** Reads what a run left in its folder when nobody was there to listen. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunFacts } from '../../core/details.ts';
import type { CoverageNote, HostResult } from '../../core/result.ts';
import { keptNames } from '../run/asked-names.ts';
import { AGAIN_PREFIX, OUTPUT_FILE, REPORT_FILE } from '../run/files.ts';
import { createLineSplitter, type OpenPort, readOutputLine } from '../run/output.ts';
import { createReport, type ReportEnd } from '../xml/report.ts';
import { joinRuns } from '../xml/run-facts.ts';
import { foldersOf, loggedHosts, PHASE_PREFIX } from './phase-log.ts';

export interface LeftBehind extends ReportEnd {
  coverage: CoverageNote[];
}

export interface RunListener {
  host(host: HostResult): void;
  openPort?(found: OpenPort): void;
}

/**
 * Replays what a run left in its directory, whole or cut, so that nothing nmap had said is lost. Of a scan in phases the
 * finished hosts come as they were told, and what its phases had found of the others as `partial` ones.
 */
export async function readRun(directory: string, told: RunListener): Promise<LeftBehind> {
  const names = await keptNames(directory);
  const listener: RunListener = { ...told, host: (host) => told.host(names.on(host)) };
  const phases = await foldersOf(directory, PHASE_PREFIX);
  if (phases.length === 0) {
    let end = await readReport(directory, listener);
    for (const again of await foldersOf(directory, AGAIN_PREFIX)) {
      const next = await readReport(again, listener);
      end = { ...next, run: joinRuns(end.run, next.run) };
    }
    return end;
  }
  const finished = await loggedHosts(directory);
  const done = new Set(finished.map(({ address }) => address));
  const unfinished = new Map<string, HostResult>();
  let nmapVersion: string | undefined;
  let run: RunFacts = { asked: [] };
  for (const phase of phases) {
    const end = await readReport(phase, {
      host: (host) => {
        if (host.status === 'up' && !done.has(host.address)) {
          unfinished.set(host.address, mergePhase(unfinished.get(host.address), host));
        }
      },
      openPort: (found) => {
        if (!done.has(found.address)) listener.openPort?.(found);
      },
    });
    nmapVersion ??= end.nmapVersion;
    run = joinRuns(run, end.run);
  }
  const partial = [...unfinished.values()].filter(({ ports }) => ports.length > 0);
  for (const host of [...finished, ...partial]) listener.host(host);
  return {
    truncated: true,
    hosts: finished.length + partial.length,
    coverage: [],
    run,
    ...(nmapVersion ? { nmapVersion } : {}),
  };
}

/** What is known of a host after one phase more: its open ports, each with the fullest description. */
function mergePhase(before: HostResult | undefined, host: HostResult): HostResult {
  const open = new Map(before?.ports.map((port) => [`${port.protocol} ${port.port}`, port]));
  for (const port of host.ports) {
    if (port.state !== 'open') continue;
    const key = `${port.protocol} ${port.port}`;
    if (!open.has(key) || port.product !== undefined || port.method === 'probed') open.set(key, port);
  }
  const { other_ports: _, ...frame } = before ?? host;
  return { ...frame, ports: [...open.values()].sort((a, b) => a.port - b.port), partial: true };
}

/** One report and its output. First the announced ports, then the hosts. Missing files are as empty ones. */
async function readReport(directory: string, listener: RunListener): Promise<LeftBehind> {
  const report = createReport((host) => listener.host(host));
  const lines = createLineSplitter((line) => {
    const event = readOutputLine(line);
    if (event?.kind === 'open') listener.openPort?.(event.found);
    else if (event?.kind === 'gave_up') report.coverage.gaveUp(event.address);
  });
  await readIfThere(join(directory, OUTPUT_FILE), (bytes) => lines.write(bytes));
  lines.write();
  await readIfThere(join(directory, REPORT_FILE), (bytes) => report.write(bytes));
  return { ...report.end(), coverage: report.coverage.notes(report.unsent) };
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
