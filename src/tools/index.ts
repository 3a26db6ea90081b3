/** Every tool there is. A new one is its file and one line here. */

import { correlate } from './addresses/correlate.ts';
import { enrichIp } from './addresses/enrich-ip.ts';
import { listAlerts } from './alerts/list-alerts.ts';
import { resendAlerts } from './alerts/resend-alerts.ts';
import { setAlert } from './alerts/set-alert.ts';
import { setAlertChannel } from './alerts/set-alert-channel.ts';
import { testAlertChannel } from './alerts/test-alert-channel.ts';
import type { AnyTool } from './call/define-tool.ts';
import { firstScanEvent } from './captures/first-scan-event.ts';
import { listCaptures } from './captures/list-captures.ts';
import { listSuspects } from './captures/list-suspects.ts';
import { scanOverview } from './captures/scan-overview.ts';
import { nmapTool } from './command/nmap-tool.ts';
import { pingTool } from './command/ping-tool.ts';
import { tracerouteTool } from './command/traceroute-tool.ts';
import { acceptChanges } from './inventory/accept-changes.ts';
import { assetHistory } from './inventory/asset-history.ts';
import { countAssets } from './inventory/count-assets.ts';
import { editAsset } from './inventory/edit-asset.ts';
import { exportInventory } from './inventory/export-inventory.ts';
import { findAssets } from './inventory/find-assets.ts';
import { getAsset } from './inventory/get-asset.ts';
import { importInventory } from './inventory/import-inventory.ts';
import { joinAssets } from './inventory/join-assets.ts';
import { listExpectations } from './inventory/list-expectations.ts';
import { setExpectations } from './inventory/set-expectations.ts';
import { showCoverage } from './inventory/show-coverage.ts';
import { whatChanged } from './inventory/what-changed.ts';
import { customScan } from './scan/custom-scan.ts';
import { fullScan } from './scan/full-scan.ts';
import { planScan } from './scan/plan-scan.ts';
import { quickScan } from './scan/quick-scan.ts';
import { scanNetwork } from './scan/scan-network.ts';
import { listSchedules } from './schedules/list-schedules.ts';
import { setSchedule } from './schedules/set-schedule.ts';
import { cancelTask } from './tasks/cancel-task.ts';
import { getTaskResult } from './tasks/get-task-result.ts';
import { getTaskStatus } from './tasks/get-task-status.ts';
import { listTasks } from './tasks/list-tasks.ts';
import { resumeTask } from './tasks/resume-task.ts';

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
  listCaptures,
  scanOverview,
  listSuspects,
  firstScanEvent,
  enrichIp,
  correlate,
  findAssets,
  getAsset,
  whatChanged,
  acceptChanges,
  listExpectations,
  setExpectations,
  editAsset,
  joinAssets,
  showCoverage,
  countAssets,
  assetHistory,
  importInventory,
  exportInventory,
  listSchedules,
  setSchedule,
  listAlerts,
  setAlert,
  setAlertChannel,
  testAlertChannel,
  resendAlerts,
  nmapTool,
  pingTool,
  tracerouteTool,
];
