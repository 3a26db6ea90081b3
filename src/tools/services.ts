/** What tools may use, built in app.ts and handed to every call. A tool never builds its own. */

import type { CaptureService } from '../captures/service.ts';
import type { Caller } from '../core/caller.ts';
import type { ScanRequest } from '../core/request.ts';
import type { HostResult } from '../core/result.ts';
import type { Task, TaskState } from '../core/task.ts';
import type { Intel } from '../intel/intel.ts';
import type { ScanService } from '../scans/service.ts';

export interface Services {
  scans: ScanService;
  captures: CaptureService;
  intel: Intel;
  /** Seconds a scan call waits for its result unless the caller says otherwise (scans.syncWaitSeconds). */
  syncWaitSeconds: number;
}

export type { Caller, HostResult, ScanRequest, Task, TaskState };
