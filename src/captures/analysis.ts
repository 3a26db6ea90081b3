/**
 * The one door to the capture engine. {@link analyzeCapture} runs in the calling thread (it gives way to the event loop
 * between chunks); a server uses analyzeInWorker (worker-client.ts), same arguments, so that it goes on answering.
 */
import { setImmediate } from 'node:timers/promises';
import { type ByteSource, fromDescriptor, fromPath, fromStream } from './container/bytes.ts';
import { readCapture } from './container/reader.ts';
import type { DetectionSettings } from './detection-settings.ts';
import { Engine } from './engine.ts';
import type { CaptureReport, Suspect } from './findings.ts';

export type { DetectionSettings } from './detection-settings.ts';
export type * from './findings.ts';

const REPORT_EVERY_MS = 100;

/** Where the bytes come from. An `fd` is read from its current position (0 for standard input) and not closed. */
export type CaptureSource =
  | { kind: 'fd'; fd: number; size?: number }
  | { kind: 'path'; path: string }
  | { kind: 'stream'; stream: AsyncIterable<Uint8Array> };

export interface CaptureProgress {
  /** Bytes of the file itself read so far (compressed where it is), and its size where known. */
  bytes: number;
  totalBytes?: number;
  packets: number;
}

export interface AnalyzeOptions {
  /** Aborting rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called at most about ten times a second. */
  onProgress?: (progress: CaptureProgress) => void;
  /** Refuse with `file_too_large` when more (decompressed) bytes than this come out of the source. */
  maxBytes?: number;
}

/**
 * Reads a capture to its end and says who scanned.
 * @throws PortolanError `corrupt_capture` when nothing of it can be read as a capture, `unsupported_file_type` for a
 * compression this build cannot read, `file_too_large` beyond maxBytes. A file that is damaged later gives the part
 * before the damage, with `truncated`.
 */
export async function analyzeCapture(
  source: CaptureSource,
  settings: DetectionSettings,
  options: AnalyzeOptions = {},
): Promise<CaptureReport> {
  const bytes = open(source);
  const engine = new Engine(settings);
  let reported = performance.now();
  try {
    const extent = await readCapture(bytes, {
      maxBytes: options.maxBytes,
      onBatch: (batch) => engine.take(batch),
      async onChunk({ packets }) {
        options.signal?.throwIfAborted();
        const now = performance.now();
        if (now - reported < REPORT_EVERY_MS) return;
        reported = now;
        const total = bytes.total;
        options.onProgress?.({
          bytes: bytes.taken(),
          packets,
          ...(total === undefined ? {} : { totalBytes: total }),
        });
        await setImmediate();
      },
    });
    options.signal?.throwIfAborted();
    return engine.report(extent);
  } finally {
    bytes.close();
  }
}

function open(source: CaptureSource): ByteSource {
  switch (source.kind) {
    case 'fd':
      return fromDescriptor(source.fd, false);
    case 'path':
      return fromPath(source.path);
    case 'stream':
      return fromStream(source.stream);
  }
}

export interface Thresholds {
  /** Fewest endpoints: ports of a host, or hosts of a port. */
  minPorts: number;
  /** Least rate within the best window, in new endpoints a second. Left out, slow scans are given as well. */
  minRatePps?: number | undefined;
}

/** {@link Thresholds.minPorts} unless a caller names another. Below it, less than the settings ask for is shown. */
export const DEFAULT_MIN_PORTS = 10;

/**
 * The suspects that pass a caller's thresholds. With `minRatePps`, both must be met within one sliding window; without, a
 * scan is given whatever its rate, with `slow: true` where it is low. Members of a group count with the group.
 */
export function selectSuspects(report: CaptureReport, { minPorts, minRatePps }: Thresholds): Suspect[] {
  const all = minPorts < DEFAULT_MIN_PORTS ? [...report.suspects, ...report.faint] : report.suspects;
  return all.filter((suspect) => {
    const { endpoints, group, windows } = suspect;
    if (Math.max(endpoints, group?.endpoints ?? 0) < minPorts) return false;
    // Without times there are no windows: the whole capture counts.
    if (minRatePps === undefined || windows.length === 0) return true;
    const least = group === undefined ? minPorts : 1;
    return windows.some((window) => window.endpoints >= least && window.rate_pps >= minRatePps);
  });
}
