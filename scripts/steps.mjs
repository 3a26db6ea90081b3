/**
 * How the project's own commands say what they do. Node's built-in modules only, in a dialect that Node 20 reads:
 * this runs before anything is installed.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The Node that the project is developed with, once the packages are there. */
export const NODE = `${ROOT}node_modules/.bin/node`;

/** A failure with the command that mends it. */
export class StepError extends Error {
  /** @param {string} message @param {string} mend */
  constructor(message, mend) {
    super(message);
    this.mend = mend;
  }
}

/** @param {string} text */
export function say(text) {
  process.stdout.write(`${text}\n`);
}

/**
 * Runs a command in the project's root.
 * @param {string} command
 * @param {string[]} args
 * @param {{ quiet?: boolean, env?: Record<string, string> }} [options] quiet: the output is kept instead of shown.
 * @returns {{ ok: boolean, output: string }}
 */
export function run(command, args, { quiet = false, env = {} } = {}) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['inherit', 'inherit', 'inherit'],
  });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? `${result.error.message}\n` : ''}`;
  return { ok: result.status === 0, output };
}

/** Runs the whole of a command and turns a failure into words and an exit status. @param {() => unknown} main */
export async function command(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    process.stderr.write(`\n${error.message}\nNext: ${error.mend}\n`);
    process.exitCode = 1;
  }
}
