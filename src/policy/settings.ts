/** What an operator decides about scanning. `config` fills it; every scan reads the values of that moment. */
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

export const DEFAULT_POLICY: PolicySettings = {
  allowedNetworks: [],
  allowedNames: [],
  deniedNetworks: [],
  deniedNames: [],
  maxAddresses: 1024,
  maxPortRanges: 100,
  maxRate: 20_000,
  allowIntrusive: false,
  allowedScripts: [],
  allowEvasion: false,
  askIntrusive: true,
};

/** The scope before any setting (issue: default scope). */
export const BASE_NETWORKS: readonly string[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '127.0.0.0/8',
  'fc00::/7',
  'fe80::/10',
  '::1/128',
];
export const BASE_NAMES: readonly string[] = ['localhost', '*.lab.internal'];

/** Refused even inside an allowed network, unless an entry of allowedNetworks lies within the range itself. */
export const SPECIAL_NETWORKS: readonly { network: string; what: string }[] = [
  { network: '169.254.169.254/32', what: 'the cloud metadata service' },
  { network: '169.254.170.2/32', what: 'the container credentials service' },
  { network: '169.254.170.23/32', what: 'the container credentials service' },
  { network: '100.100.100.200/32', what: 'the cloud metadata service' },
  { network: 'fd00:ec2::/32', what: 'the cloud metadata service' },
  { network: 'fd20:ce::254/128', what: 'the cloud metadata service' },
  { network: '0.0.0.0/8', what: '"this network" (RFC 1122)' },
  { network: '224.0.0.0/4', what: 'multicast' },
  { network: '255.255.255.255/32', what: 'broadcast' },
  { network: '240.0.0.0/4', what: 'reserved, class E (RFC 1112)' },
  { network: '192.0.2.0/24', what: 'for documentation (RFC 5737)' },
  { network: '198.51.100.0/24', what: 'for documentation (RFC 5737)' },
  { network: '203.0.113.0/24', what: 'for documentation (RFC 5737)' },
  { network: '::/128', what: 'the unspecified address' },
  { network: 'ff00::/8', what: 'multicast' },
  { network: '2001:db8::/32', what: 'for documentation (RFC 3849)' },
  { network: '3fff::/20', what: 'for documentation (RFC 9637)' },
];
