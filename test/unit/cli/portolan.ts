/** Starts `portolan`, in a home of its own, as a person would at a shell. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAIN } from '../../built.ts';

export { MAIN };

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

export class Home implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'portolan-cli-'));
  readonly env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: this.folder,
    XDG_CONFIG_HOME: join(this.folder, 'config'),
    XDG_DATA_HOME: join(this.folder, 'data'),
    XDG_CACHE_HOME: join(this.folder, 'cache'),
    NO_COLOR: '1',
  };

  start(
    args: readonly string[],
    env: Record<string, string> = {},
    nodeArgs: readonly string[] = [],
  ): ChildProcess {
    return spawn(process.execPath, [...nodeArgs, MAIN, ...args], {
      cwd: this.folder,
      env: { ...this.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  async run(
    args: readonly string[],
    env: Record<string, string> = {},
    nodeArgs: readonly string[] = [],
  ): Promise<Ended> {
    const child = this.start(args, env, nodeArgs);
    child.stdin?.end();
    return await ended(child);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Everything it writes until it ends. */
export async function ended(child: ChildProcess): Promise<Ended> {
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text) => (output.stderr += text));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { status, ...output };
}
