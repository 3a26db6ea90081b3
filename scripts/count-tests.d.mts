export interface TestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: unknown[] }[];
}

export function countTests(
  report: TestReport,
  ok: boolean,
): { passed: number; failed: number; skipped: number };
