/** The whole report of a scan as a document, in several formats: the resources `scan://{task_id}/report.*`. */
import type { Caller } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import type { HostResult } from '../../core/result.ts';
import type { ScanService } from '../../scans/service.ts';
import { OPERATIONS } from '../call/operations.ts';
import type { ResourceSource } from '../documents/resources.ts';
import { eachHost } from '../results/read.ts';
import { REPORT_FORMATS, ReportFormat } from './formats.ts';
import { writeInThread } from './thread-client.ts';
import { type Writing, writeReport } from './write.ts';

export { ReportFormat };

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
      const task = await scans.get(taskId, caller);
      let cut = false;
      const onCut = () => {
        cut = true;
      };
      const parts: Uint8Array[] = [];
      const writing = { task, format, most: MOST_IN_RESOURCE };
      for await (const bytes of bytesOf(scans, caller, writing, onCut)) parts.push(bytes);
      const text = Buffer.concat(parts).toString('utf8');
      const { mimeType } = REPORT_FORMATS[format];
      return { mimeType, text, ...(cut ? { note: whereTheRestIs(taskId, format) } : {}) };
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
export interface OpenReport<Piece> {
  mimeType: string;
  pieces: AsyncIterable<Piece>;
}

/** For callers who have been admitted. @throws PortolanError `task_not_found` */
export async function openReport(
  scans: Pick<ScanService, 'get' | 'hosts'>,
  taskId: string,
  caller: Caller,
  format: ReportFormat,
): Promise<OpenReport<string>> {
  const task = await scans.get(taskId, caller);
  const hosts = allHosts(scans, taskId, caller);
  return { mimeType: REPORT_FORMATS[format].mimeType, pieces: writeReport({ task, format }, hosts) };
}

/** The same for those who answer others meanwhile. @throws PortolanError `task_not_found` */
export async function streamReport(
  scans: Pick<ScanService, 'get' | 'hosts' | 'hostBodies'>,
  taskId: string,
  caller: Caller,
  format: ReportFormat,
): Promise<OpenReport<Uint8Array>> {
  const task = await scans.get(taskId, caller);
  const pieces = bytesOf(scans, caller, { task, format });
  return { mimeType: REPORT_FORMATS[format].mimeType, pieces };
}

/** What is written within a few milliseconds needs no thread. */
const SMALL = 2000;
/** About so many characters go into one resource: a client takes it whole. */
const MOST_IN_RESOURCE = 1_048_576;

async function* bytesOf(
  scans: Pick<ScanService, 'hosts' | 'hostBodies'>,
  caller: Caller,
  writing: Writing,
  onCut?: () => void,
): AsyncIterable<Uint8Array> {
  const { id, openPorts, hostsDone } = writing.task;
  if (scans.hostBodies && openPorts + hostsDone > SMALL) {
    yield* writeInThread(writing, nextBody(scans.hostBodies, id, caller), onCut);
    return;
  }
  const encoder = new TextEncoder();
  for await (const piece of writeReport(writing, allHosts(scans, id, caller), onCut))
    yield encoder.encode(piece);
}

function nextBody(
  hostBodies: NonNullable<ScanService['hostBodies']>,
  taskId: string,
  caller: Caller,
): () => Promise<string | undefined> {
  let after = 0;
  let limit = 1;
  let page: { seq: number; body: string }[] = [];
  return async () => {
    if (page.length === 0) {
      page = await hostBodies(taskId, caller, { after, limit, downToo: true });
      after = page.at(-1)?.seq ?? after;
      // Hosts may be of a few bytes or of megabytes.
      const size = page.reduce((sum, { body }) => sum + body.length, 0);
      limit = size < PAGE_SIZE ? Math.min(2 * limit, MOST_AT_ONCE) : 1;
    }
    return page.shift()?.body;
  };
}

const PAGE_SIZE = 65_536;
const MOST_AT_ONCE = 100;

function whereTheRestIs(taskId: string, format: ReportFormat): string {
  return (
    `The report goes on: this document has the first part of it, about ${MOST_IN_RESOURCE / 1_048_576} MiB. ` +
    `The whole is at GET /tasks/${taskId}/report.${format} over REST and with \`portolan report ${taskId} --format ${format}\` ` +
    `at a shell; get_task_result(task_id="${taskId}") reads it page by page, with filters.`
  );
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
