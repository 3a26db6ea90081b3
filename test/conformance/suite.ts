/**
 * Runs scenarios of @modelcontextprotocol/conformance against a server and reads what they found. Stricter than the
 * suite's own exit code: a warning is a failure, and so is a scenario that checked nothing.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

export const REVISIONS = ['2025-11-25', '2026-07-28'] as const;
export type Revision = (typeof REVISIONS)[number];

const require = createRequire(import.meta.url);
const SUITE = join(
  dirname(require.resolve('@modelcontextprotocol/conformance/package.json')),
  'dist/index.js',
);
const run = promisify(execFile);

/** Checks that cannot run, with the reason. Nothing else may be skipped. */
export const NOT_APPLICABLE: Readonly<Record<string, string>> = {
  'tasks-status-notifications': 'the suite has no harness for it yet and skips it for every server',
  'sep-2640-skills-directory': 'Portolan declares no skills extension',
  'sep-2640-skills-enumeration': 'Portolan declares no skills extension',
  'sep-2640-skills-manifest': 'Portolan declares no skills extension',
};

const Check = z.looseObject({ id: z.string(), status: z.string(), errorMessage: z.string().optional() });

export interface ScenarioResult {
  scenario: string;
  revision: Revision;
  passed: number;
  /** What was not right, in the suite's words; empty when the scenario passed. */
  problems: string[];
}

/** Every server scenario the suite has for a revision; the extensions belong to the newest. */
export async function scenariosOf(revision: Revision): Promise<string[]> {
  const list = async (...args: string[]) => {
    const { stdout } = await run(process.execPath, [SUITE, 'list', '--server', ...args]);
    return [...stdout.matchAll(/^ {2}- (\S+) \[(.*)\]$/gm)].map(([, name = '', tags = '']) => ({
      name,
      tags,
    }));
  };
  const core = await list('--spec-version', revision);
  const extensions =
    revision === '2026-07-28' ? (await list()).filter(({ tags }) => tags === 'extension') : [];
  return [...core, ...extensions].map(({ name }) => name);
}

/** Runs the scenarios one after another against the server at `url`. */
export async function runScenarios(
  url: string,
  revision: Revision,
  scenarios: readonly string[],
): Promise<ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) results.push(await runScenario(url, revision, scenario));
  return results;
}

async function runScenario(url: string, revision: Revision, scenario: string): Promise<ScenarioResult> {
  const output = mkdtempSync(join(tmpdir(), 'conformance-'));
  try {
    const args = ['server', '--url', url, '--scenario', scenario, '--spec-version', revision, '--force'];
    const { stdout } = await run(process.execPath, [SUITE, ...args, '-o', output]).catch(
      (error: { stdout?: string }) => ({ stdout: String(error.stdout) }),
    );
    const [folder] = readdirSync(output);
    if (!folder)
      return { scenario, revision, passed: 0, problems: [`wrote no result: ${stdout.slice(-500)}`] };
    const checks = z
      .array(Check)
      .parse(JSON.parse(readFileSync(join(output, folder, 'checks.json'), 'utf8')));
    return { scenario, revision, ...judge(scenario, checks) };
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

function judge(scenario: string, checks: z.infer<typeof Check>[]): { passed: number; problems: string[] } {
  const bad = NOT_APPLICABLE[scenario] ? ['FAILURE', 'WARNING'] : ['FAILURE', 'WARNING', 'SKIPPED'];
  const problems = checks
    .filter(({ status }) => bad.includes(status))
    .map(({ status, id, errorMessage }) => `${status} ${id}: ${errorMessage ?? ''}`);
  const passed = checks.filter(({ status }) => status === 'SUCCESS').length;
  if (passed === 0 && problems.length === 0 && !NOT_APPLICABLE[scenario]) problems.push('checked nothing');
  return { passed, problems };
}
