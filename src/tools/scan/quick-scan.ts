import { z } from 'zod';
import { quickScanRequest } from '../../scans/requests.ts';
import { defineTool } from '../call/define-tool.ts';
import { ScanAnswer } from '../results/output.ts';
import { fromScanner, howInputs, Scanner, Target, targetList, timeout } from './input.ts';
import { runScan } from './run-scan.ts';

export const quickScan = defineTool({
  name: 'quick_scan',
  title: 'Quick port scan',
  description:
    'Sends probes: scans the 100 most common TCP ports of hosts you may scan, with nmap, and answers with open ports and services ' +
    'guessed from port numbers. The right first look at a host or a small network. A scan that outlasts the wait goes ' +
    'on as a task: the answer names it. For every port with versions use full_scan; for other options custom_scan.',
  annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
  toolset: 'scan',
  scope: 'scan:run',
  input: z.strictObject({ target: Target, ...howInputs, timeout: timeout(300), scanner: Scanner }),
  output: ScanAnswer,
  handle: ({ target, timeout, scanner, ...how }, context) =>
    runScan({ ...quickScanRequest(targetList(target), how), ...fromScanner(scanner) }, timeout, context),
});
