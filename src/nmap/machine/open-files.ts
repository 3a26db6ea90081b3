/** How many files this process may have open, and what of that is for scans and for connections to it. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { PortolanError } from '../../core/errors.ts';

/** What the server itself has open: database, log, listener, and what Node needs. */
const OWN = 40;
/** Report, output, pipes and watchers of one scanner, with what its start takes for a moment. */
const SCANNER = 6;
/** What nmap has open besides the sockets of its probes. */
const NMAP_OWN = 24;
const LEAST = OWN + 2 * SCANNER;

export interface FileShares {
  /** Infinity where there is no limit, or none that can be read (not Linux). */
  limit: number;
  /** Scanner processes at a time; 0 when not even one fits. */
  scanners: number;
  /** Of these, for one scan. */
  scannersOfOne: number;
  /** Connections to the server. */
  connections: number;
  /** Sockets of our own connect sweeps. */
  sockets: number;
  /** Services that one nmap asks at a time. */
  services: number;
}

/** @param limit as ulimit -n says it */
export function sharesOf(limit: number): FileShares {
  const free = Math.max(0, limit - OWN);
  const scans = limit < LEAST ? 0 : Math.max(SCANNER, Math.floor(free * 0.6));
  const scanners = Math.floor(scans / SCANNER);
  return {
    limit,
    scanners,
    scannersOfOne: Math.max(1, Math.floor(scanners / 10)),
    connections: Math.max(4, free - scans),
    sockets: Math.max(4, scans - SCANNER),
    services: Math.max(4, limit - NMAP_OWN),
  };
}

/** Of this process. Node has raised its limit as far as it may when it starts. */
let own: FileShares | undefined;
export function fileShares(): FileShares {
  own ??= sharesOf(ownLimit());
  return own;
}

function ownLimit(): number {
  let limits = '';
  try {
    limits = readFileSync('/proc/self/limits', 'utf8');
  } catch {
    // not Linux
  }
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}

/** What the limit comes to, in words; `ok` is false where it keeps less than `tasks` scans from running at a time. */
export function openFilesFinding(
  tasks: number,
  { limit, scanners, connections }: FileShares = fileShares(),
): { ok: boolean; detail: string; fix?: string } {
  if (limit === Number.POSITIVE_INFINITY) return { ok: true, detail: 'no limit' };
  if (scanners >= tasks) return { ok: true, detail: `at most ${limit}: enough for ${tasks} scans at a time` };
  const detail =
    scanners === 0
      ? `at most ${limit} open files: no scan can run`
      : `at most ${limit} open files: ${scanners} of ${tasks} scans at a time, ${connections} connections`;
  return {
    ok: false,
    detail,
    fix: 'ulimit -n 4096 before the start (LimitNOFILE= of the unit, --ulimit nofile of the container)',
  };
}

/** @throws PortolanError `resource_exhausted` when no scanner can be started within the limit */
export function checkOpenFiles({ limit, scanners }: FileShares = fileShares()): void {
  if (scanners > 0) return;
  throw new PortolanError(
    'resource_exhausted',
    `Portolan may have ${limit} files open here, which is too few for a scan.`,
    'Start it with more: ulimit -n 4096 (LimitNOFILE= of the unit, --ulimit nofile of the container).',
    { limit: `at least ${LEAST} open files` },
  );
}

/** The same for a system call that failed because this machine has no more to give; undefined for everything else. */
export function exhausted(error: unknown, what: string): PortolanError | undefined {
  const code = codeOf(error);
  if (code === undefined || !/^(EAGAIN|ENOMEM|EMFILE|ENFILE)$/.test(code)) return undefined;
  return new PortolanError(
    'resource_exhausted',
    `${what} (${code}).`,
    'This machine has no memory, processes or open files left: run fewer scans at once.',
    { cause: error },
  );
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error)) return undefined;
  // os.networkInterfaces() gives libuv's number with the wrong sign, so that Node finds no name for it.
  const number = error.code === 'ERR_SYSTEM_ERROR' && 'errno' in error ? Math.abs(Number(error.errno)) : 0;
  const name = Object.entries(constants.errno).find(([, value]) => value === number)?.[0];
  return name ?? String(error.code);
}
