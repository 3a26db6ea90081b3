import { blocksOf, IPV4_SPECIAL, IPV6_SPECIAL, type SpecialRange } from '../core/special-ranges.ts';

/**
 * What an operator decides about scanning. `config` fills it (src/config/groups/scanning.ts has the defaults); every
 * scan reads the values of that moment.
 */
export interface PolicySettings {
  /**
   * Networks added to the built-in scope (RFC 1918, loopback, IPv6 ULA, loopback and link-local). A range that is
   * never scanned (metadata, multicast, documentation, ...) opens only to an entry that lies within it.
   */
  allowedNetworks: string[];
  /**
   * Names that may be looked up at all, besides `localhost` and `*.lab.internal`: exact, `*.suffix`, or `*`. They do
   * not widen the scope: every address of a name must be in scope too.
   */
  allowedNames: string[];
  /** Taken out of the scope, whatever else allows them. */
  deniedNetworks: string[];
  deniedNames: string[];
  /** Addresses in one scan, after networks and names are expanded. */
  maxAddresses: number;
  /** Pieces in one port list. */
  maxPortRanges: number;
  /** Packets a second that a caller may ask for with --min-rate or --max-rate, and that an adaptive scan may send. */
  maxRate: number;
  /** Intrusive scripts and intrusive script categories. */
  allowIntrusive: boolean;
  /** Intrusive scripts that run when they are asked for by name, whatever allowIntrusive says. */
  allowedScripts: string[];
  /** Fragments, decoys, forged ports and MAC addresses. */
  allowEvasion: boolean;
  /** Where intrusive scans are not allowed: whether a person's consent lets one pass. */
  askIntrusive: boolean;
}

/** The scope before any setting (issue: default scope). */
export const BASE_NETWORKS: readonly string[] = [
  ...blocksOf(IPV4_SPECIAL, 'private', 'loopback'),
  ...blocksOf(IPV6_SPECIAL, 'unique_local', 'link_local', 'loopback'),
];
export const BASE_NAMES: readonly string[] = ['localhost', '*.lab.internal'];

/** What the clouds put at addresses of ordinary ranges. */
const CLOUD_SERVICES = [
  { network: '169.254.169.254/32', what: 'the cloud metadata service' },
  { network: '169.254.170.2/32', what: 'the container credentials service' },
  { network: '169.254.170.23/32', what: 'the container credentials service' },
  { network: '100.100.100.200/32', what: 'the cloud metadata service' },
  { network: 'fd00:ec2::/32', what: 'the cloud metadata service' },
  { network: 'fd20:ce::254/128', what: 'the cloud metadata service' },
];

/** Kinds of special ranges where no host of anybody's can be. */
const NEVER_IPV4 = {
  this_network: '"this network"',
  multicast: 'multicast',
  broadcast: 'broadcast',
  reserved: 'reserved, class E',
  documentation: 'for documentation',
};
const NEVER_IPV6 = {
  unspecified: 'the unspecified address',
  multicast: 'multicast',
  documentation: 'for documentation',
};

/** Refused even inside an allowed network, unless an entry of allowedNetworks lies within the range itself. */
export const SPECIAL_NETWORKS: readonly { network: string; what: string }[] = [
  ...CLOUD_SERVICES,
  ...named(IPV4_SPECIAL, NEVER_IPV4),
  ...named(IPV6_SPECIAL, NEVER_IPV6),
];

function named(ranges: readonly SpecialRange[], words: Readonly<Record<string, string>>) {
  return Object.entries(words).flatMap(([kind, word]) =>
    ranges
      .filter((range) => range.kind === kind)
      .map(({ block, source }) => ({ network: block, what: `${word} (${source})` })),
  );
}
