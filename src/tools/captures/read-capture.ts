/** What the tools that read a capture share: their arguments, the analysis, and the links to the whole report. */
import { z } from 'zod';
import { CAPTURE_DOCUMENTS } from '../../captures/report-documents.ts';
import { notesOf } from '../../captures/report-view.ts';
import { KEPT_MINUTES, type KeptReport } from '../../captures/service.ts';
import { PortolanError } from '../../core/errors.ts';
import type { ResourceLink, ToolContext } from '../call/define-tool.ts';

export const authToken = z
  .string()
  .max(4096)
  .optional()
  .describe('The token of the capture tools, where captures.requireToken asks for it.');

export const CAPTURE_ARGUMENTS = {
  path: z
    .string()
    .describe(
      'A capture file (pcap or pcapng, may be compressed) below captures.allowedDir, such as "monday.pcap".',
    ),
  auth_token: authToken,
};

/** Safety facts of a tool that only reads a file. */
export const READS_A_FILE = {
  readOnly: true,
  destructive: false,
  idempotent: true,
  openWorld: false,
} as const;

/** @throws PortolanError with one of the codes of the capture tools. */
export async function analyzeFor(
  { path, auth_token }: { path: string; auth_token?: string | undefined },
  { services, signal, report }: ToolContext,
): Promise<KeptReport> {
  services.captures.authorize(auth_token);
  report({ progress: 0, total: 100, message: 'opening the capture' });
  try {
    const kept = await services.captures.analyze(path, {
      signal,
      onProgress: ({ bytes, totalBytes, packets }) =>
        report({
          progress: totalBytes ? Math.min(100, (bytes / totalBytes) * 100) : 0,
          total: 100,
          message: `${packets} packets read`,
        }),
    });
    report({ progress: 100, total: 100, message: `${kept.report.packets} packets read` });
    return kept;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new PortolanError(
      'interrupted',
      'The analysis was given up by the caller.',
      'Call again to start anew.',
    );
  }
}

/** How the file was read, as every answer about a capture tells it. */
export function readingOf({ report }: KeptReport) {
  const { truncated, unread } = report;
  return {
    ...(truncated ? { truncated: true as const, offset: truncated.offset } : {}),
    ...(unread ? { unread } : {}),
    notes: notesOf(report),
  };
}

/** To the report that is for reading; the text names the others. */
export function reportLink({ id, file }: KeptReport): ResourceLink {
  const { mimeType, title } = CAPTURE_DOCUMENTS.md;
  return { uri: `capture://${id}/report.md`, name: `${file}.report.md`, title, mimeType };
}

/** The last line of a text answer. */
export function whereTheRestIs({ id }: KeptReport): string {
  return `Whole report: capture://${id}/report.md, .json or .csv (kept for ${KEPT_MINUTES} minutes).`;
}
