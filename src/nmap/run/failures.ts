/** What went wrong when nmap did not end well, in our words, with what to do about it. */

import { cleanField } from '../../core/clean.ts';
import type { ErrorValue } from '../../core/errors.ts';
import { SETCAP_COMMAND } from '../machine/privileges.ts';

/** nmap's own messages that tell the cause, the most telling first. */
const CAUSES: readonly { seen: RegExp; error: ErrorValue }[] = [
  {
    // what the launchers say when nmap vanished after it had been found, or may not be run
    seen: /^(?:setpriv|prlimit): failed to execute /m,
    error: {
      code: 'nmap_not_found',
      message: 'nmap: command not found',
      next: 'It was there before: install it again, or set scans.nmapPath. `portolan doctor` gives the command.',
    },
  },
  {
    seen: /Too many open files/i,
    error: {
      code: 'resource_exhausted',
      message: 'nmap hit its limit of open files.',
      next: 'Scan fewer hosts at once, or raise scans.maxOpenFiles.',
      limit: 'scans.maxOpenFiles',
    },
  },
  {
    seen: /Cannot allocate memory|failed to map segment|bad_alloc|not enough memory|alloc(?:ate)?\(?\)? failed|out of memory/i,
    error: {
      code: 'resource_exhausted',
      message: 'nmap hit its limit of memory.',
      next: 'Scan fewer hosts at once, or raise scans.maxMemoryMb.',
      limit: 'scans.maxMemoryMb',
    },
  },
  {
    seen: /requires? root privileges|Operation not permitted|raw socket|don't have permission|Permission denied/i,
    error: {
      code: 'needs_privileges',
      message: 'nmap may not send raw packets here.',
      next: `Ask for a connect scan (-sT), or give nmap the right: ${SETCAP_COMMAND} "$(command -v nmap)"`,
    },
  },
  {
    // nmap says only how many bytes it could not write, not why (output.cc, log_vwrite).
    seen: /No space left on device|Disk quota exceeded|Failed to (?:open|write).{0,200}(?:output file|stream)/i,
    error: {
      code: 'storage_failed',
      message: 'nmap could not write its report.',
      next: 'Make room on the disk of the data directory, and check that it may be written.',
    },
  },
  {
    seen: /could not locate nse_main\.lua|NSE: failed to initialize the script engine[\s\S]{0,400}(?:No such file|cannot open|not found:)/i,
    error: {
      code: 'nmap_failed',
      message: "nmap's script engine could not start: files of it are missing.",
      next: 'Run `nmap --script-updatedb`, or install nmap with all its scripts (Alpine: apk add nmap-scripts).',
    },
  },
  {
    // With its files in place, what was asked for is at fault.
    seen: /NSE: failed to initialize the script engine/i,
    error: {
      code: 'invalid_option',
      message: "nmap's script engine refused these scripts or their arguments.",
      next: 'See the warnings for its reason, and check --script and --script-args.',
    },
  },
  {
    seen: /(?:Unable|Could not|Couldn't) (?:to )?(?:find|open|locate).{0,120}(?:nmap-services|nmap-protocols|nmap-service-probes)/i,
    error: {
      code: 'nmap_failed',
      message: "nmap's data files are missing.",
      next: 'Install nmap whole, with its data files; `portolan doctor` shows where they are looked for.',
    },
  },
  {
    seen: /failed to determine route|no route|Network is unreachable|Only ethernet devices|dnet: Failed to open device/i,
    error: {
      code: 'no_route',
      message: 'There is no way to the target from this machine (no route or no usable interface).',
      next: 'Check the address and the routes of this machine (`ip route get ADDRESS`), or scan from another one.',
    },
  },
  {
    seen: /unrecognized option|invalid option|QUITTING/,
    error: {
      code: 'invalid_option',
      message: 'nmap refused the options of this scan.',
      next: 'See the warnings for its reason; plan_scan shows the argv.',
    },
  },
];

/** The error of a run that nmap ended by itself with a status other than 0. */
export function explainFailure(
  ending: { status: number | null; signal: NodeJS.Signals | null },
  said: readonly string[],
): ErrorValue {
  if (ending.signal === 'SIGXCPU') {
    return {
      code: 'resource_exhausted',
      message: 'nmap used up its processor time; what it had reported until then is kept.',
      next: 'Scan fewer hosts or ports at once, or raise scans.maxCpuSeconds.',
      limit: 'scans.maxCpuSeconds',
    };
  }
  // nmap itself aborts when it gets no memory.
  const words = said.join('\n');
  const cause = CAUSES.find(({ seen }) => seen.test(words));
  if (ending.signal && !(ending.signal === 'SIGABRT' && cause)) {
    return {
      code: 'interrupted',
      message: `nmap was killed from outside (${ending.signal}); what it had reported until then is kept.`,
      next: 'Start the scan again. If nobody killed it, look for a lack of memory (dmesg).',
    };
  }
  if (cause) return cause.error;
  return {
    code: 'nmap_failed',
    message: `nmap ended with status ${cleanField(String(ending.status))}.`,
    next: 'See the warnings of the task for what it said; `portolan doctor` checks this machine.',
  };
}
