/**
 * What a caller may do beside calling tools, on whatever transport. Each passes the gates that the tools pass
 * (admit.ts), so that no door knows fewer rules than another.
 */
import type { Scope } from '../../core/caller.ts';
import type { ToolAnnotations } from './define-tool.ts';

/** What is admitted: a tool, or one of {@link OPERATIONS}. */
export interface Operation {
  name: string;
  /** The scope a caller needs; absent: any. */
  scope?: Scope | undefined;
  annotations: ToolAnnotations;
  /** It tells of the server itself and not of what callers did: answered while it stops too, and no matter for the audit. */
  ofServer?: true;
}

const READS: ToolAnnotations = { readOnly: true, destructive: false, idempotent: true, openWorld: false };
const ACTS: ToolAnnotations = { readOnly: false, destructive: false, idempotent: true, openWorld: false };
const ENDS: ToolAnnotations = { ...ACTS, destructive: true };

export const OPERATIONS = {
  listReports: { name: 'resources/list', scope: 'scan:read', annotations: READS },
  readReport: { name: 'report', scope: 'scan:read', annotations: READS },
  readCaptureReport: { name: 'capture_report', scope: 'capture:read', annotations: READS },
  uploadCapture: {
    name: 'upload_capture',
    scope: 'capture:upload',
    annotations: { ...ACTS, idempotent: false },
  },
  deleteCapture: { name: 'delete_capture', scope: 'capture:upload', annotations: ENDS },
  exportInventory: { name: 'inventory_export', scope: 'inventory:read', annotations: READS },
  readInventory: { name: 'inventory', scope: 'inventory:read', annotations: READS },
  complete: { name: 'completion/complete', scope: 'scan:read', annotations: READS },
  getTask: { name: 'tasks/get', scope: 'scan:read', annotations: READS },
  cancelTask: { name: 'tasks/cancel', scope: 'scan:run', annotations: ENDS },
  answerTask: { name: 'tasks/update', scope: 'scan:run', annotations: ACTS },
  followEvents: { name: 'events', scope: 'scan:read', annotations: READS },
  switchTool: { name: 'switch_tool', scope: 'admin', annotations: ACTS },
  closeBreaker: { name: 'close_breaker', scope: 'admin', annotations: ACTS },
  readConfig: { name: 'config', scope: 'admin', annotations: READS },
  readSystem: { name: 'system', scope: 'admin', annotations: READS },
  getPrompt: { name: 'prompts/get', annotations: READS, ofServer: true },
  readView: { name: 'view', annotations: READS, ofServer: true },
  describe: { name: 'describe', annotations: READS, ofServer: true },
  readSession: { name: 'session', annotations: READS, ofServer: true },
  endSession: { name: 'log_out', annotations: ACTS, ofServer: true },
  readBreakers: { name: 'breakers', annotations: READS, ofServer: true },
  readHealth: { name: 'health', annotations: READS, ofServer: true },
  readMetrics: { name: 'metrics', annotations: READS, ofServer: true },
} as const satisfies Record<string, Operation>;
