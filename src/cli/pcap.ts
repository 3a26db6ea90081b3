/**
 * `portolan pcap FILE|-`: who scanned in this capture. A person at a terminal reads their own files, so neither the
 * folder nor the size limit of the tools apply; the thresholds of the configuration (detection) do.
 */
import { fstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import {
  analyzeCapture,
  type CaptureProgress,
  type CaptureReport,
  DEFAULT_MIN_PORTS,
  type DetectionSettings,
  selectSuspects,
} from '../captures/analysis.ts';
import { CAPTURE_DOCUMENTS } from '../captures/report-documents.ts';
import { parseNetwork } from '../core/address.ts';
import { PortolanError } from '../core/errors.ts';
import { EXIT } from './exit-codes.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { captureView } from './pcap-view.ts';
import { bar, liveLine, note, print } from './terminal.ts';

export interface PcapOptions extends CommonOptions {
  json?: boolean;
  csv?: boolean;
  markdown?: boolean;
  /** Thresholds of list_suspects; everything that was detected unless one is given. */
  minPorts?: string;
  minRate?: string;
  /** Addresses and networks whose scans are expected. */
  known?: string[];
  /** Exit status {@link EXIT.alarmed} when there is a suspect: for scripts. */
  failOnSuspects?: boolean;
}

/** Beside those of exit-codes.ts, and only where it was asked for: it must not be taken for a failure. */

export async function pcap(file: string, options: PcapOptions): Promise<number> {
  const thresholds = thresholdsOf(options);
  const known = (options.known ?? []).map(knownScanner);
  const { detection: configured } = (await loadFor(options)).config;
  const detection = { ...configured, knownScanners: [...configured.knownScanners, ...known] };
  const format = formatOf(options);
  const interrupt = interruptFor(file);
  const line = liveLine();
  try {
    const report = await readCapture(file, detection, interrupt.signal, (progress) =>
      line.show(() => progressText(progress)),
    );
    line.clear();
    const suspects = thresholds ? selectSuspects(report, thresholds) : report.suspects;
    const name = file === '-' ? 'standard input' : basename(file);
    if (format) {
      const document = CAPTURE_DOCUMENTS[format];
      process.stdout.write(await document.write(name, { ...report, suspects }, new Date().toISOString()));
    } else {
      print(await captureView(name, report, suspects));
    }
    return options.failOnSuspects && suspects.length > 0 ? EXIT.alarmed : EXIT.ok;
  } catch (error) {
    line.clear();
    if (!interrupt.signal.aborted) throw error;
    note('Stopped.');
    return EXIT.interrupted;
  } finally {
    interrupt.release();
  }
}

/** The report on a capture of whoever sits here; `-` is standard input. @throws PortolanError */
export async function readCapture(
  file: string,
  detection: DetectionSettings,
  signal: AbortSignal,
  onProgress: (progress: CaptureProgress) => void,
): Promise<CaptureReport> {
  if (file === '-') {
    if (process.stdin.isTTY) {
      throw new PortolanError(
        'invalid_argument',
        'Standard input is a terminal.',
        'Pipe a capture into it, as in tcpdump -w - | portolan pcap -',
      );
    }
    if (fstatSync(0).isFile())
      return analyzeCapture({ kind: 'fd', fd: 0 }, detection, { signal, onProgress });
    return readStream(process.stdin, detection, signal, onProgress);
  }
  await using handle = await open(file, 'r').catch((cause) => {
    throw new PortolanError(
      'file_not_found',
      `${JSON.stringify(file)} cannot be opened.`,
      'Check the path and whether this user may read the file; - reads standard input.',
      { cause },
    );
  });
  const info = await handle.stat();
  if (info.isDirectory()) {
    throw new PortolanError(
      'unsupported_file_type',
      `${JSON.stringify(file)} is a folder.`,
      'Give one file.',
    );
  }
  if (!info.isFile()) {
    return await readStream(handle.createReadStream({ autoClose: false }), detection, signal, onProgress);
  }
  // Awaited here: the file must stay open until it has been read.
  const source = { kind: 'fd', fd: handle.fd, size: info.size } as const;
  return await analyzeCapture(source, detection, { signal, onProgress });
}

/** A pipe may be silent for long: it is read as a stream, which leaves room for Ctrl-C, and ended by it. */
async function readStream(
  stream: Readable,
  detection: DetectionSettings,
  signal: AbortSignal,
  onProgress: (progress: CaptureProgress) => void,
): Promise<CaptureReport> {
  const end = () => stream.destroy();
  signal.addEventListener('abort', end, { once: true });
  try {
    return await analyzeCapture({ kind: 'stream', stream }, detection, { signal, onProgress });
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/**
 * Ctrl-C. With `tcpdump -w - | portolan pcap -` both get it: tcpdump ends, and what it captured is still wanted. So
 * the first one waits for the end of the input, the second one gives up.
 */
function interruptFor(file: string): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  let patience = file === '-' ? 1 : 0;
  const stop = () => {
    if (patience > 0) note('Waiting for the end of the input; Ctrl-C again gives up.');
    else controller.abort();
    patience -= 1;
  };
  process.on('SIGINT', stop);
  return { signal: controller.signal, release: () => process.off('SIGINT', stop) };
}

function progressText({ bytes, totalBytes, packets }: CaptureProgress): string {
  const count = `${packets.toLocaleString('en')} packets`;
  return totalBytes
    ? `${bar((bytes / totalBytes) * 100)}  ${count}`
    : `${count}, ${(bytes / 1e6).toFixed(1)} MB`;
}

function formatOf({ json, csv, markdown }: PcapOptions): 'json' | 'csv' | 'md' | undefined {
  if (Number(json ?? false) + Number(csv ?? false) + Number(markdown ?? false) > 1) {
    throw new PortolanError(
      'invalid_argument',
      '--json, --csv and --markdown exclude each other.',
      'Give one of them.',
    );
  }
  return json ? 'json' : csv ? 'csv' : markdown ? 'md' : undefined;
}

function thresholdsOf({ minPorts, minRate }: PcapOptions) {
  if (minPorts === undefined && minRate === undefined) return undefined;
  return {
    minPorts: minPorts === undefined ? DEFAULT_MIN_PORTS : countOf('--min-ports', minPorts),
    ...(minRate === undefined ? {} : { minRatePps: numberOf('--min-rate', minRate) }),
  };
}

function knownScanner(text: string): string {
  if (parseNetwork(text)) return text;
  throw new PortolanError(
    'invalid_argument',
    `--known ${JSON.stringify(text)} is not an address or a network.`,
    'Write --known 192.0.2.7 or --known 192.0.2.0/24; it may be repeated.',
  );
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new PortolanError(
    'invalid_argument',
    `${option} ${JSON.stringify(text)} is not a number from 0.`,
    `Write ${option} 10.`,
  );
}

function countOf(option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new PortolanError(
    'invalid_argument',
    `${option} ${JSON.stringify(text)} is not a whole number from 1.`,
    `Write ${option} 10.`,
  );
}
