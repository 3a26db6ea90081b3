/** Settings: what is remembered of the networks. */
import { z } from 'zod';
import { type NetworkEntries, networkEntries, SITE_NAME } from '../network-entry.ts';
import * as of from '../setting-types.ts';
import { THRESHOLD_NAMES, type ThresholdEntries, thresholdEntries } from '../threshold-entries.ts';

export const inventory = {
  enabled: of.flag(
    'Remember what scans find: hosts, ports, changes. See [inventory.md](inventory.md).',
    true,
  ),
  captures: of.flag(
    'Remember also what captures show as open, of hosts in networks that are described or were scanned.',
    true,
  ),
  site: of.setting(
    'The site of this machine: a namespace of addresses, as two sites may have the same private network.',
    () => z.string().regex(SITE_NAME, 'a name of letters, digits, dots, dashes or underscores'),
    () => 'default',
  ),
  networks: of.setting<NetworkEntries>(
    'Networks by name: network, site, addresses (dhcp, static or guest), gateway, and how often they are to be looked at: discovery, ports (12h, 7d, 2w).',
    networkEntries,
    () => ({}),
  ),
  recheckSeconds: of.count(
    'Seconds after which ports that one scan found shut are asked once more, so that a change need not wait for the next scan; 0: never.',
    [0, 3600],
    45,
  ),
  thresholds: of.setting<ThresholdEntries>(
    `Numbers of the rules that are to be other than [inventory.md](inventory.md) has them, by name: ${THRESHOLD_NAMES.join(', ')}. They hold from the next look on, and for all in a rebuild.`,
    thresholdEntries,
    () => ({}),
  ),
  eventDays: of.count('Days that changes are kept.', [1, 36_500], 400),
};
