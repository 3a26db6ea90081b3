/** A server to call tools of, here in this process or elsewhere over HTTP: the commands do not know which. */
import type { ReportFormat } from '../tools/reports/index.ts';
import type { ScanAnswer } from '../tools/results/output.ts';

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

/** Scans that run in this process and end with it: what can be had of them without a tool's answers, page by page. */
export interface OwnScans {
  /** Calls the tool that starts one, which answers with the task at once. */
  start(tool: string, args: Record<string, unknown>, watch: Watch): Promise<Answer>;
  /** Resolves when the scan has ended, or the signal aborts. */
  wait(taskId: string, watch: Watch): Promise<void>;
  /**
   * The whole result, of which each host is read once.
   * @param withChanges whether what the inventory makes of it belongs to it
   */
  whole(taskId: string, withChanges: boolean): Promise<ScanAnswer>;
}

export interface Session {
  tools(): Promise<ToolDescription[]>;
  call(name: string, args: Record<string, unknown>, watch: Watch): Promise<Answer>;
  /** Absent where a server elsewhere runs the scans. */
  own?: OwnScans;
  /** A scan's whole report, in pieces. @throws PortolanError `task_not_found` */
  report(taskId: string, format: ReportFormat): Promise<AsyncIterable<string>>;
  close(): Promise<void>;
}
