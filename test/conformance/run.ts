/**
 * Runs every server scenario of the MCP conformance suite on both revisions, and ends non-zero if one fails:
 *
 *     node test/conformance/run.ts [COMMAND OF THE REAL SERVER...]
 */

import { REAL_COMMAND, startFixture, startReal, WITHOUT_FIXTURES } from './servers.ts';
import { NOT_APPLICABLE, REVISIONS, runScenarios, type ScenarioResult, scenariosOf } from './suite.ts';

const command = process.argv.slice(2);
const results: (ScenarioResult & { server: string })[] = [];
for (const [name, start] of [
  ['portolan serve', () => startReal(command.length > 0 ? command : REAL_COMMAND)],
  ['fixture mode', startFixture],
] as const) {
  const server = await start();
  try {
    for (const revision of REVISIONS) {
      const all = await scenariosOf(revision);
      const scenarios =
        name === 'fixture mode' ? all : all.filter((scenario) => WITHOUT_FIXTURES.has(scenario));
      for (const result of await runScenarios(server.url, revision, scenarios)) {
        const note = NOT_APPLICABLE[result.scenario];
        const end = result.problems.length > 0 ? 'FAILED' : note ? `not applicable: ${note}` : 'passed';
        console.log(`${name}, ${revision}: ${result.scenario}: ${end} (${result.passed} checks)`);
        for (const problem of result.problems) console.log(`    ${problem}`);
        results.push({ ...result, server: name });
      }
    }
  } finally {
    await server.stop();
  }
}
const failed = results.filter(({ problems }) => problems.length > 0).length;
console.log(`${results.length} scenario runs, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
