/** The only place that starts a scanner. It takes an AllowedScan and nothing else, and builds the argv itself. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PortolanError } from '../../core/errors.ts';
import { AllowedScan } from '../../policy/authorize.ts';
import { argvFor } from '../command/argv.ts';
import { DEFAULT_LIMITS, type ProcessLimits } from '../machine/limits-and-leash.ts';
import { exhausted } from '../machine/open-files.ts';
import { REPORT_FILE } from './files.ts';
import type { Runner, RunPlace, Scanner } from './runner.ts';
import { launch } from './start-process.ts';

/** A phase's own service probes, in the folder of its run, which is nmap's working directory. */
const VERSION_DATABASE_FILE = 'service-probes';

/** Runs nmap on this machine, within limits that are read anew for every start. */
export function createLocalRunner(limits: () => ProcessLimits): Runner {
  return {
    placesFiles: true,
    local: true,
    // Names of services hold no bytes outside of ASCII, but nothing keeps somebody from adding some.
    readServices: ({ dataDirectory }) => readFile(join(dataDirectory, 'nmap-services'), 'latin1'),
    start: (scan, place) => startScanner(scan, place, limits()),
  };
}

/** The same with the limits of the defaults. */
export const localRunner: Runner = createLocalRunner(() => DEFAULT_LIMITS);

/**
 * Starts nmap for an authorised scan in `directory`; it writes both files itself. PORTOLAN_TASK and PORTOLAN_RUN in
 * its environment tell a later process whose it was (reap.ts).
 */
async function startScanner(
  scan: AllowedScan,
  { nmap, directory, taskId, correlationId, output, phase }: RunPlace,
  limits: ProcessLimits,
): Promise<Scanner> {
  // A cast can make anything look like an AllowedScan to the compiler; only the private field proves it.
  if (!AllowedScan.isAllowed(scan)) {
    throw new PortolanError(
      'internal',
      'A scan was started that no policy had allowed.',
      'Report this as a defect.',
    );
  }
  // nmap expands % in file names (manual, "-oN <filespec>"), so such a folder is named by being the working directory.
  const report = join(directory, REPORT_FILE);
  const xml = report.includes('%') ? REPORT_FILE : report;
  const versionDatabase = phase?.versionDatabase === undefined ? undefined : VERSION_DATABASE_FILE;
  if (phase?.versionDatabase !== undefined) {
    await writeFile(join(directory, VERSION_DATABASE_FILE), phase.versionDatabase, { mode: 0o600 });
  }
  const argv = argvFor(scan, { xml, ...(versionDatabase ? { versionDatabase } : {}) }, phase);
  try {
    const { pid, startTicks, stderr, stop, ...launched } = await launch({
      path: nmap.path,
      args: argv,
      directory,
      output: output.fd,
      env: {
        NMAPDIR: nmap.dataDirectory,
        PORTOLAN_TASK: taskId,
        PORTOLAN_RUN: directory,
        ...(correlationId === undefined ? {} : { PORTOLAN_CORRELATION: correlationId }),
      },
      limits,
    });
    // Megabytes, of which a scan of many hosts has many: nothing of a finished phase is in it.
    const ended = versionDatabase
      ? launched.ended.finally(() => rm(join(directory, versionDatabase), { force: true }))
      : launched.ended;
    return { pid, ...(startTicks === undefined ? {} : { startTicks }), argv, stderr, ended, stop };
  } catch (cause) {
    const none = exhausted(cause, 'nmap could not be started');
    if (none) throw none;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new PortolanError(
      'nmap_not_found',
      `nmap could not be started (${code}).`,
      'Run `portolan doctor` for what is missing here.',
      { cause },
    );
  }
}
