/** Every tool there is. A new one is its file and one line here. */
import { cancelTask } from './cancel-task.ts';
import { customScan } from './custom-scan.ts';
import type { AnyTool } from './define-tool.ts';
import { fullScan } from './full-scan.ts';
import { getTaskResult } from './get-task-result.ts';
import { getTaskStatus } from './get-task-status.ts';
import { listTasks } from './list-tasks.ts';
import { planScan } from './plan-scan.ts';
import { quickScan } from './quick-scan.ts';

export const TOOLS: readonly AnyTool[] = [
  quickScan,
  fullScan,
  customScan,
  planScan,
  getTaskStatus,
  getTaskResult,
  listTasks,
  cancelTask,
];
