/** Every tool there is. A new one is its file and one line here. */
import { cancelTask } from './cancel-task.ts';
import { nmapTool } from './command/nmap-tool.ts';
import { pingTool } from './command/ping-tool.ts';
import { tracerouteTool } from './command/traceroute-tool.ts';
import { correlate } from './correlate.ts';
import { customScan } from './custom-scan.ts';
import type { AnyTool } from './define-tool.ts';
import { enrichIp } from './enrich-ip.ts';
import { firstScanEvent } from './first-scan-event.ts';
import { fullScan } from './full-scan.ts';
import { getTaskResult } from './get-task-result.ts';
import { getTaskStatus } from './get-task-status.ts';
import { listSuspects } from './list-suspects.ts';
import { listTasks } from './list-tasks.ts';
import { planScan } from './plan-scan.ts';
import { quickScan } from './quick-scan.ts';
import { resumeTask } from './resume-task.ts';
import { scanNetwork } from './scan-network.ts';
import { scanOverview } from './scan-overview.ts';

export const TOOLS: readonly AnyTool[] = [
  quickScan,
  fullScan,
  customScan,
  scanNetwork,
  planScan,
  getTaskStatus,
  getTaskResult,
  listTasks,
  cancelTask,
  resumeTask,
  scanOverview,
  listSuspects,
  firstScanEvent,
  enrichIp,
  correlate,
  nmapTool,
  pingTool,
  tracerouteTool,
];
