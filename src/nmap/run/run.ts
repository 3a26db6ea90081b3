/** Runs one authorised scan and tells what it finds while it goes on. */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { cleanField } from '../../core/clean.ts';
import type { RunFacts } from '../../core/details.ts';
import type { ErrorValue } from '../../core/errors.ts';
import type { CoverageNote, HostResult, Progress, Protocol } from '../../core/result.ts';
import { scannedProtocols } from '../../policy/asked-options.ts';
import type { AllowedScan } from '../../policy/authorize.ts';
import { type Phase, phaseOptions } from '../command/phase.ts';
import { watchNetwork } from '../coverage/missing-routes.ts';
import { NETWORK_GONE, nothingSent, type Unsent } from '../coverage/unsent.ts';
import type { NmapInstall } from '../machine/install.ts';
import { createReport, type ReportEnd } from '../xml/report.ts';
import { explainFailure } from './failures.ts';
import { OUTPUT_FILE, REPORT_FILE } from './files.ts';
import { createLineSplitter, readOutputLine } from './output.ts';
import { RunProgress, type Work } from './progress.ts';
import { writeOwner } from './reap.ts';
import type { Ending, Runner, Scanner } from './runner.ts';
import { isTrace, readServiceSign, type ServiceSign } from './service-trace.ts';
import { localRunner } from './start-scanner.ts';
import { followFile } from './tail.ts';

/** Told about everything as it happens; called one after another, never after runNmap has ended. */
export interface ScanListener {
  /** `pid` is 0 where the process is none of this machine. */
  started(run: { pid: number; startTicks?: number; argv: string[] }): void;
  host(host: HostResult): void;
  /** Announced before its host is finished. */
  openPort(found: { address: string; port: number; protocol: Protocol }): void;
  progress(progress: Progress): void;
  /** Of the connections to services, where a phase asks for a trace. */
  service?(sign: ServiceSign): void;
}

export interface ScanOutcome {
  /** `failed` also when nmap was killed from outside; every host reported until then has been delivered. */
  end: 'completed' | 'stopped' | 'failed';
  nmapVersion?: string;
  elapsedSeconds: number;
  hosts?: { up: number; down: number; total: number };
  coverage: CoverageNote[];
  /** The same without filtered ports of some hosts, which turned out to be told wrong; of a run that completed. */
  coverageExcept?(hosts: ReadonlySet<string>): CoverageNote[];
  /** What nmap said of the run as a whole; absent when none was started. */
  run?: RunFacts;
  /** What was not even sent, for a scan of several parts; its notes are in `coverage` already. */
  unsent?: Unsent;
  /** What nmap said on standard error, cleaned and bounded. */
  warnings: string[];
  error?: ErrorValue;
  /** The connection to the machine it ran on broke: how. */
  connectionLost?: string;
}

export interface RunOptions {
  /** The nmap of the machine it runs on. */
  nmap: NmapInstall;
  /** Where it runs: this machine, unless said otherwise. */
  runner?: Runner;
  /** Private folder of this one run, absolute; made when it is missing. nmap's report stays in it. */
  directory: string;
  taskId: string;
  /** The call that asked for it: one id from the request to nmap, the result and the log. */
  correlationId?: string | undefined;
  /** The part of the scan to run; absent: all of it, as it stands. */
  phase?: Phase;
  /** Stops nmap: SIGTERM to its whole process group, SIGKILL after a short grace. */
  signal: AbortSignal;
  on: ScanListener;
}

const MAX_WARNINGS = 50;

/**
 * Runs nmap for an allowed scan until it ends or `signal` stops it.
 * @throws PortolanError when nmap cannot be started, and whatever a listener throws (nmap is stopped then)
 */
export async function runNmap(scan: AllowedScan, options: RunOptions): Promise<ScanOutcome> {
  const { nmap, runner = localRunner, taskId, correlationId, signal, phase } = options;
  const directory = resolve(options.directory);
  if (signal.aborted) return stoppedBefore();

  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeOwner(directory, taskId);
  // Made by us, so that nobody else can read them and they can be followed from the first byte.
  const report = await createLog(directory, REPORT_FILE);
  const output = await createLog(directory, OUTPUT_FILE);
  let scanner: Scanner | undefined;
  const said = new Set<string>();
  try {
    scanner = await runner.start(scan, {
      nmap,
      directory,
      taskId,
      ...(correlationId === undefined ? {} : { correlationId }),
      report,
      output,
      signal,
      ...(phase ? { phase } : {}),
      say: (sentence) => said.add(sentence),
    });
    const outcome = await follow(scanner, scan, { report, output }, options);
    const notes = [...said].map((message) => ({ kind: 'strategy' as const, message }));
    return { ...outcome, coverage: [...notes, ...outcome.coverage] };
  } catch (error) {
    if (signal.aborted && !scanner) return stoppedBefore();
    throw error;
  } finally {
    scanner?.stop(0);
    await Promise.all([report.close(), output.close()]);
  }
}

async function createLog(directory: string, name: string): Promise<FileHandle> {
  // Never over an earlier one: that may be all that is left of a run.
  return await open(join(directory, name), 'wx+', 0o600);
}

async function follow(
  scanner: Scanner,
  scan: AllowedScan,
  logs: { report: FileHandle; output: FileHandle },
  { signal, on, phase, runner = localRunner }: RunOptions,
): Promise<ScanOutcome> {
  const startedAt = performance.now();
  const thrown: unknown[] = [];
  const fail = (error: unknown) => {
    thrown.push(error);
    scanner.stop();
  };
  /** A listener that throws (a full disk) stops the scan, hears nothing more, and is thrown on at the end. */
  const guard = (tell: () => void) => {
    if (thrown.length > 0) return;
    try {
      tell();
    } catch (error) {
      fail(error);
    }
  };

  const report = createReport((host) => guard(() => on.host(host)));
  const warnings: string[] = [];
  /** nmap waited for a network that had gone, and was stopped. */
  let stuck = false;
  const traced = (line: string) => {
    const sign = phase?.trace && on.service ? readServiceSign(line) : undefined;
    if (sign) guard(() => on.service?.(sign));
  };
  const stderr = createLineSplitter((line) => {
    traced(line);
    if (phase?.trace && isTrace(line)) return;
    if (warnings.length < MAX_WARNINGS) warnings.push(cleanField(line, 512));
    report.unsent.read(line);
    if (!report.unsent.isStuck || stuck) return;
    stuck = true;
    scanner.stop();
  });
  scanner.stderr.on('data', (bytes: Buffer) => stderr.write(bytes));
  const { pid, startTicks, argv } = scanner;
  guard(() => on.started({ pid, argv, ...(startTicks === undefined ? {} : { startTicks }) }));

  const way = new RunProgress(workOf(scan, phase));
  const output = createLineSplitter((line) => {
    watch?.heard();
    traced(line);
    const event = readOutputLine(line);
    if (!event) return;
    if (event.kind === 'open') guard(() => on.openPort(event.found));
    else if (event.kind === 'gave_up') report.coverage.gaveUp(event.address);
    const progress = way.take(event);
    if (progress) guard(() => on.progress(progress));
  });
  // With its interface down nmap waits for packets for ever and says nothing more (pcap_next of libpcap).
  const watch = runner.local
    ? watchNetwork(scan, () => {
        report.unsent.networkGone();
        scanner.stop();
      })
    : undefined;
  const tails = [
    followFile(logs.output, { onBytes: (bytes) => output.write(bytes), onError: fail }),
    followFile(logs.report, { onBytes: (bytes) => report.write(bytes), onError: fail }),
  ];
  const stop = () => scanner.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();

  const ending = await scanner.ended;
  watch?.end();
  signal.removeEventListener('abort', stop);
  for (const tail of tails) await tail.finish();
  output.write();
  stderr.write();
  const end = report.end();
  if (thrown.length > 0) throw thrown[0];
  const coverageExcept = (hosts?: ReadonlySet<string>) => [
    ...report.unsent.notes(runner.local),
    ...report.coverage.notes(report.unsent, hosts),
  ];
  return outcomeOf(ending, end, {
    stopped: signal.aborted,
    addressCount: scan.addressCount,
    elapsedSeconds: end.stats?.elapsedSeconds ?? Math.round(performance.now() - startedAt) / 1000,
    coverage: coverageExcept(),
    coverageExcept,
    unsent: report.unsent,
    local: runner.local,
    warnings,
  });
}

function workOf(scan: AllowedScan, phase: Phase | undefined): Work {
  const options = phase ? phaseOptions(scan, phase) : scan.options;
  const flags = new Set(options.map(({ flag }) => flag));
  return {
    addresses: scan.addressCount,
    has: (flag) => flags.has(flag),
    protocols: scannedProtocols(options),
    scripts: flags.has('--script') || flags.has('-sC') || flags.has('-A'),
  };
}

function outcomeOf(
  ending: Ending,
  { stats, nmapVersion, problem, truncated, hosts, run: said }: ReportEnd,
  run: {
    stopped: boolean;
    addressCount: number;
    elapsedSeconds: number;
    coverage: CoverageNote[];
    coverageExcept(hosts: ReadonlySet<string>): CoverageNote[];
    unsent: Unsent;
    local: boolean;
    warnings: string[];
  },
): ScanOutcome {
  const facts = {
    elapsedSeconds: run.elapsedSeconds,
    ...(nmapVersion === undefined ? {} : { nmapVersion }),
    ...(stats ? { hosts: { up: stats.up, down: stats.down, total: stats.total } } : {}),
    unsent: run.unsent,
    warnings: run.warnings,
    run: said,
  };
  const saysWell = ending.status === 0 && stats?.error === undefined;
  if (saysWell && !truncated) {
    if (run.unsent.addresses < run.addressCount)
      return {
        end: 'completed',
        ...facts,
        coverage: run.coverage,
        coverageExcept: (hosts) => run.coverageExcept(hosts),
      };
    return { end: 'failed', ...facts, coverage: run.coverage, error: nothingSent(run.local) };
  }
  const coverage = [...run.coverage, cutOff(hosts)];
  if (run.stopped) return { end: 'stopped', ...facts, coverage };
  const { connectionLost } = ending;
  if (connectionLost !== undefined) {
    const error = connectionLostError(connectionLost, hosts, run.addressCount);
    return { end: 'failed', ...facts, coverage, error, connectionLost };
  }
  if (run.unsent.isStuck) return { end: 'failed', ...facts, coverage, error: NETWORK_GONE };
  const error: ErrorValue = saysWell
    ? {
        code: 'nmap_failed',
        message: `nmap ended well, but its report cannot be read to the end${problem ? `: ${problem}` : ''}.`,
        next: 'Check the room on the disk of the data directory, then start the scan again.',
      }
    : (ending.error ?? explainFailure(ending, [...run.warnings, stats?.error ?? '']));
  return { end: 'failed', ...facts, coverage, error };
}

/** @param how as ScanOutcome.connectionLost says it; @param hosts those that were finished before */
export function connectionLostError(how: string, hosts: number, of: number): ErrorValue {
  return {
    code: 'connection_lost',
    message: `connection lost after ${hosts} of ${of} hosts: ${how}.`,
    next: 'What was found until then is kept, and the scanner ends its nmap by itself. Check the link, then start the scan again for the rest.',
  };
}

function stoppedBefore(): ScanOutcome {
  return { end: 'stopped', elapsedSeconds: 0, coverage: [cutOff(0)], warnings: [] };
}

function cutOff(hosts: number): CoverageNote {
  return {
    kind: 'cut_off',
    message: `The scan was cut off: ${hosts} hosts had been reported by then, the others are unfinished.`,
  };
}
