/**
 * Speed of the capture analysis, side by side with tcpdump and tshark on the same file, whole processes, alternating.
 *
 *   npm run bench:captures [FILE]      (without FILE a capture of PORTOLAN_BENCH_MB megabytes, 300, is generated)
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'rolldown';
import { generateCapture } from './generate.ts';

const ROUNDS = 7;
/** tshark takes about a minute and six times the memory for a gigabyte: only asked for once, and not for more. */
const TSHARK_LIMIT = 400e6;

const folder = mkdtempSync(path.join(tmpdir(), 'portolan-bench-'));
try {
  const given = process.argv[2];
  const file = given ?? path.join(folder, 'load.pcap');
  if (given === undefined) generateCapture(file, Number(process.env.PORTOLAN_BENCH_MB ?? 300) * 1e6);
  // As shipped: bundled and minified, so that start-up counts as it does for users.
  await build({
    input: { analyze: path.join(import.meta.dirname, 'analyze.ts') },
    platform: 'node',
    output: { dir: folder, minify: true },
    logLevel: 'warn',
  });
  const program = path.join(folder, 'analyze.js');
  const ours: number[] = [];
  const tcpdump: number[] = [];
  let answer = { packets: 0, seconds: 0, peakMb: 0, suspects: [] as string[] };
  timed(process.execPath, [program, file]);
  for (let round = 0; round < ROUNDS; round++) {
    const run = timed(process.execPath, [program, file]);
    ours.push(run.seconds);
    answer = JSON.parse(run.output) as typeof answer;
    if (has('tcpdump')) tcpdump.push(timed('tcpdump', ['-r', file, '-w', '/dev/null']).seconds);
  }
  const size = statSync(file).size;
  const own = median(ours);
  console.log(`file            ${(size / 1e6).toFixed(0)} MB, ${answer.packets} packets`);
  console.log(
    `portolan        ${own.toFixed(2)} s (best ${Math.min(...ours).toFixed(2)}), ${(answer.packets / own / 1e6).toFixed(1)} million packets/s, ${(size / own / 1e6).toFixed(0)} MB/s, peak memory ${answer.peakMb.toFixed(0)} MB`,
  );
  if (tcpdump.length > 0) {
    const theirs = median(tcpdump);
    const best = Math.min(...ours) / Math.min(...tcpdump);
    console.log(
      `tcpdump -w      ${theirs.toFixed(2)} s (best ${Math.min(...tcpdump).toFixed(2)}): portolan takes ${(own / theirs).toFixed(2)} times as long (best against best ${best.toFixed(2)})`,
    );
  } else console.log('tcpdump         not installed');
  if (!has('tshark')) console.log('tshark          not installed');
  else if (size > TSHARK_LIMIT) console.log(`tshark          not run on more than ${TSHARK_LIMIT / 1e6} MB`);
  else {
    const { seconds } = timed('tshark', ['-n', '-q', '-z', 'conv,tcp', '-r', file]);
    console.log(
      `tshark conv,tcp ${seconds.toFixed(1)} s: portolan is ${(seconds / own).toFixed(0)} times as fast`,
    );
  }
  console.log(`suspects        ${answer.suspects.join('; ') || 'none'}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function timed(command: string, args: string[]): { seconds: number; output: string } {
  const begun = performance.now();
  const run = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 28,
  });
  if (run.status !== 0) throw new Error(`${command} ended with ${run.status ?? run.error?.message}`);
  return { seconds: (performance.now() - begun) / 1000, output: run.stdout };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function has(command: string): boolean {
  return existsSync(`/usr/bin/${command}`) || spawnSync('which', [command]).status === 0;
}
