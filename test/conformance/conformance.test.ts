/** The MCP conformance suite: what needs no fixtures against the real command, everything against the fixture mode. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startFixture, startReal, WITHOUT_FIXTURES } from './servers.ts';
import { REVISIONS, runScenarios, scenariosOf } from './suite.ts';

const scenarios = Object.fromEntries(
  await Promise.all(REVISIONS.map(async (revision) => [revision, await scenariosOf(revision)] as const)),
);

it('has scenarios for both revisions', () => {
  expect(scenarios['2025-11-25']?.length).toBeGreaterThanOrEqual(33);
  expect(scenarios['2026-07-28']?.length).toBeGreaterThanOrEqual(53);
});

describe.each([
  { name: 'portolan serve', start: startReal, runs: (scenario: string) => WITHOUT_FIXTURES.has(scenario) },
  { name: 'the fixture mode', start: startFixture, runs: () => true },
])('$name', ({ start, runs }) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  describe.each(REVISIONS)('%s', (revision) => {
    it.each((scenarios[revision] ?? []).filter(runs))('%s', async (scenario) => {
      const [result] = await runScenarios(server.url, revision, [scenario]);
      expect(result?.problems).toEqual([]);
    });
  });
});
