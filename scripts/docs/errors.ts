/** docs/errors.md, from the error codes. The record has every code: a new one without words does not compile. */

import { ERROR_CODES, type ErrorCode } from '../../src/core/errors.ts';
import { ERROR_META_KEY } from '../../src/transports/mcp/result.ts';
import { code, table } from './markdown.ts';

const MEANINGS: Record<ErrorCode, [what: string, next: string]> = {
  invalid_argument: [
    'An argument is missing, unknown or of the wrong kind.',
    'Use the arguments the tool has: [tools.md](tools.md).',
  ],
  invalid_target: [
    'A target is no address, name, network or range.',
    'Write 192.168.1.1, 10.0.0.0/28, 192.168.1.10-20, fd00::1 or a host name.',
  ],
  invalid_ports: ['A port list cannot be read.', 'Write 22, 80,443, 1-1024, T:80,U:53 or `-` for all.'],
  invalid_option: [
    'An nmap option is unknown or has a value it does not take.',
    'The message names the option and what it takes.',
  ],
  name_not_resolved: ['A host name has no address.', 'Check the name, or give its address.'],
  out_of_scope: [
    'An address or name may not be scanned.',
    'The operator adds networks to security.allowedNetworks.',
  ],
  too_many_addresses: [
    'The targets are more addresses than one scan may have.',
    'Scan in parts, or raise security.maxAddresses.',
  ],
  too_many_ports: [
    'The port list has more ranges than one scan may have.',
    'Join ranges, or raise security.maxPortRanges.',
  ],
  option_not_allowed: ['An nmap option is never allowed here.', 'The message says what would be accepted.'],
  script_not_allowed: [
    'A script is unknown or in a category that is never run.',
    'Use scripts of nmap’s categories safe and default.',
  ],
  needs_intrusive: [
    'An intrusive scan was asked for and is off.',
    'Agree when the client asks, or set security.allowIntrusive.',
  ],
  needs_evasion: ['An evasion option was asked for and is off.', 'Set security.allowEvasion.'],
  needs_privileges: [
    'The scan type needs raw packets, which nmap may not send here.',
    '`portolan doctor` shows the command that allows it.',
  ],
  needs_approval: [
    'A change of high severity may be decided only with the scope inventory:approve.',
    'Leave it to somebody who has the scope, or to `portolan accept` on the machine of Portolan.',
  ],
  unauthorized: [
    'The request carries no valid token.',
    'Send `Authorization: Bearer TOKEN`; `portolan token create NAME` makes one.',
  ],
  forbidden: [
    'The token is valid but may not do this.',
    'Use a token with the scope that the message names.',
  ],
  task_not_found: ['There is no such task, or it belongs to somebody else.', 'list_tasks shows yours.'],
  tool_not_found: ['There is no such tool.', 'The message lists the tools.'],
  no_result_yet: ['The task has nothing to read yet.', 'Ask again when get_task_status says it has.'],
  asset_not_found: [
    'The inventory knows no such host.',
    'find_assets lists what it knows; a host is known once a scan has found it.',
  ],
  schedule_not_found: [
    'There is no such schedule, or it is somebody else’s.',
    'list_schedules names those there are.',
  ],
  change_not_found: ['There is no such change.', 'what_changed lists changes with their change_id.'],
  alert_not_found: [
    'There is no such channel, rule or maintenance window.',
    'list_alerts (`portolan alerts`) shows what there is.',
  ],
  alert_not_sent: [
    'A test message did not get through its channel.',
    'The message says what stood in the way, and what mends it.',
  ],
  nmap_not_found: [
    'nmap is not installed, or not where scans.nmapPath says.',
    'The message has the command that installs it.',
  ],
  nmap_too_old: ['The installed nmap is older than Portolan knows.', 'Install 7.80 or newer.'],
  no_route: [
    'Nothing was sent: the machine that scans has no way to any address of the scan.',
    'Check the address and the routes (`ip route get ADDRESS`), or scan from another machine.',
  ],
  nmap_failed: ['nmap ended with an error.', 'The message says why; what was found before is kept.'],
  scan_timeout: [
    'The scan ran for longer than a scan may, and was ended with what it had found.',
    'Scan less at once or faster, or raise scans.maxRunMinutes.',
  ],
  interrupted: [
    'Portolan or its nmap ended while the scan ran.',
    'The result so far is kept; `resume_task` (`portolan resume`) scans the rest.',
  ],
  cancelled: ['The caller gave the call up, and what it had started was ended.', 'Call again.'],
  command_not_found: ['The program of a command tool is not installed.', 'The message names its package.'],
  command_timeout: [
    'A command was ended after the `timeout_sec` that the call gave it.',
    'What it had printed is in the answer; ask for less, or give it more time.',
  ],
  command_stuck: [
    'A command did not end in the time that its tool gives it.',
    'What it had printed is in the answer; the operator looks at what keeps it.',
  ],
  command_failed: [
    'A command ended with an exit status that says no.',
    'The answer has its stderr and stdout.',
  ],
  command_crashed: [
    'A command could not be started, or died of a signal.',
    'Call its program on the machine of the server and see what it says.',
  ],
  scanner_not_found: ['There is no scanner of that name.', 'The message lists those of `scanners`.'],
  scanner_not_allowed: [
    'A connection was described in the call, and the settings do not allow it.',
    'Name a scanner of the configuration, or see the group `remote`.',
  ],
  scanner_unreachable: [
    'A scanner’s name has no address, or nobody answers there.',
    '`portolan doctor --scanner NAME` goes through every step.',
  ],
  host_key_refused: [
    'The host key of a scanner is unknown, changed or revoked.',
    'Compare the fingerprint, then `portolan trust NAME`.',
  ],
  ssh_auth_failed: ['A scanner did not take the credentials.', 'The message names what was tried.'],
  ssh_failed: ['A scanner’s SSH server did something unexpected.', 'The message says at which step.'],
  server_unreachable: [
    'No server answers where `--url` points, or not one of this version.',
    'Check the address, and that `portolan serve` runs there.',
  ],
  connection_lost: [
    'The connection to a scanner broke while it scanned.',
    'What was found is kept, and its nmap ends by itself; scan again for the rest.',
  ],
  busy: ['The queue is full.', 'Come back after retry_after_seconds, or raise scans.queueLimit.'],
  rate_limited: ['Too many calls in a short time.', 'Come back after retry_after_seconds.'],
  tool_disabled: ['The operator has switched this tool off.', 'Use another tool, or ask the operator.'],
  breaker_open: [
    'This failed too often lately, so it is not tried for a while.',
    'Come back after retry_after_seconds.',
  ],
  draining: ['The server is stopping and takes nothing new.', 'Come back after retry_after_seconds.'],
  resource_exhausted: [
    'A program hit one of its limits: processor time, memory, open files, processes.',
    'Ask for less at once, or raise the limit that the message names.',
  ],
  storage_failed: [
    'The database cannot be opened, read or written.',
    'Check space and permissions; `portolan doctor`.',
  ],
  invalid_config: [
    'A setting is wrong.',
    'The message names it and what it accepts: [config.md](config.md).',
  ],
  internal: ['Portolan failed in a way it should not have.', 'Look into the log, and report it.'],
  path_outside_allowed_dir: [
    'A capture lies outside the allowed folder.',
    'Copy it below captures.allowedDir.',
  ],
  unsupported_file_type: [
    'The file is no capture Portolan reads, or its name does not fit its content.',
    'Use pcap or pcapng.',
  ],
  file_too_large: [
    'The capture is larger than a tool call may read.',
    'Cut it, or raise captures.maxFileMb.',
  ],
  file_not_found: ['There is no such capture.', 'Check the path, relative to captures.allowedDir.'],
  corrupt_capture: [
    'The capture cannot be read to its end.',
    'Record it again; what was readable is in the answer where there is one.',
  ],
  invalid_ip: ['An argument is no IP address.', 'Write one address, such as 8.8.8.8 or 2606:4700::1111.'],
};

export function errorReference(): string {
  const rows = ERROR_CODES.map((name) => [code(name), ...MEANINGS[name]]);
  return `${[
    '# Errors',
    '',
    'Generated by `npm run docs`. Every failure has one shape on every transport:',
    '`{ "code", "message", "limit"?, "next", "retry_after_seconds"? }`. The codes are part of the public surface.',
    '',
    'Over MCP an error is its text, which says all of that to the model: `CODE: MESSAGE`, `Limit: …`, `Next: …`. It has no',
    '`structuredContent`, which many clients hold against the output schema of the tool even then, and show their model what',
    `does not fit in place of the error. For programs the answer of REST is in \`_meta["${ERROR_META_KEY}"]\`.`,
    '',
    table(['code', 'what it means', 'what to do'], rows),
  ].join('\n')}\n`;
}
