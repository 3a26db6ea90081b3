/** Where nmap runs: on this machine (start-scanner.ts) or on another one over SSH (ssh/). runNmap does not know which. */
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { ErrorValue } from '../../core/errors.ts';
import type { AllowedScan } from '../../policy/authorize.ts';
import type { Phase } from '../command/phase.ts';
import type { NmapInstall } from '../machine/install.ts';

export interface Runner {
  /** Whether a `phase` may bring a version database of its own, which must be put beside nmap as a file. */
  readonly placesFiles: boolean;
  /** Whether it runs on this machine, so that what Portolan itself connects to is seen from the same place. */
  readonly local: boolean;
  /** How long a machine is tried again after the connection to it was lost; absent where there is none to lose. */
  readonly reconnectMs?: number;
  /** The installed nmap-services there (names of ports), as Latin-1 text; empty where that costs too much. Throws when it cannot be read. */
  readServices(nmap: NmapInstall): Promise<string>;
  /**
   * Starts nmap for an authorised scan. Its report and its normal output end up in the two files, byte by byte as it
   * writes them: they are the log that survives us.
   * @throws PortolanError when the scan was not authorised, or nmap cannot be started
   */
  start(scan: AllowedScan, run: RunPlace): Promise<Scanner>;
}

export interface RunPlace {
  /** The nmap of the machine it runs on. */
  nmap: NmapInstall;
  /** Private folder of this run on this machine, absolute. */
  directory: string;
  taskId: string;
  /** The call that asked for it, for the environment of nmap. */
  correlationId?: string;
  /** `scan.xml` and `stdout.txt` in it, open for reading and writing. */
  report: FileHandle;
  output: FileHandle;
  /** Ends the waiting for a place and for a connection; what has started is ended by stop(). */
  signal: AbortSignal;
  /** The part of the scan to run; absent: all of it as it stands. */
  phase?: Phase;
  /** Takes a sentence about how the run went for the answer. */
  say: (sentence: string) => void;
}

/** One nmap that has been started. */
export interface Scanner {
  /** Of its process; 0 where that is none of this machine. */
  pid: number;
  startTicks?: number;
  /** What ran, without `nmap` itself. */
  argv: string[];
  /** What nmap says on standard error. */
  stderr: Readable;
  /** Settles when it has ended and both files are whole. Never rejects. */
  ended: Promise<Ending>;
  /** Asks it to end, with every process it started, and after `graceMs` makes it. */
  stop(graceMs?: number): void;
}

export interface Ending {
  /** nmap's exit status; null when it was killed, or nobody knows. */
  status: number | null;
  /** The signal that killed it. */
  signal: NodeJS.Signals | null;
  /** The connection to the machine it ran on broke: what went wrong, in words. */
  connectionLost?: string;
  /** What went wrong, where more is known than nmap's status says. */
  error?: ErrorValue;
}
