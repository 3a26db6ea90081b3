/** Reports of captures as documents: the resources `capture://{report_id}/report.*`. */
import { CAPTURE_DOCUMENTS } from '../../captures/report-documents.ts';
import { type CaptureService, KEPT_MINUTES, KEPT_REPORTS } from '../../captures/service.ts';
import { PortolanError } from '../../core/errors.ts';
import { OPERATIONS } from '../call/operations.ts';
import type { ResourceSource } from '../documents/resources.ts';

/** Most suspects in one document: an answer is held in memory, here and by whoever reads it. */
const SUSPECTS = 1000;

/**
 * Reports lie in memory only: the newest {@link KEPT_REPORTS}, each for {@link KEPT_MINUTES} minutes. Their ids cannot
 * be guessed and are not listed, so that a report is read by those who were given its link.
 */
export function captureReports(captures: CaptureService): ResourceSource {
  return {
    templates: Object.entries(CAPTURE_DOCUMENTS).map(([format, { mimeType, title }]) => ({
      uriTemplate: `capture://{report_id}/report.${format}`,
      name: `capture_report_${format}`,
      title,
      description: `Everything found in a capture, as ${mimeType}. Links are given by scan_overview and list_suspects; each works for ${KEPT_MINUTES} minutes.`,
      mimeType,
      operation: OPERATIONS.readCaptureReport,
    })),

    async read(uri) {
      const [, id = '', format = ''] = /^capture:\/\/([\w-]{1,64})\/report\.(md|json|csv)$/.exec(uri) ?? [];
      const kept = captures.report(id);
      const document = Object.entries(CAPTURE_DOCUMENTS).find(([name]) => name === format)?.[1];
      if (!kept || !document) {
        throw new PortolanError(
          'file_not_found',
          'There is no such report of a capture, or it is no longer kept.',
          'Call scan_overview or list_suspects on the capture again and take the new link.',
          { limit: `the newest ${KEPT_REPORTS} reports, for ${KEPT_MINUTES} minutes` },
        );
      }
      const { suspects, approximated = [] } = kept.report;
      const left = suspects.length - SUSPECTS;
      const report =
        left > 0
          ? {
              ...kept.report,
              suspects: suspects.slice(0, SUSPECTS),
              approximated: [...approximated, `${left} further suspects are not in this document.`],
            }
          : kept.report;
      const text = await document.write(kept.file, report, new Date().toISOString());
      return { mimeType: document.mimeType, text };
    },
  };
}
