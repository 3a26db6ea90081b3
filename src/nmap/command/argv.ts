/** The whole command line of nmap, generated from what was authorised and from nothing else. */

import { writeOption } from '../../policy/allowed-options.ts';
import { AllowedScan } from '../../policy/authorize.ts';
import { type Phase, phaseOptions } from './phase.ts';

/**
 * argv without `nmap` itself. Portolan's own additions: the XML report into `files.xml` (which is also the write-ahead
 * log), `-v` and `--stats-every` for early ports and progress on standard output (not `--noninteractive`: in nmap 7.93
 * it turns the statistics off), and what nmap should believe of its privileges. `--` ends the options, so nothing after
 * it can be one.
 * With `phase` only that part of the scan is written: never more addresses, ports or packets a second than were allowed.
 * Throws a TypeError for anything that is not an AllowedScan.
 */
export function argvFor(
  scan: AllowedScan,
  files: { xml: string; versionDatabase?: string },
  phase?: Phase,
): string[] {
  if (!AllowedScan.isAllowed(scan))
    throw new TypeError('Only a scan that the policy allowed can become an argv.');
  // nmap expands % in file names as strftime does (nmap manual, OUTPUT), and - is standard output.
  if (files.xml.includes('%') || files.xml.startsWith('-')) {
    throw new TypeError(`The report needs a path without %: ${files.xml}`);
  }
  const options = phase ? phaseOptions(scan, phase) : scan.options;
  const verbose = options.some(({ flag }) => flag === '-v' || flag === '-d');
  return [
    ...(scan.family === 6 ? ['-6'] : []),
    ...options.flatMap(writeOption),
    ...(files.versionDatabase === undefined ? [] : ['--versiondb', files.versionDatabase]),
    ...(verbose ? [] : ['-v']),
    ...PRIVILEGE_WORDS[scan.privileges.how],
    '--stats-every',
    '1s',
    '-oX',
    files.xml,
    '--',
    ...scan.targets,
  ];
}

/**
 * argv for nmap's own words on standard output (NmapTool): what was authorised, and nothing of Portolan's own.
 * Throws a TypeError for anything that is not an AllowedScan.
 */
export function plainArgvFor(scan: AllowedScan): string[] {
  if (!AllowedScan.isAllowed(scan))
    throw new TypeError('Only a scan that the policy allowed can become an argv.');
  return [
    ...(scan.family === 6 ? ['-6'] : []),
    ...scan.options.flatMap(writeOption),
    ...PRIVILEGE_WORDS[scan.privileges.how],
    '--',
    ...scan.targets,
  ];
}

/** nmap trusts its user id alone: capabilities must be announced (nmap manual, --privileged). */
const PRIVILEGE_WORDS = {
  root: [],
  capabilities: ['--privileged'],
  unprivileged: ['--unprivileged'],
} as const;
