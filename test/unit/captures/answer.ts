/** What a capture comes to, however it was packed, wrapped or cut. */

import { analyzeCapture, type CaptureReport } from '../../../src/captures/analysis.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { streamOf } from './packets.ts';

export const analyze = (...chunks: Buffer[]) =>
  analyzeCapture({ kind: 'stream', stream: streamOf(...chunks) }, DEFAULT_DETECTION);

export const answer = (report: CaptureReport) =>
  report.suspects.map((one) => [
    one.ip,
    one.technique,
    one.pattern,
    one.ports,
    one.answers.open,
    one.answers.closed,
  ]);
