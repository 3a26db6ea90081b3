/** A server to call tools of, here in this process or elsewhere over HTTP: the commands do not know which. */
import type { ReportFormat } from '../tools/reports/index.ts';
import type { HostOutput } from '../tools/results/output.ts';

export interface ToolDescription {
  name: string;
  title: string;
  /** JSON Schema of its arguments. */
  inputSchema: unknown;
}

export interface Answer {
  ok: boolean;
  text: string;
  structured: unknown;
  /** What went wrong, where it is said (docs/errors.md). */
  code?: string | undefined;
}

export interface Watch {
  signal: AbortSignal;
  progress: (percent: number, message: string) => void;
}

export interface Session {
  /** Its scans run in this process and end with it. */
  local: boolean;
  tools(): Promise<ToolDescription[]>;
  call(name: string, args: Record<string, unknown>, watch: Watch): Promise<Answer>;
  /** A scan's whole report, in pieces. @throws PortolanError `task_not_found` */
  report(taskId: string, format: ReportFormat): Promise<AsyncIterable<string>>;
  /** All hosts of a scan, those with open ports first; absent where they are to be asked for page by page. */
  hosts?(taskId: string): AsyncIterable<HostOutput>;
  close(): Promise<void>;
}
