/** The Node versions that package.json promises, from the npm package `node`, and the npm that installs with them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../.cache/nodes', import.meta.url));

/** The oldest that is promised, and the newest of each line with long-term support. */
export const NODE_VERSIONS = ['22.12.0', '22', '24'] as const;
export type NodeVersion = (typeof NODE_VERSIONS)[number];

const alias = (version: NodeVersion) => `node-${version.replaceAll('.', '-')}`;

/** The folder with that version's `node`. */
export function binOf(version: NodeVersion): string {
  return join(FOLDER, 'node_modules', alias(version), 'bin');
}

/** Fetches them into .cache/nodes; newer ones of a line replace what an earlier run left there. */
export function fetchNodes(): void {
  mkdirSync(FOLDER, { recursive: true });
  // Its install script fetches the executable for this kind of machine.
  writeFileSync(join(FOLDER, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }\n');
  const wanted = NODE_VERSIONS.map((version) => `${alias(version)}@npm:node@${version}`);
  npm(process.execPath, ['install', '--ignore-scripts=false', ...wanted], FOLDER);
}

/** Runs npm with a Node of ours. @throws Error with what it said. @returns its standard output. */
export function npm(node: string, args: readonly string[], cwd: string): string {
  const script = process.env['npm_execpath'] ?? realpathSync(onPath('npm'));
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const { status, stdout, stderr } = spawnSync(node, [script, ...args, '--prefix', cwd, ...quiet], {
    cwd,
    encoding: 'utf8',
    // Install scripts of packages call `node`.
    env: { ...process.env, PATH: `${join(node, '..')}${delimiter}${process.env['PATH']}` },
  });
  if (status === 0) return stdout;
  throw new Error(`npm ${args.join(' ')} ended with ${status}:\n${stderr}`);
}

function onPath(program: string): string {
  const { stdout } = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' });
  return stdout.trim();
}
