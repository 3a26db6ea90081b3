import { z } from 'zod';
import { captureLine } from '../../captures/report-text.ts';
import { timedEvent } from '../../captures/report-times.ts';
import { nothingFound } from '../../captures/report-view.ts';
import { defineTool } from '../call/define-tool.ts';
import { ANSWER_HEAD, captureFailure, READING, ScanEventOutput } from './output.ts';
import { analyzeFor, CAPTURE_ARGUMENTS, READS_A_FILE, readingOf } from './read-capture.ts';

export const firstScanEvent = defineTool({
  name: 'first_scan_event',
  title: 'When scanning began in a capture',
  description:
    'For a packet capture: reads the file and gives the first packet that belongs to a detected scan (not the first SYN of the file), or null when nobody scanned. Sends nothing.',
  annotations: READS_A_FILE,
  toolset: 'captures',
  scope: 'capture:read',
  input: z.strictObject(CAPTURE_ARGUMENTS),
  output: z.strictObject({ ...ANSWER_HEAD, first_event: ScanEventOutput.nullable(), ...READING }),
  failure: captureFailure,
  async handle(asked, context) {
    const kept = await analyzeFor(asked, context);
    const { first_event: event } = kept.report;
    const reading = readingOf(kept);
    const found = event && timedEvent(event);
    const sentence = found
      ? `Scanning began ${found.time ?? 'at an unknown time'} with packet ${found.packet}: ${found.src} to ${found.dst}` +
        `${found.port === null ? '' : ` port ${found.port}`}, ${found.flags} (${found.technique}).`
      : nothingFound(kept.report);
    return {
      structured: {
        ok: true as const,
        generated_at: new Date().toISOString(),
        first_event: found,
        ...reading,
      },
      text: [`${captureLine(kept.file, kept.report)}.`, sentence, ...reading.notes].join('\n'),
    };
  },
});
