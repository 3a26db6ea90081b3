import { z } from 'zod';
import { customScanDraft, requestOf } from '../../scans/requests.ts';
import { defineTool } from '../call/define-tool.ts';
import { ScanAnswer } from '../results/output.ts';
import { Command, fromScanner, Scanner, timeout } from './input.ts';
import { runScan } from './run-scan.ts';

const Input = z.strictObject({ command: Command, timeout: timeout(600), scanner: Scanner });

const scanOf = ({ command, scanner }: z.output<typeof Input>) => ({
  ...requestOf(customScanDraft(command)),
  ...fromScanner(scanner),
});

export const customScan = defineTool({
  name: 'custom_scan',
  title: 'Scan with nmap options of your own',
  description:
    'Runs the nmap scan you write (options and targets, without "nmap"): UDP, chosen ports, safe scripts, timing and so ' +
    'on. Options are checked against a table; what is not in it is refused with what would be accepted, never changed ' +
    'silently. The answer shows the argv that ran. Intrusive scripts and evasion are off unless the operator allows them.',
  annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
  toolset: 'scan',
  scope: 'scan:run',
  input: Input,
  output: ScanAnswer,
  scanOf,
  handle: (input, context) => runScan(scanOf(input), input.timeout, context),
});
