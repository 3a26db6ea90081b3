/** What nmap says on standard output and error while it runs (-v, --stats-every), line by line. */
import { isIP } from 'node:net';
import { cleanField } from '../../core/clean.ts';
import { type Progress, Protocol } from '../../core/result.ts';

export interface OpenPort {
  address: string;
  port: number;
  protocol: Protocol;
}

export type OutputEvent =
  | { kind: 'open'; found: OpenPort }
  /** Of the stage that nmap is in alone (run-progress.ts has the whole). */
  | { kind: 'progress'; progress: Progress }
  /** So many hosts are in the stage that has just begun. */
  | { kind: 'scanning'; hosts: number }
  /** So many services are asked which they are, in the stage that has just begun. */
  | { kind: 'services'; count: number }
  /** A host is through. */
  | { kind: 'reported'; up: boolean }
  | { kind: 'gave_up'; address: string };

const OPEN = /^Discovered open port (\d{1,5})\/(tcp|udp|sctp|ip) on ([0-9a-fA-F.:]{2,45})(?:%\w+)?$/;
const TIMING =
  /^(\S.{0,60}) Timing: About (\d{1,3}(?:\.\d+)?)% done(?:; ETC: \S+ \((?:(\d+):(\d\d):(\d\d)) remaining\))?/;
const INITIATING = /^Initiating (\S.{0,60}?)(?: against \S+)? at \d/;
const COMPLETED = /^Completed (\S.{0,60}?) at \d\d?:\d\d, /;
const OS_DETECTION = /^(?:Initiating|Retrying) (OS detection) \(try #\d\) against /;
const SCANNING =
  /^(?:Scanning (?:(\d{1,7}) hosts|\S+(?: \(\S+\))?) \[\d|NSE: Script scanning (?:(\d{1,7}) hosts\.$)?)/;
const SERVICES = /^Scanning (\d{1,9}) services? on /;
const REPORTED = /^Nmap scan report for \S.*?(\[host down(?:, received \S+)?\])?$/;
const GAVE_UP = /^Warning: ([0-9a-fA-F.:]{2,45}) giving up on port because retransmission cap hit/;

/**
 * What one line of nmap's normal output tells, if anything. Lines are matched from their start: what a target says
 * appears in this output too, but always behind a prefix (`|`, a port, a name) or inside a line.
 */
export function readOutputLine(line: string): OutputEvent | undefined {
  // Of many hosts these are nearly all lines.
  const reported = REPORTED.exec(line);
  if (reported) return { kind: 'reported', up: reported[1] === undefined };
  const open = OPEN.exec(line);
  if (open) {
    const [, port = '', protocol, address = ''] = open;
    const parsed = Protocol.safeParse(protocol);
    if (!parsed.success || isIP(address) === 0 || Number(port) > 65_535) return undefined;
    return { kind: 'open', found: { address, port: Number(port), protocol: parsed.data } };
  }
  const timing = line.includes(' Timing: ') && TIMING.exec(line);
  if (timing) {
    const [, phase = '', percent = '', hours, minutes, seconds] = timing;
    const remaining =
      hours === undefined ? undefined : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    return progress(phase, Math.min(100, Number(percent)), remaining);
  }
  const initiating = INITIATING.exec(line);
  if (initiating) return progress(initiating[1] ?? '', 0);
  const completed = COMPLETED.exec(line);
  if (completed) return progress(completed[1] ?? '', 100);
  const systems = OS_DETECTION.exec(line);
  if (systems) return progress(systems[1] ?? '', 0);
  const scanning = SCANNING.exec(line);
  if (scanning) return { kind: 'scanning', hosts: Number(scanning[1] ?? scanning[2] ?? 1) };
  const services = SERVICES.exec(line);
  if (services) return { kind: 'services', count: Number(services[1]) };
  const gaveUp = GAVE_UP.exec(line);
  if (gaveUp) return { kind: 'gave_up', address: gaveUp[1] ?? '' };
  return undefined;
}

function progress(phase: string, percent: number, remaining?: number): OutputEvent {
  return {
    kind: 'progress',
    progress: {
      percent,
      phase: cleanField(phase, 64),
      ...(remaining === undefined ? {} : { remaining_seconds: remaining }),
    },
  };
}

const MAX_LINE = 4096;

/** Cuts a stream of bytes into lines, the overlong ones shortened. `write()` without bytes ends the last line. */
export function createLineSplitter(onLine: (line: string) => void): { write(bytes?: Uint8Array): void } {
  const decoder = new TextDecoder();
  let rest = '';
  return {
    write(bytes) {
      const lines = (rest + decoder.decode(bytes, { stream: bytes !== undefined })).split('\n');
      rest = (bytes === undefined ? '' : (lines.pop() ?? '')).slice(0, MAX_LINE);
      for (const line of lines) {
        if (line !== '') onLine(line.slice(0, MAX_LINE).trimEnd());
      }
    },
  };
}
