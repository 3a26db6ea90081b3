/** Settings: what may be scanned and how scans are run and kept. */

import { join } from 'node:path';
import { z } from 'zod';
import { passwordIn, shownDatabase } from '../../core/database-address.ts';
import { dataDirectory } from '../directories.ts';
import { SITE_NAME } from '../network-entry.ts';
import * as of from '../setting-types.ts';

export const security = {
  allowedNetworks: of.list(
    'Networks that may be scanned beside private, loopback and link-local ones. List only what is yours.',
    of.network,
  ),
  allowedNames: of.list(
    'Names that may be looked up beside localhost and *.lab.internal; their addresses must be in scope too.',
    of.namePattern,
  ),
  deniedNetworks: of.list('Networks that are never scanned, whatever else is allowed.', of.network),
  deniedNames: of.list('Names that are never scanned.', of.namePattern),
  maxAddresses: of.count('Most addresses in one scan.', [1, 1_048_576], 1024),
  maxPortRanges: of.count('Most ports and port ranges in one scan.', [1, 10_000], 100),
  maxRate: of.count(
    'Most packets a second that a scan may ask for (`--min-rate`, `--max-rate`) or an adaptive scan may send.',
    [1, 1_000_000],
    20_000,
  ),
  allowIntrusive: of.flag(
    'Allow scripts that nmap files under intrusive, vuln, brute, fuzzer or malware.',
    false,
  ),
  allowedScripts: of.list(
    'Intrusive scripts that anybody may run by their names while the others are off, such as http-enum and modbus-discover.',
    of.scriptName,
  ),
  allowEvasion: of.flag(
    'Allow decoys, fragments, forged ports and MAC addresses (`-D -f --mtu -g --data-length --ttl --spoof-mac`).',
    false,
  ),
  askIntrusive: of.flag(
    'While intrusive scans are not allowed: let one pass when the person behind the client agrees to it.',
    true,
  ),
};

export const scans = {
  syncWaitSeconds: of.count(
    'How long a call waits for its scan before it answers with a task to follow.',
    [1, 600],
    30,
  ),
  maxConcurrentTasks: of.count('Scans that run at the same time.', [1, 100], 10),
  queueLimit: of.count(
    'Scans that may wait for a free place; beyond it a call gets `busy`.',
    [0, 100_000],
    100,
  ),
  maxConcurrentPerCaller: of.optional(
    'Of the scans that run, as many of one caller; whoever has fewest goes first. The person at this machine has no share.',
    () => z.int().min(1).max(100),
    { defaultText: 'half of `maxConcurrentTasks`' },
  ),
  queueLimitPerCaller: of.optional(
    'Of the scans that wait, as many of one caller.',
    () => z.int().min(0).max(100_000),
    { defaultText: 'half of `queueLimit`' },
  ),
  maxRunMinutes: of.amount(
    'A scan that has run for so long is ended, with what it has found and the code `scan_timeout`; 0 sets no limit.',
    [0, 1_000_000],
    480,
  ),
  keepDays: of.amount('Days that finished scans are kept.', [0, 36_500], 90),
  zone: of.optional(
    'Servers and workers of one database that name the same zone run each other’s scans: whichever has a place takes the next one. For machines that reach the same networks and may scan the same. See [many-machines.md](many-machines.md).',
    () => z.string().regex(SITE_NAME, 'a name of letters, digits, dots, dashes or underscores'),
    { defaultText: 'none: each process runs what it was asked for itself' },
  ),
  database: of.setting(
    'The database: a file of SQLite (a relative path is one in the data directory; running scans keep their files beside it), or `postgres://user@host:5432/name?sslmode=verify-full`, whose password comes with `env:NAME` or `file:/path` in place of the whole address. See [database.md](database.md).',
    () => of.database(dataDirectory),
    () => join(dataDirectory(), 'portolan.db'),
    {
      defaultText: 'portolan.db in the data directory (~/.local/share/portolan)',
      refers: true,
      shown: shownDatabase,
      secretIn: passwordIn,
    },
  ),
  nmapPath: of.optional('The nmap to run.', of.program, { defaultText: 'the nmap found in PATH' }),
  seenAs: of.list(
    'Addresses that scans of this machine come from, as others see them, where there is a NAT.',
    of.network,
  ),
  maxCpuSeconds: of.count(
    'Processor time that one nmap may use, in seconds; 0 sets no limit.',
    [0, 10_000_000],
    7200,
  ),
  maxMemoryMb: of.count(
    'Address space that one nmap may have, in MiB; 0 sets no limit.',
    [0, 1_048_576],
    2048,
  ),
  maxOpenFiles: of.count(
    'Files and sockets that one nmap may have open; 0 sets no limit.',
    [0, 1_048_576],
    4096,
  ),
};
