/**
 * The one door to the capture engine. {@link analyzeCapture} runs in the calling thread (it gives way to the event loop
 * between chunks); a server uses analyzeInWorker (worker-client.ts), same arguments, so that it goes on answering.
 */
import { setImmediate } from 'node:timers/promises';
import { type ByteSource, fromDescriptor, fromPath, fromStream } from './container/bytes.ts';
import { readCapture } from './container/reader.ts';
import { Engine } from './engine.ts';
import type { CaptureReport, Suspect } from './findings.ts';
import type { DetectionSettings } from './settings.ts';

export type * from './findings.ts';
export { DEFAULT_DETECTION, DetectionSettings } from './settings.ts';

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

/**
 * The suspects that pass a caller's thresholds, both within one sliding window: at least `minPorts` distinct endpoints
 * (ports of a host, or hosts of a port) at `minRatePps` or more. One that never reaches the rate is slow: it needs the
 * endpoints over the whole capture only, and is returned with `slow: true`. Members of a group count with the group.
 */
export function selectSuspects(
  report: CaptureReport,
  thresholds: { minPorts: number; minRatePps: number },
): Suspect[] {
  const { minPorts, minRatePps } = thresholds;
  return report.suspects.flatMap((suspect) => {
    const slow = suspect.windows.length > 0 && suspect.rate_pps < minRatePps;
    const inWindow = suspect.windows.some((w) => w.endpoints >= minPorts && w.rate_pps >= minRatePps);
    const whole = suspect.group?.endpoints ?? Math.max(suspect.distinct_ports, suspect.distinct_hosts);
    // Without times there are no windows: the whole capture counts.
    const untimed = suspect.windows.length === 0;
    if (!inWindow && whole < minPorts) return [];
    if (!inWindow && !slow && !untimed && suspect.group === undefined) return [];
    return [{ ...suspect, slow: suspect.slow || slow }];
  });
}
