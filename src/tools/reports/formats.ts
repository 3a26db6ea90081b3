/** The formats of a report, each with what writes it. */
import { z } from 'zod';
import type { HostResult } from '../../core/result.ts';
import type { Task } from '../../core/task.ts';
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
