/** The whole report of a scan as a document, in four formats: the resources `scan://{task_id}/report.*`. */
import type { Caller } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import type { HostResult } from '../../core/result.ts';
import type { Task } from '../../core/task.ts';
import type { ScanService } from '../../scans/service.ts';
import type { ResourceSource } from '../resources.ts';
import { eachHost } from '../results/read.ts';
import { csvReport } from './csv.ts';
import { jsonReport } from './json.ts';
import { markdownReport } from './markdown.ts';
import { xmlReport } from './xml.ts';

/** A report is made of pieces, so that a very large one need not be held twice. */
export type ReportWriter = (task: Task, hosts: AsyncIterable<HostResult>) => AsyncIterable<string>;

export const REPORT_FORMATS = {
  md: { mimeType: 'text/markdown', title: 'Report to read', write: markdownReport },
  json: { mimeType: 'application/json', title: 'Report as JSON', write: jsonReport },
  csv: { mimeType: 'text/csv', title: 'Ports as a table', write: csvReport },
  xml: { mimeType: 'application/xml', title: 'Report in the XML of nmap', write: xmlReport },
} as const satisfies Record<string, { mimeType: string; title: string; write: ReportWriter }>;

export type ReportFormat = keyof typeof REPORT_FORMATS;

const FORMATS = Object.keys(REPORT_FORMATS);
const LISTED = 25;

/** The reports of the scans that a caller may read. */
export function scanReports(scans: ScanService): ResourceSource {
  return {
    templates: Object.entries(REPORT_FORMATS).map(([format, { mimeType, title }]) => ({
      uriTemplate: `scan://{task_id}/report.${format}`,
      name: `scan_report_${format}`,
      title,
      description: `Everything a scan found, as ${mimeType}. While the scan runs: everything found so far.`,
      mimeType,
    })),

    async read(uri, caller) {
      const { taskId, format } = parseUri(uri);
      const { mimeType } = REPORT_FORMATS[format];
      return { mimeType, text: await scanReport(scans, taskId, caller, format) };
    },

    async list(caller) {
      const tasks = await scans.list(caller, { limit: LISTED, state: 'completed' });
      return tasks.map((task) => ({
        uri: `scan://${task.id}/report.md`,
        name: `${task.request.tool} ${task.id}`,
        title: `${task.request.tool} of ${task.request.targets.join(', ').slice(0, 80)}`,
        mimeType: REPORT_FORMATS.md.mimeType,
      }));
    },

    async complete(_variable, typed, caller) {
      const tasks = await scans.list(caller, { limit: 100 });
      return tasks.map((task) => task.id).filter((id) => id.startsWith(typed));
    },
  };
}

/** @throws PortolanError `task_not_found` */
export async function scanReport(
  scans: ScanService,
  taskId: string,
  caller: Caller,
  format: ReportFormat,
): Promise<string> {
  const task = await scans.get(taskId, caller);
  const pieces: string[] = [];
  for await (const piece of REPORT_FORMATS[format].write(task, allHosts(scans, taskId, caller))) {
    pieces.push(piece);
  }
  return pieces.join('');
}

async function* allHosts(scans: ScanService, taskId: string, caller: Caller): AsyncIterable<HostResult> {
  for await (const { host } of eachHost(scans, taskId, caller, { downToo: true })) yield host;
}

function parseUri(uri: string): { taskId: string; format: ReportFormat } {
  const match = /^scan:\/\/([0-9a-z]{1,40})\/report\.([a-z]+)$/.exec(uri);
  const [, taskId, format] = match ?? [];
  if (taskId && isFormat(format)) return { taskId, format };
  throw new PortolanError(
    'invalid_argument',
    'This is not the address of a report.',
    `Reports are at scan://TASK_ID/report.EXTENSION, with one of: ${FORMATS.join(', ')}.`,
  );
}

function isFormat(text: string | undefined): text is ReportFormat {
  return text !== undefined && FORMATS.includes(text);
}
