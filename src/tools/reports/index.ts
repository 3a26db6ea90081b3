/** The whole report of a scan as a document, in several formats: the resources `scan://{task_id}/report.*`. */
import { z } from 'zod';
import type { Caller } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import type { HostResult } from '../../core/result.ts';
import type { Task } from '../../core/task.ts';
import type { ScanService } from '../../scans/service.ts';
import { OPERATIONS } from '../operations.ts';
import type { ResourceSource } from '../resources.ts';
import { eachHost } from '../results/read.ts';
import { csvReport } from './csv.ts';
import { jsonReport } from './json.ts';
import { greppableReport, portLines } from './lines.ts';
import { markdownReport } from './markdown.ts';
import { xmlReport } from './nmap-xml/document.ts';

/** A report is made of pieces, so that a very large one need not be held twice. */
export type ReportWriter = (task: Task, hosts: AsyncIterable<HostResult>) => AsyncIterable<string>;

export const ReportFormat = z.enum(['md', 'json', 'csv', 'xml', 'greppable', 'lines']);
export type ReportFormat = z.infer<typeof ReportFormat>;

export const REPORT_FORMATS = {
  md: { mimeType: 'text/markdown', title: 'Report to read', write: markdownReport },
  json: { mimeType: 'application/json', title: 'Report as JSON', write: jsonReport },
  csv: { mimeType: 'text/csv', title: 'Ports as a table', write: csvReport },
  xml: { mimeType: 'application/xml', title: 'Report in the XML of nmap', write: xmlReport },
  greppable: { mimeType: 'text/plain', title: 'One line a host, as nmap -oG', write: greppableReport },
  lines: { mimeType: 'text/plain', title: 'One line a port, for pipes', write: portLines },
} as const satisfies Record<ReportFormat, { mimeType: string; title: string; write: ReportWriter }>;

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
      operation: OPERATIONS.readReport,
    })),

    async read(uri, caller) {
      const { taskId, format } = parseUri(uri);
      const { mimeType, pieces } = await openReport(scans, taskId, caller, format);
      const parts: string[] = [];
      for await (const piece of pieces) parts.push(piece);
      return { mimeType, text: parts.join('') };
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

/** A report that is read as it is written, so that none need be held whole. */
export interface OpenReport {
  mimeType: string;
  pieces: AsyncIterable<string>;
}

/** For callers who have been admitted. @throws PortolanError `task_not_found` */
export async function openReport(
  scans: Pick<ScanService, 'get' | 'hosts'>,
  taskId: string,
  caller: Caller,
  format: ReportFormat,
): Promise<OpenReport> {
  const task = await scans.get(taskId, caller);
  const { mimeType, write } = REPORT_FORMATS[format];
  return { mimeType, pieces: write(task, allHosts(scans, taskId, caller)) };
}

async function* allHosts(
  scans: Pick<ScanService, 'hosts'>,
  taskId: string,
  caller: Caller,
): AsyncIterable<HostResult> {
  for await (const { host } of eachHost(scans, taskId, caller, { downToo: true })) yield host;
}

function parseUri(uri: string): { taskId: string; format: ReportFormat } {
  const match = /^scan:\/\/([0-9a-z]{1,40})\/report\.([a-z]+)$/.exec(uri);
  const [, taskId, extension] = match ?? [];
  const format = ReportFormat.safeParse(extension);
  if (taskId && format.success) return { taskId, format: format.data };
  throw new PortolanError(
    'invalid_argument',
    'This is not the address of a report.',
    `Reports are at scan://TASK_ID/report.EXTENSION, with one of: ${ReportFormat.options.join(', ')}.`,
  );
}
