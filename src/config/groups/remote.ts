/** Settings: scanning from other machines over SSH. */

import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { blocksOf, IPV4_SPECIAL, IPV6_SPECIAL } from '../../core/special-ranges.ts';
import { dataDirectory } from '../directories.ts';
import { type ScannerEntries, scannerEntries } from '../scanner-entry.ts';
import * as of from '../setting-types.ts';

export const remote = {
  scanners: of.setting<ScannerEntries>(
    'Machines that scan for us over SSH, by name (also as `scanners` at the top of a file): host, port, user, key, passphrase, agent, password, jump, sshConfig, scope, site, sudo, nmapPath. See [remote.md](remote.md).',
    scannerEntries,
    () => ({}),
  ),
  allowedHosts: of.setting(
    'Where a connection may go that is described in a call (`scan_network` with `host`): networks and names. Scanners of the configuration need no entry.',
    () => z.array(z.union([of.network(), of.namePattern()], 'a network or a host name')),
    () => [
      ...blocksOf(IPV4_SPECIAL, 'private', 'loopback'),
      ...blocksOf(IPV6_SPECIAL, 'loopback', 'unique_local'),
    ],
  ),
  allowInlineCredentials: of.flag(
    'Take `ssh_user` with `ssh_key` or `ssh_pwd` in calls over HTTP too, not on stdio alone.',
    false,
  ),
  keyDirectories: of.setting(
    'Folders in which `ssh_key` of a call may be.',
    () => z.array(of.path()),
    () => [join(homedir(), '.ssh')],
    { defaultText: '~/.ssh' },
  ),
  knownHosts: of.setting(
    'Files of known host keys that are read besides the own one of `portolan trust`.',
    () => z.array(of.path()),
    () => [join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts'],
    { defaultText: '~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts' },
  ),
  trustFile: of.setting(
    'The file of known host keys that `portolan trust` writes.',
    of.path,
    () => join(dataDirectory(), 'known_hosts'),
    { defaultText: 'known_hosts in the data directory' },
  ),
  sshConfig: of.setting(
    'The ssh configuration that scanners with `sshConfig` read.',
    of.path,
    () => join(homedir(), '.ssh', 'config'),
    { defaultText: '~/.ssh/config' },
  ),
  connectSeconds: of.count('Longest wait for each step of a connection.', [1, 120], 15),
  lostAfterSeconds: of.count(
    'Silence after which a link counts as broken, on both ends: the scan ends here, and nmap there.',
    [3, 300],
    15,
  ),
  maxScansPerScanner: of.count('Scans that run at the same time on one scanner.', [1, 100], 4),
};
