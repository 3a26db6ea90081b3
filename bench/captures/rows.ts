/** What the bench measures: the captures it makes, against whom, and how much is allowed. */
import { statSync } from 'node:fs';
import { generateCapture } from './generate.ts';
import { writeAllPorts } from './traffic/all-ports.ts';
import { writeBorderCapture } from './traffic/border.ts';
import type { ScanLabel } from './traffic/labels.ts';

/** The whole command on one capture, against `tcpdump -r FILE -w /dev/null`. */
export interface CommandRow {
  name: string;
  what: string;
  write(file: string): ScanLabel[];
  /** At most so many times tcpdump. */
  limit: number;
  /** The start of Node is allowed besides: so short a run is mostly that. */
  nodeApart?: true;
  /** And tshark, once. */
  tshark?: true;
}

/** Calls of a server that has answered one before, each on a capture that it has not seen. */
export interface ToolRow {
  name: string;
  what: string;
  write(file: string, seed: number): ScanLabel[];
  /** At most so many milliseconds; absent where nothing was asked for. */
  limit?: number;
}

export const COMMAND_ROWS: CommandRow[] = [
  {
    name: 'border-1080',
    what: 'border traffic of half an hour, 13 scans, flood, backscatter',
    write: (file) => writeBorderCapture(file, { seed: 1, seconds: 1800, sessionsPerSecond: 122 }).scans,
    limit: 1.3,
  },
  {
    name: 'border-360',
    what: 'border traffic of ten minutes, 9 scans',
    write: (file) => writeBorderCapture(file, { seed: 1, seconds: 600, sessionsPerSecond: 122 }).scans,
    limit: 1.3,
  },
  {
    name: 'all-ports-8',
    what: '`nmap -p-` of 8 hosts',
    write: (file) => writeAllPorts(file, 1, 8),
    limit: 1.5,
    nodeApart: true,
  },
  {
    name: 'few-endpoints',
    what: 'few endpoints, 4 scans (`generate.ts`)',
    write: (file) => generateCapture(file, 300e6).scans,
    limit: 1.4,
    tshark: true,
  },
];

export const TOOL_ROWS: ToolRow[] = [
  {
    name: 'all-ports-1',
    what: '`nmap -p-` of one host',
    write: (file, seed) => writeAllPorts(file, seed, 1),
    limit: 100,
  },
  {
    name: 'ordinary',
    what: 'ordinary traffic, no scan',
    write: (file, seed) => writeBorderCapture(file, { seed, seconds: 79, sessionsPerSecond: 20 }, true).scans,
  },
];

/** Megabytes, whatever the file. */
export const PEAK_LIMIT = 250;

export const megabytes = (file: string): string => {
  const size = statSync(file).size / 1e6;
  return size >= 1000 ? `${(size / 1000).toFixed(2)} GB` : `${size.toFixed(size < 20 ? 1 : 0)} MB`;
};
