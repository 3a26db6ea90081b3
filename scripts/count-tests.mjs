/** What a run of the tests came to, from vitest's JSON report. */

/**
 * @param {import('./count-tests.d.mts').TestReport} report
 * @param {boolean} ok whether vitest itself ended well.
 */
export function countTests(report, ok) {
  // A file that could not be loaded has no tests to fail, and an error outside of any test fails none.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  const failed = report.numFailedTests + broken.length;
  const none = report.numPassedTests === 0;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && (!ok || none) ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
