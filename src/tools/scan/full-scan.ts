import { z } from 'zod';
import { fullScanRequest } from '../../scans/requests.ts';
import { defineTool } from '../call/define-tool.ts';
import { ScanAnswer } from '../results/output.ts';
import { fromScanner, Scanner, sameHowInputs, Target, targetList, timeout } from './input.ts';
import { runScan } from './run-scan.ts';

export const fullScan = defineTool({
  name: 'full_scan',
  title: 'Full port scan with versions',
  description:
    'Scans all 65,535 TCP ports of hosts you may scan and asks each open one what service and version it is. Takes ' +
    'minutes a host, so expect a task_id: follow it with get_task_status and read get_task_result. Call plan_scan ' +
    'first to learn how long it may take.',
  annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
  toolset: 'scan',
  scope: 'scan:run',
  input: z.strictObject({ target: Target, ...sameHowInputs, timeout: timeout(600), scanner: Scanner }),
  output: ScanAnswer,
  handle: ({ target, timeout, scanner, ...how }, context) =>
    runScan({ ...fullScanRequest(targetList(target), how), ...fromScanner(scanner) }, timeout, context),
});
