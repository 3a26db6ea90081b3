/** Whole processes, as users run them: the shipped bundle, tcpdump, Node alone. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { CaptureReport } from '../../src/captures/analysis.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
export const BUNDLE = path.join(ROOT, 'dist', 'main.js');

/** Loaded before the program: leaves behind how much memory the process, with all its threads, had at most (KiB). */
const PEAK_HOOK = `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS)));`;
export const WITH_PEAK = ['--import', `data:text/javascript,${encodeURIComponent(PEAK_HOOK)}`];

/** The report of `portolan pcap FILE --json`, as far as the bench looks at it. */
export type Answer = Pick<CaptureReport, 'packets' | 'suspects' | 'approximated'>;

/** Where programs of the bench keep their files; nobody's configuration is read, and nobody's database. */
export class Workplace {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(path.join(folder, 'home'), { recursive: true });
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  get env(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: path.join(this.folder, 'home'),
      BENCH_PEAK: this.file('peak'),
    };
  }

  /** Megabytes, of the last process that ran {@link WITH_PEAK}. */
  peak(): number {
    return Number(readFileSync(this.file('peak'), 'utf8')) / 1024;
  }

  /** Seconds from spawn to exit. Throws when it fails. */
  timed(command: string, args: readonly string[]): number {
    const begun = performance.now();
    this.run(command, args);
    return (performance.now() - begun) / 1000;
  }

  portolan = (file: string): number => this.timed(process.execPath, [BUNDLE, 'pcap', file]);
  tcpdump = (file: string): number => this.timed('tcpdump', ['-r', file, '-w', '/dev/null']);
  bareNode = (): number => this.timed(process.execPath, ['-e', '0']);

  /** Reads a capture once more, for what it says and the memory it takes. */
  answer(file: string): { answer: Answer; peakMb: number } {
    const output = this.run(process.execPath, [...WITH_PEAK, BUNDLE, 'pcap', file, '--json']);
    return { answer: JSON.parse(output) as Answer, peakMb: this.peak() };
  }

  run(command: string, args: readonly string[]): string {
    const run = spawnSync(command, args, {
      cwd: ROOT,
      env: this.env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
    });
    if (run.status === 0) return run.stdout;
    throw new Error(`${command} ${args.join(' ')}: ${run.error?.message ?? `${run.status} ${run.stderr}`}`);
  }
}

/** A bundle of the sources as they are now. */
export function buildBundle(workplace: Workplace): void {
  workplace.run(process.execPath, [path.join(ROOT, 'scripts', 'build.mjs')]);
}

export function has(command: string): boolean {
  return spawnSync('which', [command]).status === 0;
}
