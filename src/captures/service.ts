/**
 * Captures as the tools see them: the file is opened under the access rules, analysed in a worker thread, and the
 * report is kept for a while, so that a second question about the same file is answered at once and so that links to
 * the whole report work.
 */
import { randomBytes } from 'node:crypto';
import PQueue from 'p-queue';
import { PortolanError } from '../core/errors.ts';
import { once } from '../core/once.ts';
import { type AccessSettings, type OpenedCapture, openCapture, openReport } from './access.ts';
import { checkToken, type TokenSettings } from './access-token.ts';
import type { CaptureProgress, DetectionSettings } from './analysis.ts';
import type { CaptureReport, Suspect } from './findings.ts';
import type { FolderList } from './folder-list.ts';
import { type OurScans, ownTask } from './ours.ts';
import type { UploadSettings } from './upload-path.ts';
import type { ListedCapture } from './uploads.ts';

export interface CaptureSettings extends AccessSettings, TokenSettings {
  detection: DetectionSettings;
}

/** A report that can be asked for again. */
export interface KeptReport {
  id: string;
  /** Path below the allowed folder. */
  file: string;
  report: CaptureReport;
}

export interface AnalysisOptions {
  signal: AbortSignal;
  onProgress?: (progress: CaptureProgress) => void;
}

export interface CaptureService {
  /** Throws PortolanError `unauthorized`. */
  authorize(token: string | undefined): void;
  /**
   * The report on a capture below the allowed folder. Throws the errors of {@link openCapture} and of the engine; an
   * aborted signal ends the analysis and rejects with its reason.
   */
  analyze(path: string, options: AnalysisOptions): Promise<KeptReport>;
  /** Those that can be read, the newest first: uploads, and what lies below the allowed folder. */
  list(): Promise<FolderList>;
  /** Keeps one that is handed in. @throws the errors of Uploads.add */
  upload(name: string, bytes: AsyncIterable<Uint8Array>, declared?: number): Promise<ListedCapture>;
  /** Deletes one that was handed in, and what is kept of it. @throws PortolanError `file_not_found` */
  removeUpload(path: string): Promise<void>;
  /** Deletes uploads that are old. */
  pruneUploads(now: number): Promise<void>;
  /** A report of another program below the allowed folder. @throws the errors of {@link openCapture} */
  openReport(path: string): Promise<OpenedCapture>;
  /** A report that is still kept: the newest {@link KEPT_REPORTS}, each for {@link KEPT_MINUTES} minutes. */
  report(id: string): KeptReport | undefined;
  /** For each suspect that is a scan of our own, its task. */
  ownTasks(suspects: readonly Suspect[]): Promise<ReadonlyMap<Suspect, string>>;
}

export interface CaptureDependencies {
  /** Scans that this Portolan ran; none unless given. */
  ours?: OurScans;
  /** Told of each new report, once; it must not throw. */
  onReport?: (kept: KeptReport) => void;
  now?: () => number;
}

export const KEPT_REPORTS = 16;
export const KEPT_MINUTES = 60;
/** Suspects in all kept reports together; one takes some kilobytes. */
const KEPT_SUSPECTS = 10_000;
/** Analyses at the same time: each may hold 250 MB. */
const AT_ONCE = 2;

export function createCaptureService(
  settings: CaptureSettings,
  { ours = () => [], onReport = () => {}, now = Date.now }: CaptureDependencies = {},
): CaptureService {
  const kept = new Map<string, KeptReport & { version: string; at: number }>();
  const queue = new PQueue({ concurrency: AT_ONCE });

  // Its folder may be another one after the configuration was read again.
  const uploads = once(async () => {
    const { Uploads } = await import('./uploads.ts');
    return new Uploads(() => uploadsOf(settings));
  });

  // Oldest first. The newest stays whatever its size: its links have just been given.
  const prune = () => {
    let suspects = [...kept.values()].reduce((sum, { report }) => sum + report.suspects.length, 0);
    for (const [id, { at, report }] of kept) {
      const tooMany = kept.size > KEPT_REPORTS || (suspects > KEPT_SUSPECTS && kept.size > 1);
      if (!tooMany && now() - at <= KEPT_MINUTES * 60_000) continue;
      kept.delete(id);
      suspects -= report.suspects.length;
    }
  };

  const find = (version: string, file: string): KeptReport | undefined => {
    prune();
    return [...kept.values()].find((entry) => entry.version === version && entry.file === file);
  };

  // Opens the file itself and closes it after the engine: a caller who gives up is answered at once, while the engine
  // may still be reading its last chunk.
  const analyzeNow = async (path: string, { signal, onProgress }: AnalysisOptions): Promise<KeptReport> => {
    await using capture = await openCapture(path, settings);
    const { fd, size, name, version, maxBytes } = capture;
    const known = find(version, name); // another call may have analysed it while this one waited
    if (known) return known;
    // Loaded late: most sessions never read a capture.
    const { analyzeInWorker } = await import('./worker-client.ts');
    const report = await analyzeInWorker({ kind: 'fd', fd, size }, settings.detection, {
      signal,
      maxBytes,
      ...(onProgress ? { onProgress } : {}),
    });
    const entry = { id: randomBytes(12).toString('base64url'), file: name, report, version, at: now() };
    kept.set(entry.id, entry);
    prune();
    onReport(entry);
    return entry;
  };

  return {
    authorize: (token) => checkToken(token, settings),
    async analyze(path, options) {
      options.signal.throwIfAborted();
      const { name, version } = await look(path, settings);
      return find(version, name) ?? queue.add(() => analyzeNow(path, options), { signal: options.signal });
    },
    async list() {
      const { allowedDir } = settings;
      const uploaded = settings.uploads ? await (await uploads()).list() : [];
      const { capturesBelow } = await import('./folder-list.ts');
      const { captures, complete } =
        allowedDir === undefined
          ? { captures: [], complete: true }
          : await capturesBelow(allowedDir, settings.uploads?.folder);
      const all = [...uploaded, ...captures].sort((a, b) => b.modifiedAt - a.modifiedAt);
      return { captures: all, complete };
    },
    upload: async (...given) => await (await uploads()).add(...given),
    async removeUpload(path) {
      await (await uploads()).remove(path);
      for (const [id, { file }] of kept) if (file === path) kept.delete(id);
    },
    async pruneUploads(at) {
      if (settings.uploads) await (await uploads()).prune(at);
    },
    openReport: (path) => openReport(path, settings),
    report(id) {
      prune();
      return kept.get(id);
    },
    async ownTasks(suspects) {
      const times = suspects.flatMap(({ first_seen, last_seen }) =>
        first_seen === null || last_seen === null ? [] : [first_seen * 1000, last_seen * 1000],
      );
      if (times.length === 0) return new Map();
      const slack = 600_000;
      const scans = await ours(Math.min(...times) - slack, Math.max(...times) + slack);
      return new Map(
        suspects.flatMap((suspect) => {
          const task = ownTask(suspect, scans);
          return task === undefined ? [] : [[suspect, task] as const];
        }),
      );
    },
  };
}

function uploadsOf({ uploads }: CaptureSettings): UploadSettings {
  if (uploads) return uploads;
  throw new PortolanError('forbidden', 'No captures are taken here.', 'Copy it below captures.allowedDir.');
}

/** Refusals come before any waiting. */
async function look(path: string, settings: AccessSettings): Promise<{ name: string; version: string }> {
  await using capture = await openCapture(path, settings);
  return { name: capture.name, version: capture.version };
}
